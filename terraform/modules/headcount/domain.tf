# A custom domain: a certificate validated through Route 53, the domain at API Gateway, and its address record.
locals {
  domains = var.domain == null ? {} : { (var.domain.name) = var.domain.zone_id }
}

resource "aws_acm_certificate" "counter" {
  for_each          = local.domains
  domain_name       = each.key
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "proof" {
  for_each        = local.domains
  zone_id         = each.value
  name            = one(aws_acm_certificate.counter[each.key].domain_validation_options).resource_record_name
  type            = one(aws_acm_certificate.counter[each.key].domain_validation_options).resource_record_type
  records         = [one(aws_acm_certificate.counter[each.key].domain_validation_options).resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "counter" {
  for_each                = local.domains
  certificate_arn         = aws_acm_certificate.counter[each.key].arn
  validation_record_fqdns = [aws_route53_record.proof[each.key].fqdn]
}

resource "aws_apigatewayv2_domain_name" "counter" {
  for_each    = local.domains
  domain_name = each.key

  domain_name_configuration {
    certificate_arn = aws_acm_certificate_validation.counter[each.key].certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "counter" {
  for_each    = local.domains
  api_id      = aws_apigatewayv2_api.counter.id
  domain_name = aws_apigatewayv2_domain_name.counter[each.key].id
  stage       = aws_apigatewayv2_stage.counter.id
}

resource "aws_route53_record" "counter" {
  for_each = local.domains
  zone_id  = each.value
  name     = each.key
  type     = "A"

  alias {
    name                   = aws_apigatewayv2_domain_name.counter[each.key].domain_name_configuration[0].target_domain_name
    zone_id                = aws_apigatewayv2_domain_name.counter[each.key].domain_name_configuration[0].hosted_zone_id
    evaluate_target_health = false
  }
}
