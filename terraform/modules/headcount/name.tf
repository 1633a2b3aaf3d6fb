# Not in variables.tf, which terraform/ shares: there, the name follows from the environment and the workspace.
variable "name" {
  description = "The name of the function, its API, table, role, logs and alarms. Two counters in one account and region need two names."
  type        = string
  default     = "headcount"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{3,64}$", var.name))
    error_message = "name is \"${var.name}\"; it must be 3 to 64 letters, digits, hyphens and underscores."
  }
}
