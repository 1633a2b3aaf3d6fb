output "state_bucket" {
  description = "The value of the repository's variable STATE_BUCKET."
  value       = aws_s3_bucket.state.id
}

output "deploy_roles" {
  description = "The value of the variable DEPLOY_ROLE in each GitHub environment."
  value       = { for each in local.environments : each => aws_iam_role.deploy[each].arn }
}

output "permissions_boundaries" {
  description = "The value of the variable PERMISSIONS_BOUNDARY in each GitHub environment."
  value       = { for each in local.environments : each => aws_iam_policy.boundary[each].arn }
}

output "alarm_email" {
  description = "The address of the budget's mail, which scripts/setup-aws keeps."
  value       = var.alarm_email
}
