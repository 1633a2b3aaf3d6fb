# terraform/variables.tf is a link to this file: the root passes each of these variables to the module.

variable "lambda_zip" {
  description = "The path of the zip from `make lambda`. Terraform deploys it but does not build it."
  type        = string

  validation {
    condition     = fileexists(var.lambda_zip)
    error_message = "lambda_zip is \"${var.lambda_zip}\", which does not exist; run `make lambda`, or set the path of the zip."
  }
}

variable "architecture" {
  description = "The CPU architecture that the zip was built for."
  type        = string
  default     = "x86_64"

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "architecture is \"${var.architecture}\"; it must be x86_64 or arm64, like the zip."
  }
}

variable "zip_architecture" {
  description = "The CPU architecture of the program in the zip, which scripts/deployment reads; null if unknown."
  type        = string
  default     = null

  validation {
    condition     = var.zip_architecture == null ? true : var.zip_architecture == var.architecture
    error_message = "The program in the zip is for ${coalesce(var.zip_architecture, "none")} and architecture is ${var.architecture}: every invocation would fail."
  }
}

variable "runtime" {
  description = "The Lambda runtime. The program is static, so any runtime that starts a `bootstrap` works."
  type        = string
  default     = "provided.al2023"

  validation {
    condition     = startswith(var.runtime, "provided")
    error_message = "runtime is \"${var.runtime}\"; it must be an OS-only runtime of AWS, like provided.al2023, which starts the program in the zip."
  }
}

variable "memory_size" {
  description = "Memory of the function in MiB. Its share of CPU time grows with it."
  type        = number
  default     = 256

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240 && floor(var.memory_size) == var.memory_size
    error_message = "memory_size is ${var.memory_size}; it must be a whole number of MiB from 128 to 10240."
  }
}

variable "reserved_concurrency" {
  description = <<-END
    How many instances of the function may run at once, reserved for it; null for the account's limit. AWS refuses a
    reservation that leaves fewer than 100 for the rest of the account, and a new account has fewer than that in total.
  END
  type        = number
  default     = null

  validation {
    condition     = var.reserved_concurrency == null ? true : var.reserved_concurrency >= 1 && floor(var.reserved_concurrency) == var.reserved_concurrency
    error_message = "reserved_concurrency must be null or a whole number of at least 1; with 0 the function would never run."
  }
}

variable "requests_per_second" {
  description = "How many requests a second each of the seven routes allows, on average; the others get 429. This limits the cost."
  type        = number
  default     = 10

  validation {
    condition     = var.requests_per_second > 0
    error_message = "requests_per_second is ${var.requests_per_second}; it must be more than 0."
  }
}

variable "burst" {
  description = "How many requests are allowed at once before requests_per_second applies."
  type        = number
  default     = 50

  validation {
    condition     = var.burst >= 1 && floor(var.burst) == var.burst
    error_message = "burst is ${var.burst}; it must be a whole number of at least 1."
  }
}

variable "log_retention_days" {
  description = "How many days CloudWatch keeps the logs, which hold no addresses of visitors."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827], var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}; it must be 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096 or 1827."
  }
}

variable "tracing" {
  description = "Whether X-Ray samples the invocations."
  type        = bool
  default     = false
}

variable "point_in_time_recovery_days" {
  description = <<-END
    For how many days the table can be restored to any second; 0 for none. A restored table contains the salts and hashes
    of its day, so this is also how long a visitor can still be recognised.
  END
  type        = number
  default     = 1

  validation {
    condition     = contains(range(0, 36), var.point_in_time_recovery_days)
    error_message = "point_in_time_recovery_days is ${var.point_in_time_recovery_days}; it must be a whole number from 0 to 35."
  }
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the table. To destroy it, first set this to false."
  type        = bool
  default     = false
}

variable "table_kms_key_arn" {
  description = "Your own KMS key for the table; null for DynamoDB's, which is free. Deploy roles may use the keys in bootstrap's table_kms_key_arns."
  type        = string
  default     = null

  validation {
    condition     = var.table_kms_key_arn == null ? true : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.table_kms_key_arn))
    error_message = "table_kms_key_arn must be null or the ARN of a key: arn:aws:kms:REGION:ACCOUNT:key/ID."
  }
}

variable "permissions_boundary_arn" {
  description = "The permissions boundary of the function's role. The deploy roles of bootstrap/ can create no role without it."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null ? true : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be null or the ARN of a policy: arn:aws:iam::ACCOUNT:policy/NAME."
  }
}

