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
    <p><b id="visits">–</b> visits, <b id="visitors">–</b> visitors</p>
    <script>
      function countThisPage() {
        let page = location.pathname;
        try {
          page = decodeURI(page);
        } catch {} // malformed, like /100%
        fetch("${local.url}/headcount?page=" + encodeURIComponent(page))
          .then((response) => {
            if (!response.ok) throw new Error(`The counter answered $${response.status}.`);
            return response.json();
          })
          .then(({ count, unique }) => {
            document.querySelector("#visits").textContent = count;
            document.querySelector("#visitors").textContent = unique;
          })
          .catch(console.error);
      }
      if (document.prerendering) document.addEventListener("prerenderingchange", countThisPage);
      else countThisPage();
      // Back and Forward may show the page without running it again.
      addEventListener("pageshow", (event) => event.persisted && countThisPage());
    </script>
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
