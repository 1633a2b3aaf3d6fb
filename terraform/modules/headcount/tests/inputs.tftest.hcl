# Which inputs are accepted. The provider is a mock, so `terraform test` creates nothing.
mock_provider "aws" {}

variables {
  lambda_zip = "versions.tf" # any file
}

run "the_defaults_are_allowed" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.counts.name == "headcount"
    error_message = "The table has another name."
  }
  assert {
    condition     = length(aws_route53_record.counter) + length(aws_sns_topic.alarms) == 0
    error_message = "There is a domain or a topic by default."
  }
  assert {
    condition     = !contains(keys(aws_lambda_function.counter.environment[0].variables), "HEADCOUNT_STATS_PASSWORD")
    error_message = "There is a password by default."
  }
  assert {
    condition     = !contains(keys(aws_lambda_function.counter.environment[0].variables), "HEADCOUNT_COUNT_PATH")
    error_message = "There is one more path that counts by default."
  }
  assert {
    condition     = !contains(keys(aws_lambda_function.counter.environment[0].variables), "HEADCOUNT_CLOUDFRONT")
    error_message = "A header sets the visitor's address by default."
  }
  assert {
    condition     = one(aws_apigatewayv2_stage.counter.route_settings).throttling_rate_limit == 1
    error_message = "Passwords can be guessed quickly."
  }
}

