# Which inputs are accepted, as in ../../tests.
mock_provider "aws" {}

# A mock provider can't import.
override_resource {
  target = aws_s3_bucket.state
}

variables {
  repository    = "you/your-site"
  repository_id = "456789"
  owner_id      = "123456"
  state_bucket  = "headcount-state-of-you"
}

run "the_defaults_are_allowed" {
  command = plan

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 1
    error_message = "There is no OIDC provider for GitHub."
  }
  assert {
    condition     = length(aws_budgets_budget.account) == 0
    error_message = "There is a budget without an address."
  }
}

run "every_option_is_allowed" {
  command = plan

  variables {
    create_oidc_provider = false
    alarm_email          = "you@example.com"
    monthly_budget       = 0.5
    domain               = { name = "counter.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
    table_kms_key_arns   = ["arn:aws:kms:eu-central-1:123456789012:key/0b8f5c1e", "arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-0b8f"]
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "There is a second OIDC provider for GitHub."
  }
  assert {
    condition     = aws_budgets_budget.account[0].limit_amount == "0.5"
    error_message = "The budget is ${aws_budgets_budget.account[0].limit_amount} US dollars."
  }
}

run "policies_are_not_longer_than_aws_allows" {
  command         = plan
  expect_failures = [aws_iam_policy.deploy, aws_iam_policy.boundary]
  variables { table_kms_key_arns = [for number in range(200) : "arn:aws:kms:eu-central-1:123456789012:key/${number}"] }
}

# Terraform reports each of these variables, or the run fails.
run "invalid_values_are_refused" {
  command = plan
  expect_failures = [
    var.repository, var.repository_id, var.owner_id, var.state_bucket, var.alarm_email, var.monthly_budget, var.domain,
    var.table_kms_key_arns,
  ]

  variables {
    repository         = "your-site"
    repository_id      = "*"
    owner_id           = "you"
    state_bucket       = "Headcount_State"
    alarm_email        = "nobody"
    monthly_budget     = 0
    domain             = { name = "counter.example.com", zone_id = "example.com" }
    table_kms_key_arns = ["alias/mine"]
  }
}

run "wildcards_are_refused" {
  command         = plan
  expect_failures = [var.repository, var.domain, var.table_kms_key_arns]

  variables {
    repository         = "you/*"
    domain             = { name = "*.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
    table_kms_key_arns = ["arn:aws:kms:eu-central-1:123456789012:key/*"]
  }
}

run "a_repository_has_no_ids_in_its_name" {
  command         = plan
  expect_failures = [var.repository]
  variables { repository = "you@123456/your-site@456789" }
}
