resource "aws_lambda_function" "counter" {
  # checkov:skip=CKV_AWS_50: Tracing is optional; it costs, and the function makes one hop, to DynamoDB.
  # checkov:skip=CKV_AWS_115: A new account has too little concurrency to reserve any; API Gateway's throttle limits it.
  # checkov:skip=CKV_AWS_116: A dead-letter queue is for asynchronous invocations; these are all synchronous.
  # checkov:skip=CKV_AWS_117: DynamoDB is reached by its public endpoint, signed and over TLS; a VPC would add a NAT's cost.
  # checkov:skip=CKV_AWS_173: Lambda encrypts the environment at rest; a customer key adds a call to each cold start.
  # checkov:skip=CKV_AWS_272: The deploy role limits who may deploy; releases attest the zip's provenance.
  function_name                  = var.name
  description                    = "Headcount visit counter"
  role                           = aws_iam_role.function.arn
  runtime                        = var.runtime
  architectures                  = [var.architecture]
  handler                        = "bootstrap"
  filename                       = var.lambda_zip
  source_code_hash               = filebase64sha256(var.lambda_zip)
  publish                        = true # each change is a version, for rollbacks
  memory_size                    = var.memory_size
  timeout                        = 10
  reserved_concurrent_executions = coalesce(var.reserved_concurrency, -1)

  environment {
    variables = merge(
      {
        HEADCOUNT_STORE           = "dynamodb"
        HEADCOUNT_DYNAMODB_TABLE  = aws_dynamodb_table.counts.name
        HEADCOUNT_ALLOWED_ORIGINS = join(",", var.allowed_origins)
        HEADCOUNT_CRAWLERS        = var.crawlers
        HEADCOUNT_MAX_PAGES       = tostring(var.max_pages)
        HEADCOUNT_STATS           = var.stats
        HEADCOUNT_LOG_LEVEL       = var.log_level
      },
      var.cloudfront ? { HEADCOUNT_CLOUDFRONT = "yes" } : {},
      var.count_path == null ? {} : { HEADCOUNT_COUNT_PATH = var.count_path },
      { for name, value in { HEADCOUNT_IGNORE = join(",", var.ignore) } : name => value if value != "" },
      { for name, value in { HEADCOUNT_STATS_PASSWORD = var.stats_password } : name => value if nonsensitive(value != "") },
    )
  }

  # By default Lambda drops the function's lines below INFO; with TRACE, HEADCOUNT_LOG_LEVEL decides. WARN drops the lines
  # that Lambda itself writes for each visit (AWS Lambda Developer Guide, “Log-level filtering”).
  logging_config {
    log_format            = "JSON"
    application_log_level = "TRACE"
    system_log_level      = "WARN"
    log_group             = aws_cloudwatch_log_group.function.name
  }

  tracing_config {
    mode = var.tracing ? "Active" : "PassThrough"
  }

  # A function that runs before its log group exists creates one without retention, which Terraform would not destroy.
  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}

# API Gateway invokes this alias. `make rollback` points it to an earlier version, with that version's code and settings,
# and the next deployment to its own.
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.counter.function_name
  function_version = aws_lambda_function.counter.version
}

resource "aws_cloudwatch_log_group" "function" {
  # checkov:skip=CKV_AWS_158: CloudWatch always encrypts, and these logs hold no secrets that need a customer key.
  # checkov:skip=CKV_AWS_338: A visit counter's logs are not needed for a year.
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "function" {
  name                 = var.name
  description          = "The permissions of Headcount's function"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  for_each = merge(
    {
      store = templatefile("${path.module}/policies/dynamodb-store.json", { table_arn = aws_dynamodb_table.counts.arn })
      logs = jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = "${aws_cloudwatch_log_group.function.arn}:*"
        }]
      })
    },
    !var.tracing ? {} : {
      tracing = jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect   = "Allow"
          Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
          Resource = "*" # X-Ray has no resource types
        }]
      })
    },
    var.table_kms_key_arn == null ? {} : {
      key = jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect    = "Allow"
          Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant"]
          Resource  = var.table_kms_key_arn
          Condition = { StringLike = { "kms:ViaService" = "dynamodb.*.amazonaws.com" } }
        }]
      })
    },
  )
  name   = each.key
  role   = aws_iam_role.function.id
  policy = each.value
}