run "every_option_is_allowed" {
  command = plan

  variables {
    architecture                = "arm64"
    zip_architecture            = "arm64"
    reserved_concurrency        = 5
    tracing                     = true
    point_in_time_recovery_days = 35
    table_kms_key_arn           = "arn:aws:kms:eu-central-1:123456789012:key/0b8f5c1e"
    permissions_boundary_arn    = "arn:aws:iam::123456789012:policy/headcount-boundary-test"
    alarm_email                 = "you@example.com"
    domain                      = { name = "counter.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
    count_path                  = "/ResumeSiteCounter"
    cloudfront                  = true
    allowed_origins             = ["https://example.com", "https://*.example.com", "http://localhost:8080"]
    ignore                      = ["192.0.2.7", "192.0.2.0/24", "2001:db8::1", "2001:db8::/32"]
    stats                       = "public"
    stats_password              = "secret"
  }

  override_resource {
    target          = aws_acm_certificate.counter
    override_during = plan
    values = {
      arn = "arn:aws:acm:eu-central-1:123456789012:certificate/0b8f5c1e"
      domain_validation_options = [{
        domain_name           = "counter.example.com"
        resource_record_name  = "_proof.counter.example.com."
        resource_record_type  = "CNAME"
        resource_record_value = "_proof.acm-validations.aws."
      }]
    }
  }

  assert {
    condition     = aws_route53_record.proof["counter.example.com"].name == "_proof.counter.example.com."
    error_message = "The certificate is not validated by its own record."
  }
  assert {
    condition     = aws_lambda_function.counter.environment[0].variables["HEADCOUNT_CLOUDFRONT"] == "yes"
    error_message = "The visitor's address does not come from CloudFront."
  }
  assert {
    condition     = aws_route53_record.counter["counter.example.com"].zone_id == "Z0123456789ABCDEFGHIJ"
    error_message = "The name is in another zone."
  }
  assert {
    condition     = !aws_apigatewayv2_api.counter.disable_execute_api_endpoint
    error_message = "AWS's own URL is off, although keep_default_url is true."
  }
  assert {
    condition     = one(aws_apigatewayv2_stage.counter.route_settings).throttling_rate_limit == var.requests_per_second
    error_message = "Public statistics have a low limit."
  }
  assert {
    condition     = output.url == "https://counter.example.com"
    error_message = "The URL is ${output.url}."
  }
  assert {
    condition     = toset(keys(aws_iam_role_policy.function)) == toset(["store", "logs", "tracing", "key"])
    error_message = "The function's policies are ${join(", ", keys(aws_iam_role_policy.function))}."
  }
}

run "a_name_has_no_spaces" {
  command         = plan
  expect_failures = [var.name]
  variables { name = "my counter" }
}

run "the_zip_exists" {
  command         = plan
  expect_failures = [var.lambda_zip]
  variables { lambda_zip = "no-such.zip" }
}

run "the_architecture_is_one_of_two" {
  command         = plan
  expect_failures = [var.architecture]
  variables { architecture = "mips" }
}

run "the_zip_is_for_the_architecture" {
  command         = plan
  expect_failures = [var.zip_architecture]
  variables {
    architecture     = "arm64"
    zip_architecture = "x86_64"
  }
}

run "the_runtime_starts_a_bootstrap" {
  command         = plan
  expect_failures = [var.runtime]
  variables { runtime = "python3.13" }
}

run "memory_is_enough_for_lambda" {
  command         = plan
  expect_failures = [var.memory_size]
  variables { memory_size = 64 }
}

run "reserved_concurrency_is_not_zero" {
  command         = plan
  expect_failures = [var.reserved_concurrency]
  variables { reserved_concurrency = 0 }
}

run "some_requests_are_allowed" {
  command         = plan
  expect_failures = [var.requests_per_second]
  variables { requests_per_second = 0 }
}

run "a_burst_is_whole" {
  command         = plan
  expect_failures = [var.burst]
  variables { burst = 0.5 }
}

run "cloudwatch_supports_the_retention" {
  command         = plan
  expect_failures = [var.log_retention_days]
  variables { log_retention_days = 42 }
}

run "recovery_is_limited_to_35_days" {
  command         = plan
  expect_failures = [var.point_in_time_recovery_days]
  variables { point_in_time_recovery_days = 36 }
}

run "a_key_is_an_arn" {
  command         = plan
  expect_failures = [var.table_kms_key_arn]
  variables { table_kms_key_arn = "alias/mine" }
}

run "a_boundary_is_an_arn" {
  command         = plan
  expect_failures = [var.permissions_boundary_arn]
  variables { permissions_boundary_arn = "headcount-boundary-test" }
}

run "an_alarm_address_has_an_at" {
  command         = plan
  expect_failures = [var.alarm_email]
  variables { alarm_email = "nobody" }
}

run "a_domain_is_a_name" {
  command         = plan
  expect_failures = [var.domain]
  variables { domain = { name = "https://counter.example.com", zone_id = "Z0123456789ABCDEFGHIJ" } }
}

run "a_zone_is_an_id" {
  command         = plan
  expect_failures = [var.domain]
  variables { domain = { name = "counter.example.com", zone_id = "/hostedzone/Z0123456789ABCDEFGHIJ" } }
}

run "a_count_path_begins_with_a_slash" {
  command         = plan
  expect_failures = [var.count_path]
  variables { count_path = "ResumeSiteCounter" }
}

run "a_count_path_is_not_another_path_of_the_api" {
  command         = plan
  expect_failures = [var.count_path]
  variables { count_path = "/headcount/stats" }
}

run "a_star_is_the_only_origin" {
  command         = plan
  expect_failures = [var.allowed_origins]
  variables { allowed_origins = ["*", "https://example.com"] }
}

run "an_origin_has_no_path" {
  command         = plan
  expect_failures = [var.allowed_origins]
  variables { allowed_origins = ["https://example.com/"] }
}

run "at_least_one_origin_is_allowed" {
  command         = plan
  expect_failures = [var.allowed_origins]
  variables { allowed_origins = [] }
}

run "ignored_addresses_are_valid" {
  command         = plan
  expect_failures = [var.ignore]
  variables { ignore = ["192.0.2.0/33"] }
}

run "crawlers_are_ignored_or_counted" {
  command         = plan
  expect_failures = [var.crawlers]
  variables { crawlers = "maybe" }
}

run "pages_are_limited" {
  command         = plan
  expect_failures = [var.max_pages]
  variables { max_pages = 1000001 }
}

run "statistics_are_private_or_public" {
  command         = plan
  expect_failures = [var.stats]
  variables { stats = "secret" }
}

run "a_password_is_one_line" {
  command         = plan
  expect_failures = [var.stats_password]
  variables { stats_password = "a\nb" }
}

run "the_log_level_exists" {
  command         = plan
  expect_failures = [var.log_level]
  variables { log_level = "loud" }
}
