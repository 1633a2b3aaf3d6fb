variable "repository" {
  description = "The GitHub repository that may deploy: OWNER/NAME, exactly as GitHub spells it."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository is \"${var.repository}\"; it must be OWNER/NAME, exactly as GitHub spells it."
  }
}

variable "repository_id" {
  description = "The repository's ID: `gh api repos/OWNER/NAME --jq .id`. It stays the same if the repository is renamed."
  type        = string

  validation {
    condition     = can(regex("^[1-9][0-9]*$", var.repository_id))
    error_message = "repository_id is \"${var.repository_id}\"; it must be a number, which `gh api repos/OWNER/NAME --jq .id` prints."
  }
}

variable "owner_id" {
  description = "The ID of the repository's owner: `gh api repos/OWNER/NAME --jq .owner.id`."
  type        = string

  validation {
    condition     = can(regex("^[1-9][0-9]*$", var.owner_id))
    error_message = "owner_id is \"${var.owner_id}\"; it must be a number, which `gh api repos/OWNER/NAME --jq .owner.id` prints."
  }
}

variable "state_bucket" {
  description = "The name of the S3 bucket for Terraform's state, which must exist."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.state_bucket))
    error_message = "state_bucket is \"${var.state_bucket}\"; it must be 3 to 63 lower-case letters, digits and hyphens."
  }
}

variable "create_oidc_provider" {
  description = "Whether to add GitHub as an OIDC provider; false if the account already has it, because it can have only one."
  type        = bool
  default     = true
}

variable "alarm_email" {
  description = "The address that AWS writes to if the account costs more than monthly_budget; null for no budget."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_email == null ? true : can(regex("^[^@\\s]+@[^@\\s]+$", var.alarm_email))
    error_message = "alarm_email must be null or an address like you@example.com."
  }
}

variable "monthly_budget" {
  description = "How many US dollars the whole account may cost in a month before alarm_email gets mail."
  type        = number
  default     = 5

  validation {
    condition     = var.monthly_budget > 0
    error_message = "monthly_budget is ${var.monthly_budget}; it must be more than 0 US dollars."
  }
}

variable "table_kms_key_arns" {
  description = <<-END
    Your own KMS keys that tables may be encrypted with (table_kms_key_arn in terraform/). Neither deploy roles nor
    functions may use any other key. The keys' own policies must delegate access to IAM.
  END
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for arn in var.table_kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", arn))
    ])
    error_message = "table_kms_key_arns must contain only ARNs of keys: arn:aws:kms:REGION:ACCOUNT:key/ID."
  }
}

variable "domain" {
  description = "The domain name that the deploy role of prod may set in a Route 53 zone, and that zone, as in terraform/; null for none."
  type = object({
    name    = string
    zone_id = string
  })
  default = null

  validation {
    condition     = var.domain == null ? true : can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain.name))
    error_message = "domain.name must be a whole name in lower case, like counter.example.com."
  }

  validation {
    condition     = var.domain == null ? true : can(regex("^[A-Z0-9]{1,32}$", var.domain.zone_id))
    error_message = "domain.zone_id must be the ID of a Route 53 zone alone, like Z0123456789ABCDEFGHIJ."
  }
}
