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

# Terraform reports each of these variables, or the run fails.
run "invalid_values_are_refused" {
  command = plan
  expect_failures = [
    var.name, var.lambda_zip, var.architecture, var.runtime, var.memory_size, var.reserved_concurrency,
    var.requests_per_second, var.burst, var.log_retention_days, var.point_in_time_recovery_days, var.table_kms_key_arn,
    var.permissions_boundary_arn, var.alarm_email, var.domain, var.count_path, var.allowed_origins, var.ignore, var.crawlers,
    var.max_pages, var.stats, var.stats_password, var.log_level,
  ]

  variables {
    name                        = "my counter"
    lambda_zip                  = "no-such.zip"
    architecture                = "mips"
    runtime                     = "python3.13"
    memory_size                 = 64
    reserved_concurrency        = 0
    requests_per_second         = 0
    burst                       = 0.5
    log_retention_days          = 42
    point_in_time_recovery_days = 36
    table_kms_key_arn           = "alias/mine"
    permissions_boundary_arn    = "headcount-boundary-test"
    alarm_email                 = "nobody"
    domain                      = { name = "https://counter.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
    count_path                  = "ResumeSiteCounter"
    allowed_origins             = ["*", "https://example.com"]
    ignore                      = ["192.0.2.0/33"]
    crawlers                    = "maybe"
    max_pages                   = 1000001
    stats                       = "secret"
    stats_password              = "a\nb"
    log_level                   = "loud"
  }
}

run "more_invalid_values_are_refused" {
  command         = plan
  expect_failures = [var.zip_architecture, var.domain, var.count_path, var.allowed_origins]

  variables {
    architecture     = "arm64"
    zip_architecture = "x86_64"
    domain           = { name = "counter.example.com", zone_id = "/hostedzone/Z0123456789ABCDEFGHIJ" }
    count_path       = "/headcount/stats" # another path of the API
    allowed_origins  = ["https://example.com/"]
  }
}

run "at_least_one_origin_is_allowed" {
  command         = plan
  expect_failures = [var.allowed_origins]
  variables { allowed_origins = [] }
}
