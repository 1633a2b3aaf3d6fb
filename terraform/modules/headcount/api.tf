# Every request goes to the function, which routes it as it does behind nginx and sets the CORS headers.
resource "aws_apigatewayv2_api" "counter" {
  name                         = var.name
  description                  = "Headcount visit counter"
  protocol_type                = "HTTP"
  disable_execute_api_endpoint = var.domain != null && !var.keep_default_url
}

resource "aws_apigatewayv2_integration" "counter" {
  api_id                 = aws_apigatewayv2_api.counter.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_alias.live.invoke_arn
  payload_format_version = "2.0"
}

# AWS throttles each route. The script has two routes, so that its loads don't use up the visits' limit. All
# paths that ask for the password share the greedy route and so its limit; the badges and healthz take precedence over it.
# AWS refuses a route that ends in a slash (https://github.com/aws/serverless-application-model/issues/1949), so /headcount/
# has no explicit route. It matches the greedy route, or $default if AWS does not regard it as one of "all child resources".
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
resource "aws_apigatewayv2_route" "counter" {
  # checkov:skip=CKV_AWS_309: Any visitor may count; the function protects the statistics with a password.
  for_each = toset([
    "$default",
    "ANY /headcount-v1.js",
    "ANY /headcount.js",
    "ANY /headcount/{proxy+}",
    "ANY /headcount/badge.json",
    "ANY /headcount/badge.svg",
    "ANY /headcount/healthz",
  ])
  api_id    = aws_apigatewayv2_api.counter.id
  route_key = each.key
  target    = "integrations/${aws_apigatewayv2_integration.counter.id}"
}

resource "aws_apigatewayv2_stage" "counter" {
  api_id      = aws_apigatewayv2_api.counter.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit  = var.requests_per_second
    throttling_burst_limit = var.burst
  }

  # A low limit against password guessing. (Not tested: whether AWS uses this route for /headcount/, and for a
  # percent-encoded path like /%68eadcount/stats. If not, the default limit applies, so choose a long password.)
  route_settings {
    route_key              = aws_apigatewayv2_route.counter["ANY /headcount/{proxy+}"].route_key
    throttling_rate_limit  = var.stats == "public" ? var.requests_per_second : 1
    throttling_burst_limit = var.stats == "public" ? var.burst : 10
  }

  # Logs neither the visitor's address nor the User-Agent nor the query.
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.api.arn
    format = jsonencode({
      time    = "$context.requestTime"
      id      = "$context.requestId"
      method  = "$context.httpMethod"
      route   = "$context.routeKey"
      status  = "$context.status"
      length  = "$context.responseLength"
      latency = "$context.responseLatency"
      error   = "$context.integrationErrorMessage"
    })
  }
}

resource "aws_cloudwatch_log_group" "api" {
  # checkov:skip=CKV_AWS_158: As for the function's log.
  # checkov:skip=CKV_AWS_338: As for the function's log.
  # A group elsewhere is one more entry in the region's log policy, which AWS never shortens: some forty trials fill its
  # 5,120 characters. Near that limit AWS allows all groups under this prefix at once
  # (https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html).
  name              = "/aws/vendedlogs/apigateway/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_permission" "api" {
  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  function_name = aws_lambda_function.counter.function_name
  qualifier     = aws_lambda_alias.live.name
  source_arn    = "${aws_apigatewayv2_api.counter.execution_arn}/*/*"
}
