variable "repository" {
  description = <<-END
    The GitHub repository that may deploy, as its tokens name it: OWNER@ID/NAME@ID for one that was made, renamed or
    transferred since 15 July 2026, or has opted in; OWNER/NAME for an older one. docs/aws.md says where to find the IDs.
  END
  type        = string

  validation {
    condition     = can(regex("^([A-Za-z0-9_-]+/[A-Za-z0-9._-]+|[A-Za-z0-9_-]+@[1-9][0-9]*/[A-Za-z0-9._-]+@[1-9][0-9]*)$", var.repository))
    error_message = "repository is \"${var.repository}\"; it must be OWNER/NAME, or OWNER@ID/NAME@ID with both IDs, exactly as GitHub spells it."
  }
}

variable "state_bucket" {
  description = "The name of the S3 bucket for Terraform's state; it must be unique in all of AWS."
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
