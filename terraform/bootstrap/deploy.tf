# The permissions of a deploy role. Read actions are wildcards, because each version of the provider reads a little more;
# write actions are listed. Names begin with headcount-ENVIRONMENT, so neither role can change named resources of the other.
# HTTP APIs, email subscriptions, log resource policies and certificates have no names: docs/aws.md, “From GitHub”.
locals {
  bucket = "${local.aws}:s3:::${var.state_bucket}"
  domain = var.domain != null ? var.domain : { name = "", zone_id = "" }

  # Only production may set a domain name: a trial could take production's name from the zone.
  names = { for environment in local.environments : environment => environment == "prod" && var.domain != null }

  deploy = {
    for environment in local.environments : environment => concat(
      [
        {
          # S3 reports a missing object only to callers that may list (Amazon S3 API Reference, “GetObject”); that request
          # has no prefix to compare. The names of states are not secret.
          Sid       = "FindState"
          Effect    = "Allow"
          Action    = ["s3:ListBucket"]
          Resource  = [local.bucket]
          Condition = { StringLikeIfExists = { "s3:prefix" = ["${environment}/*"] } }
        },
        {
          Sid      = "KeepState"
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
          Resource = ["${local.bucket}/${environment}/*"]
        },
        {
          # Neither reads nor writes items. In production it can't delete the table.
          Sid    = "Table"
          Effect = "Allow"
          Action = concat([
            "dynamodb:CreateTable", "dynamodb:UpdateTable", "dynamodb:UpdateTimeToLive", "dynamodb:UpdateContinuousBackups",
            "dynamodb:Describe*", "dynamodb:List*", "dynamodb:GetResourcePolicy",
            "dynamodb:TagResource", "dynamodb:UntagResource",
          ], environment == "prod" ? [] : ["dynamodb:DeleteTable"])
          Resource = ["${local.aws}:dynamodb:*:${local.account}:table/headcount-${environment}*"]
        },
        {
          Sid    = "Function"
          Effect = "Allow"
          Action = [
            "lambda:CreateFunction", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:PublishVersion",
            "lambda:DeleteFunction", "lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency",
            "lambda:CreateAlias", "lambda:UpdateAlias", "lambda:DeleteAlias",
            "lambda:AddPermission", "lambda:RemovePermission", "lambda:Get*", "lambda:List*",
            "lambda:TagResource", "lambda:UntagResource",
          ]
          Resource = ["${local.aws}:lambda:*:${local.account}:function:headcount-${environment}*"]
        },
        {
          # API Gateway's resources have no names, only IDs that are unknown before they are created. A stage or a domain
          # with tags also takes TagResource, which AWS's reference of actions lacks
          # (https://github.com/hashicorp/terraform-provider-aws/issues/20634,
          # https://github.com/aws-amplify/amplify-cli/issues/12316, https://github.com/cloudtools/awacs/issues/254).
          Sid    = "Api"
          Effect = "Allow"
          Action = [
            "apigateway:GET", "apigateway:POST", "apigateway:PUT", "apigateway:PATCH", "apigateway:DELETE",
            "apigateway:TagResource", "apigateway:UntagResource",
          ]
          Resource = concat(
            [for each in ["apis", "apis/*", "tags/*"] : "${local.aws}:apigateway:*::/${each}"],
            local.names[environment] ? [for each in ["domainnames", "domainnames/*"] : "${local.aws}:apigateway:*::/${each}"] : [],
          )
        },
        {
          # API Gateway creates this role with an account's first API or domain (API Gateway Developer Guide, “Using
          # service-linked roles”). AWS defines its permissions.
          Sid       = "ApisOwnRole"
          Effect    = "Allow"
          Action    = ["iam:CreateServiceLinkedRole"]
          Resource  = ["${local.aws}:iam::${local.account}:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway"]
          Condition = { StringEquals = { "iam:AWSServiceName" = "ops.apigateway.amazonaws.com" } }
        },
        {
          Sid      = "ReadRole"
          Effect   = "Allow"
          Action   = ["iam:Get*", "iam:List*"]
          Resource = ["${local.aws}:iam::${local.account}:role/headcount-${environment}*"]
        },
        {
          # Without the boundary, a deploy role could create a role with all permissions.
          Sid       = "WriteRoleWithinBoundary"
          Effect    = "Allow"
          Action    = ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:DeleteRolePolicy"]
          Resource  = ["${local.aws}:iam::${local.account}:role/headcount-${environment}*"]
          Condition = { StringEquals = { "iam:PermissionsBoundary" = local.boundary[environment] } }
        },
        {
          Sid      = "WriteRole"
          Effect   = "Allow"
          Action   = ["iam:DeleteRole", "iam:UpdateRole", "iam:UpdateRoleDescription", "iam:TagRole", "iam:UntagRole"]
          Resource = ["${local.aws}:iam::${local.account}:role/headcount-${environment}*"]
        },
        {
          Sid       = "PassRole"
          Effect    = "Allow"
          Action    = ["iam:PassRole"]
          Resource  = ["${local.aws}:iam::${local.account}:role/headcount-${environment}*"]
          Condition = { StringEquals = { "iam:PassedToService" = "lambda.amazonaws.com" } }
        },
        {
          Sid    = "Logs"
          Effect = "Allow"
          Action = [
            "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy",
            "logs:PutMetricFilter", "logs:DeleteMetricFilter", "logs:DescribeMetricFilters",
            "logs:List*", "logs:TagResource", "logs:UntagResource",
          ]
          Resource = [for service in ["lambda", "vendedlogs/apigateway"] :
            "${local.aws}:logs:*:${local.account}:log-group:/aws/${service}/headcount-${environment}*"
          ]
        },
        {
          # Finding a log group needs the right to list all. API Gateway's access log is a log delivery, which has no resources
          # (API Gateway Developer Guide, “Configure logging for HTTP APIs”).
          Sid    = "LogDelivery"
          Effect = "Allow"
          Action = [
            "logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "logs:PutResourcePolicy", "logs:CreateLogDelivery",
            "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:GetLogDelivery", "logs:ListLogDeliveries",
          ]
          Resource = ["*"]
        },
        {
          Sid    = "Alarms"
          Effect = "Allow"
          Action = [
            "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms",
            "cloudwatch:ListTagsForResource", "cloudwatch:TagResource", "cloudwatch:UntagResource",
          ]
          Resource = ["${local.aws}:cloudwatch:*:${local.account}:alarm:headcount-${environment}*"]
        },
        {
          # Without a type, this also asks for composite alarms, for which AWS requires `*` (CloudWatch API Reference,
          # “DescribeAlarms”). It only reads.
          Sid      = "FindAlarms"
          Effect   = "Allow"
          Action   = ["cloudwatch:DescribeAlarms"]
          Resource = ["*"]
        },
        {
          Sid    = "AlarmMail"
          Effect = "Allow"
          Action = [
            "sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe",
            "sns:Get*", "sns:List*", "sns:TagResource", "sns:UntagResource",
          ]
          Resource = ["${local.aws}:sns:*:${local.account}:headcount-${environment}*"]
        },
        {
          # A subscription has an ARN but is not a resource in AWS's permissions.
          Sid      = "AlarmMailSubscription"
          Effect   = "Allow"
          Action   = ["sns:GetSubscriptionAttributes", "sns:Unsubscribe"]
          Resource = ["*"]
        },
      ],
      length(var.table_kms_key_arns) == 0 ? [] : [
        {
          # What DynamoDB does with the key on behalf of the table's creator (AWS KMS Developer Guide, “How Amazon DynamoDB
          # uses AWS KMS”). The condition limits it to DynamoDB.
          Sid    = "TableKey"
          Effect = "Allow"
          Action = [
            "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey", "kms:CreateGrant",
          ]
          Resource  = var.table_kms_key_arns
          Condition = { StringLike = { "kms:ViaService" = "dynamodb.*.amazonaws.com" } }
        },
      ],
      # A `for`, because both sides of a conditional would need the same type.
      [for statement in [
        {
          Sid      = "NewCertificate"
          Effect   = "Allow"
          Action   = ["acm:RequestCertificate"]
          Resource = ["*"]
          # ForAllValues is also true without any value.
          Condition = {
            "ForAllValues:StringEquals" = { "acm:DomainNames" = [local.domain.name] }
            Null                        = { "acm:DomainNames" = "false" }
          }
        },
        {
          # A certificate has no name, only an ID.
          Sid    = "Certificate"
          Effect = "Allow"
          Action = [
            "acm:DescribeCertificate", "acm:DeleteCertificate",
            "acm:ListTagsForCertificate", "acm:AddTagsToCertificate", "acm:RemoveTagsFromCertificate",
          ]
          Resource = ["${local.aws}:acm:*:${local.account}:certificate/*"]
        },
        {
          Sid      = "Name"
          Effect   = "Allow"
          Action   = ["route53:ListResourceRecordSets", "route53:GetHostedZone"]
          Resource = ["${local.aws}:route53:::hostedzone/${local.domain.zone_id}"]
        },
        {
          # The counter's address record and its certificate's validation record, _….NAME (Amazon Route 53 Developer Guide,
          # “Using IAM policy conditions for fine-grained access control”).
          Sid      = "ChangeName"
          Effect   = "Allow"
          Action   = ["route53:ChangeResourceRecordSets"]
          Resource = ["${local.aws}:route53:::hostedzone/${local.domain.zone_id}"]
          Condition = {
            "ForAllValues:StringLike" = {
              "route53:ChangeResourceRecordSetsNormalizedRecordNames" = [local.domain.name, "_*.${local.domain.name}"]
            }
            "ForAllValues:StringEquals" = { "route53:ChangeResourceRecordSetsRecordTypes" = ["A", "CNAME"] }
            Null                        = { "route53:ChangeResourceRecordSetsNormalizedRecordNames" = "false" }
          }
        },
        {
          Sid      = "NameChange"
          Effect   = "Allow"
          Action   = ["route53:GetChange"]
          Resource = ["${local.aws}:route53:::change/*"]
        },
      ] : statement if local.names[environment]],
    )
  }
}
