output "state_bucket" {
  description = "The repository's variable STATE_BUCKET."
  value       = aws_s3_bucket.state.id
}

output "deploy_roles" {
  description = "The variable DEPLOY_ROLE of each of GitHub's environments."
  value       = { for each in local.environments : each => aws_iam_role.deploy[each].arn }
}

output "permissions_boundaries" {
  description = "The variable PERMISSIONS_BOUNDARY of each of GitHub's environments."
  value       = { for each in local.environments : each => aws_iam_policy.boundary[each].arn }
}