variable "alarm_email" {
  description = "The address that gets alarms; null for none. AWS sends it a confirmation request first."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_email == null ? true : can(regex("^[^@\\s]+@[^@\\s]+$", var.alarm_email))
    error_message = "alarm_email must be null or an address like you@example.com."
  }
}

variable "domain" {
  description = "Your own domain name for the counter, and its Route 53 zone; null for AWS's URL. The deploy role of prod may use bootstrap's domain."
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

variable "keep_default_url" {
  description = "Whether AWS's own URL works beside the domain. Set it to false only when no page uses that URL any more: it would stop counting."
  type        = bool
  default     = true
}

# The service's own settings. The service checks them when it starts, so Terraform only refuses values with which the
# function could never answer.

variable "count_path" {
  description = "HEADCOUNT_COUNT_PATH: one more path that counts visits; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.count_path == null ? true : can(regex("^/[^?#%\\s]+$", var.count_path)) && !can(regex("^/headcount([./].*)?$", var.count_path))
    error_message = "count_path must be null or a path like /ResumeSiteCounter, without percent-encoding, that the API does not use."
  }
}

variable "allowed_origins" {
  description = "HEADCOUNT_ALLOWED_ORIGINS: the origins of the pages that may count, or \"*\" alone."
  type        = list(string)
  default     = ["*"]

  validation {
    condition = var.allowed_origins == tolist(["*"]) || length(var.allowed_origins) > 0 && alltrue([
      for origin in var.allowed_origins : can(regex("^https?://(\\*\\.)?[^/*,\\s]+$", origin))
    ])
    error_message = "allowed_origins must be [\"*\"], or origins like https://example.com or https://*.example.com, without a path or a trailing slash."
  }
}

variable "cloudfront" {
  description = <<-END
    HEADCOUNT_CLOUDFRONT: whether requests come through CloudFront, so that CloudFront-Viewer-Address holds the visitor's
    address. Otherwise every visitor has an address of CloudFront. terraform/examples/cloudfront shows the distribution.
  END
  type        = bool
  default     = false
}

variable "ignore" {
  description = "HEADCOUNT_IGNORE: addresses and CIDR blocks whose visits are not counted."
  type        = list(string)
  default     = []

  validation {
    condition = alltrue([
      for each in var.ignore : can(cidrhost(strcontains(each, "/") ? each : "${each}/${strcontains(each, ":") ? 128 : 32}", 0))
    ])
    error_message = "ignore must hold addresses and CIDR blocks, like 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32."
  }
}

variable "crawlers" {
  description = "HEADCOUNT_CRAWLERS: whether declared crawlers count."
  type        = string
  default     = "ignore"

  validation {
    condition     = contains(["ignore", "count"], var.crawlers)
    error_message = "crawlers is \"${var.crawlers}\"; it must be ignore or count."
  }
}

variable "max_pages" {
  description = "HEADCOUNT_MAX_PAGES: how many pages get their own count."
  type        = number
  default     = 1000

  validation {
    condition     = var.max_pages >= 0 && var.max_pages <= 1000000 && floor(var.max_pages) == var.max_pages
    error_message = "max_pages is ${var.max_pages}; it must be a whole number from 0 to 1000000."
  }
}

variable "stats" {
  description = "HEADCOUNT_STATS: who may see the statistics."
  type        = string
  default     = "private"

  validation {
    condition     = contains(["private", "public"], var.stats)
    error_message = "stats is \"${var.stats}\"; it must be private or public."
  }
}

variable "stats_password" {
  description = <<-END
    HEADCOUNT_STATS_PASSWORD: the password of private statistics; without one they are off. Set it as
    TF_VAR_stats_password. It is stored in the function's environment and in Terraform's state.
  END
  type        = string
  default     = ""
  nullable    = false
  sensitive   = true

  validation {
    condition     = !can(regex("[[:cntrl:]]", var.stats_password))
    error_message = "stats_password must have no control characters."
  }
}

variable "log_level" {
  description = "HEADCOUNT_LOG_LEVEL: how much the function logs."
  type        = string
  default     = "info"

  validation {
    condition     = contains(["trace", "debug", "info", "notice", "warning", "error", "critical"], var.log_level)
    error_message = "log_level is \"${var.log_level}\"; it must be trace, debug, info, notice, warning, error or critical."
  }
}
