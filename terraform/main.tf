# What `make` and the workflows deploy: one counter for each environment and workspace.
variable "environment" {
  description = "The environment. All names begin with headcount-ENVIRONMENT, and its deploy role may change nothing else."
  type        = string

  validation {
    condition     = contains(["test", "prod"], var.environment)
    error_message = "environment is \"${var.environment}\"; it must be test or prod."
  }
}

module "counter" {
  source = "./modules/headcount"

  # Each workspace is a separate deployment with its own resources.
  name = join("-", concat(["headcount", var.environment], terraform.workspace == "default" ? [] : [terraform.workspace]))

  lambda_zip                  = var.lambda_zip
  architecture                = var.architecture
  zip_architecture            = var.zip_architecture
  runtime                     = var.runtime
  memory_size                 = var.memory_size
  reserved_concurrency        = var.reserved_concurrency
  requests_per_second         = var.requests_per_second
  burst                       = var.burst
  log_retention_days          = var.log_retention_days
  tracing                     = var.tracing
  point_in_time_recovery_days = var.point_in_time_recovery_days
  deletion_protection         = var.deletion_protection
  table_kms_key_arn           = var.table_kms_key_arn
  permissions_boundary_arn    = var.permissions_boundary_arn
  alarm_email                 = var.alarm_email
  domain                      = var.domain
  keep_default_url            = var.keep_default_url
  count_path                  = var.count_path
  allowed_origins             = var.allowed_origins
  cloudfront                  = var.cloudfront
  ignore                      = var.ignore
  crawlers                    = var.crawlers
  max_pages                   = var.max_pages
  stats                       = var.stats
  stats_password              = var.stats_password
  log_level                   = var.log_level
}
