# Which inputs are accepted, as in ../../tests.
mock_provider "aws" {}

variables {
  repository   = "you/your-site"
  state_bucket = "headcount-state-of-you"
}

run "the_defaults_are_allowed" {
  command = plan

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 1
    error_message = "There is no OIDC provider for GitHub."
  }
}

run "every_option_is_allowed" {
  command = plan

  variables {
    create_oidc_provider = false
    domain               = { name = "counter.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
    table_kms_key_arns   = ["arn:aws:kms:eu-central-1:123456789012:key/0b8f5c1e", "arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-0b8f"]
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "There is a second OIDC provider for GitHub."
  }
}

run "a_repository_has_an_owner" {
  command         = plan
  expect_failures = [var.repository]
  variables { repository = "your-site" }
}

run "a_repository_has_no_wildcard" {
  command         = plan
  expect_failures = [var.repository]
  variables { repository = "you/*" }
}

run "a_repository_has_both_ids_or_none" {
  command         = plan
  expect_failures = [var.repository]
  variables { repository = "you@123456/your-site" }
}

run "an_id_is_a_number" {
  command         = plan
  expect_failures = [var.repository]
  variables { repository = "you@123456/your-site@*" }
}

run "a_bucket_has_a_valid_name" {
  command         = plan
  expect_failures = [var.state_bucket]
  variables { state_bucket = "Headcount_State" }
}

run "a_zone_is_an_id" {
  command         = plan
  expect_failures = [var.domain]
  variables { domain = { name = "counter.example.com", zone_id = "example.com" } }
}

run "a_domain_has_no_wildcard" {
  command         = plan
  expect_failures = [var.domain]
  variables { domain = { name = "*.example.com", zone_id = "Z0123456789ABCDEFGHIJ" } }
}

run "a_key_is_an_arn" {
  command         = plan
  expect_failures = [var.table_kms_key_arns]
  variables { table_kms_key_arns = ["alias/mine"] }
}

run "a_key_has_no_wildcard" {
  command         = plan
  expect_failures = [var.table_kms_key_arns]
  variables { table_kms_key_arns = ["arn:aws:kms:eu-central-1:123456789012:key/*"] }
}
