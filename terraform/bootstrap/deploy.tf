# What a deploy role may do. Reading is by wildcard, since each version of the provider reads a little more; what changes
# something is listed. Names begin with headcount-ENVIRONMENT, so neither role can touch what has a name and is the other's.
# HTTP APIs, e-mail subscriptions, who may write to the logs and certificates have none: docs/aws.md, “From GitHub”.
locals {
  domain = var.domain != null ? var.domain : { name = "", zone_id = "" }

  # Who may give the counter a name of one's own: not the trial, which could take production's from the zone.
  names = { for environment in local.environments : environment => environment == "prod" && var.domain != null }

  deploy = {
    for environment in local.environments : environment => concat(
      [
        {
          # S3 says that an object is missing only to whoever may list (Amazon S3 API Reference, “GetObject”), and then
          # there may be no prefix to compare. The names of states are no secret.
          Sid       = "FindState"
          Effect    = "Allow"
          Action    = ["s3:ListBucket"]
          Resource  = [aws_s3_bucket.state.arn]
          Condition = { StringLikeIfExists = { "s3:prefix" = ["${environment}/*"] } }
        },
        {
          Sid      = "KeepState"
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
          Resource = ["${aws_s3_bucket.state.arn}/${environment}/*"]
        },
        {
          # Neither reads nor writes an item. In production not even the whole table can go.
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
          # API Gateway's resources have no names, only IDs that nobody knows before they are made.
          Sid    = "Api"
          Effect = "Allow"
          Action = ["apigateway:GET", "apigateway:POST", "apigateway:PUT", "apigateway:PATCH", "apigateway:DELETE"]
          Resource = concat(
            [for each in ["apis", "apis/*", "tags/*"] : "${local.aws}:apigateway:*::/${each}"],
            local.names[environment] ? [for each in ["domainnames", "domainnames/*"] : "${local.aws}:apigateway:*::/${each}"] : [],
          )
        },
        {
          # API Gateway makes this role for itself with an account's first API or name (API Gateway Developer Guide, “Using
          # service-linked roles”). What it may do is AWS's affair.
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
          # Without the boundary a deploy role could make itself a role that may do anything.
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
            "logs:List*", "logs:TagResource", "logs:UntagResource",
          ]
          Resource = flatten([for service in ["lambda", "apigateway"] : [
            "${local.aws}:logs:*:${local.account}:log-group:/aws/${service}/headcount-${environment}*",
          ]])
        },
        {
          # To find a log group takes the right to list all; API Gateway's access log is a log delivery, which has no resources
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
            "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms",
            "cloudwatch:ListTagsForResource", "cloudwatch:TagResource", "cloudwatch:UntagResource",
          ]
          Resource = ["${local.aws}:cloudwatch:*:${local.account}:alarm:headcount-${environment}*"]
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
          # A subscription is no resource to AWS, though it has an ARN.
          Sid      = "AlarmMailSubscription"
          Effect   = "Allow"
          Action   = ["sns:GetSubscriptionAttributes", "sns:Unsubscribe"]
          Resource = ["*"]
        },
      ],
      length(var.table_kms_key_arns) == 0 ? [] : [
        {
          # What DynamoDB does with the key in the name of whoever makes the table (AWS KMS Developer Guide, “How Amazon
          # DynamoDB uses AWS KMS”), and nobody outside of DynamoDB.
          Sid    = "TableKey"
          Effect = "Allow"
          Action = [
            "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey", "kms:CreateGrant",
          ]
          Resource  = var.table_kms_key_arns
          Condition = { StringLike = { "kms:ViaService" = "dynamodb.*.amazonaws.com" } }
        },
      ],
      # No conditional: its two sides would have to be of one type.
      [for statement in [
        {
          Sid      = "NewCertificate"
          Effect   = "Allow"
          Action   = ["acm:RequestCertificate"]
          Resource = ["*"]
          # ForAllValues alone holds of no values, too.
          Condition = {
            "ForAllValues:StringEquals" = { "acm:DomainNames" = [local.domain.name] }
            Null                        = { "acm:DomainNames" = "false" }
          }
        },
        {
          # A certificate has no name either, only an ID.
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
          # The counter's address and the proof of its certificate, _….NAME (Amazon Route 53 Developer Guide, “Using IAM
          # policy conditions for fine-grained access control”).
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
