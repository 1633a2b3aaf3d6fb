# GitHub's tokens identify the repository, the branch and the environment of a job, so no key has to be stored.
resource "aws_iam_openid_connect_provider" "github" {
  count          = var.create_oidc_provider ? 1 : 0
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  owner      = split("/", var.repository)[0]
  repository = split("/", var.repository)[1]
  branch     = { test = "test", prod = "main" }

  account  = data.aws_caller_identity.current.account_id
  aws      = "arn:${data.aws_partition.current.partition}"
  boundary = { for each in local.environments : each => "${local.aws}:iam::${local.account}:policy/headcount-boundary-${each}" }
}

# The maximum permissions of a function's role, whatever policies a deploy role gives it.
resource "aws_iam_policy" "boundary" {
  # checkov:skip=CKV_AWS_290: X-Ray has no resource types.
  # checkov:skip=CKV_AWS_355: X-Ray has no resource types.
  for_each    = local.environments
  name        = "headcount-boundary-${each.key}"
  description = "The maximum permissions of a Headcount function"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      jsondecode(templatefile("${path.module}/../modules/headcount/policies/dynamodb-store.json", {
        table_arn = "${local.aws}:dynamodb:*:${local.account}:table/headcount-${each.key}*"
      })).Statement,
      [
        {
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = "${local.aws}:logs:*:${local.account}:log-group:/aws/lambda/headcount-${each.key}*"
        },
        {
          Effect   = "Allow"
          Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
          Resource = "*"
        },
      ],
      length(var.table_kms_key_arns) == 0 ? [] : [
        {
          Effect    = "Allow"
          Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant"]
          Resource  = var.table_kms_key_arns
          Condition = { StringLike = { "kms:ViaService" = "dynamodb.*.amazonaws.com" } }
        },
      ],
    )
  })

  lifecycle {
    postcondition {
      condition     = length(self.policy) <= 6144 # IAM User Guide, “IAM and AWS STS quotas”
      error_message = "The policy ${self.name} has ${length(self.policy)} characters; AWS allows 6144. Give fewer table_kms_key_arns."
    }
  }
}

# STS has supported these claims since January 2026
# (https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/).
resource "aws_iam_role" "deploy" {
  # checkov:skip=CKV_AWS_393: checkov does not know the variables' values; their validations refuse wildcards.
  for_each             = local.environments
  name                 = "headcount-deploy-${each.key}"
  description          = "Deploys Headcount from GitHub's branch ${local.branch[each.key]} and environment ${each.key}"
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "${local.aws}:iam::${local.account}:oidc-provider/token.actions.githubusercontent.com" }
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          # Repositories created, renamed or transferred since 15 July 2026 have their IDs in `sub`
          # (https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/).
          # repository_id identifies the repository in any case.
          "token.actions.githubusercontent.com:sub" = [
            "repo:${var.repository}:environment:${each.key}",
            "repo:${local.owner}@${var.owner_id}/${local.repository}@${var.repository_id}:environment:${each.key}",
          ]
          "token.actions.githubusercontent.com:repository_id" = var.repository_id
          "token.actions.githubusercontent.com:ref"           = "refs/heads/${local.branch[each.key]}"
        }
      }
    }]
  })
}

# A managed policy may be longer than inline ones.
resource "aws_iam_policy" "deploy" {
  # checkov:skip=CKV_AWS_290: deploy.tf explains each action that can't be limited to resources (log delivery, subscriptions).
  # checkov:skip=CKV_AWS_355: As above.
  # checkov:skip=CKV_AWS_289: It writes roles only within the boundary above.
  # checkov:skip=CKV_AWS_286: As above.
  for_each    = local.environments
  name        = "headcount-deploy-${each.key}"
  description = "The permissions to deploy Headcount to ${each.key}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = local.deploy[each.key] })

  lifecycle {
    postcondition {
      condition     = length(self.policy) <= 6144 # IAM User Guide, “IAM and AWS STS quotas”
      error_message = "The policy ${self.name} has ${length(self.policy)} characters; AWS allows 6144. Give fewer table_kms_key_arns."
    }
  }
}

resource "aws_iam_role_policy_attachment" "deploy" {
  for_each   = local.environments
  role       = aws_iam_role.deploy[each.key].name
  policy_arn = aws_iam_policy.deploy[each.key].arn
}
