locals {
  url = var.domain == null ? aws_apigatewayv2_api.counter.api_endpoint : "https://${var.domain.name}"
}

output "url" {
  description = "The counter's URL, without a trailing slash."
  value       = local.url
}

output "snippet" {
  description = "The HTML to paste into a page."
  value       = <<-END
    <script defer src="${local.url}/headcount.js"></script>
    <span data-headcount="visits">–</span>
  END
}

output "function_version" {
  description = "The live version of the function."
  value       = aws_lambda_alias.live.function_version
}

output "function_name" {
  description = "The name of the Lambda function."
  value       = aws_lambda_function.counter.function_name
}

output "table_name" {
  description = "The name of the DynamoDB table."
  value       = aws_dynamodb_table.counts.name
}
