# The counter behind CloudFront. If your site has a distribution already, add the origin to it, and the behavior with
# `path_pattern = "/headcount*"` as an `ordered_cache_behavior`: then the counter has the site's own host.
terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

provider "aws" {}

module "counter" {
  source = "../../modules/headcount"

  lambda_zip = "${path.module}/lambda.zip"
  cloudfront = true
}

data "aws_cloudfront_cache_policy" "none" {
  name = "Managed-CachingDisabled"
}

# Forwards the visitor's headers except Host, with which API Gateway would not recognise its API
# (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html), and
# CloudFront's own, among them CloudFront-Viewer-Address, as one observed request shows
# (https://dev.to/rimutaka/aws-lambda-with-cloudfront-cors-authorization-and-caching-examples-1i9c). Check it: two devices on
# different networks must count as two visitors.
data "aws_cloudfront_origin_request_policy" "visitor" {
  name = "Managed-AllViewerExceptHostHeader"
}

resource "aws_cloudfront_distribution" "counter" {
  # checkov:skip=CKV_AWS_68: A firewall costs more than the counter; API Gateway's throttle limits requests.
  # checkov:skip=CKV2_AWS_47: As above.
  # checkov:skip=CKV_AWS_86: API Gateway logs the requests; a log of CloudFront would hold addresses.
  # checkov:skip=CKV_AWS_174: AWS sets the TLS of *.cloudfront.net; with your own certificate, set minimum_protocol_version.
  # checkov:skip=CKV2_AWS_42: As above.
  # checkov:skip=CKV_AWS_305: The counter has no page at its root.
  # checkov:skip=CKV_AWS_310: A second origin would have other counts.
  # checkov:skip=CKV_AWS_374: Visitors come from everywhere.
  # checkov:skip=CKV2_AWS_32: The function sets the headers.
  comment         = "Headcount visit counter"
  enabled         = true
  is_ipv6_enabled = true

  origin {
    origin_id   = "counter"
    domain_name = trimprefix(module.counter.url, "https://")

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  default_cache_behavior {
    target_origin_id         = "counter"
    viewer_protocol_policy   = "https-only"
    allowed_methods          = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"] # with POST, CloudFront takes only all
    cached_methods           = ["GET", "HEAD"]
    compress                 = true
    cache_policy_id          = data.aws_cloudfront_cache_policy.none.id
    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.visitor.id
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}

output "url" {
  description = "The counter's URL, without a trailing slash."
  value       = "https://${aws_cloudfront_distribution.counter.domain_name}"
}
