locals {
  refused = { namespace = "Headcount", name = "${var.name}-429" }

  alarms = {
    errors = {
      description = "The function ended with an error or ran out of time."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = var.name }
    }
    throttles = {
      description = "Visits were refused because too many instances of the function were running."
      namespace   = "AWS/Lambda"
      metric      = "Throttles"
      dimensions  = { FunctionName = var.name }
    }
    unavailable = {
      description = "Visits were answered with 5xx: the table could not be reached, or the function failed."
      namespace   = "AWS/ApiGateway"
      metric      = "5xx"
      dimensions  = { ApiId = aws_apigatewayv2_api.counter.id }
    }
    refused = {
      description = "API Gateway answered 429: more requests than requests_per_second and burst allow, or attempts at the password."
      namespace   = local.refused.namespace
      metric      = local.refused.name
      dimensions  = {}
    }
    table-throttles = {
      description = "DynamoDB refused writes that came too fast."
      namespace   = "AWS/DynamoDB"
      metric      = "WriteThrottleEvents"
      dimensions  = { TableName = var.name }
    }
  }
}

# API Gateway's own metric counts all 4xx together (API Gateway Developer Guide, “Monitor CloudWatch metrics for HTTP
# APIs”). A metric is billed for the hours that have a value, so there is no default_value. AWS may not log all of very many
# 429s (“Monitor HTTP APIs”).
resource "aws_cloudwatch_log_metric_filter" "refused" {
  name           = "429"
  log_group_name = aws_cloudwatch_log_group.api.name
  pattern        = "{ $.status = \"429\" }"

  metric_transformation {
    namespace = local.refused.namespace
    name      = local.refused.name
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "counter" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = aws_sns_topic.alarms[*].arn
  ok_actions          = aws_sns_topic.alarms[*].arn
}

resource "aws_sns_topic" "alarms" {
  # checkov:skip=CKV_AWS_26: CloudWatch cannot publish to a topic under AWS's own SNS key, and an alarm holds no secret.
  count = var.alarm_email == null ? 0 : 1
  name  = "${var.name}-alarms"
}

resource "aws_sns_topic_subscription" "alarms" {
  count     = var.alarm_email == null ? 0 : 1
  topic_arn = aws_sns_topic.alarms[0].arn
  protocol  = "email"
  endpoint  = var.alarm_email
}
