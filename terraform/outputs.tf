output "url" {
  description = "The counter's URL, without a trailing slash."
  value       = module.counter.url
}

output "snippet" {
  description = "The HTML to paste into a page."
  value       = module.counter.snippet
}

output "function_version" {
  description = "The live version of the function."
  value       = module.counter.function_version
}

output "function_name" {
  description = "The name of the Lambda function."
  value       = module.counter.function_name
}

output "table_name" {
  description = "The name of the DynamoDB table."
  value       = module.counter.table_name
}
