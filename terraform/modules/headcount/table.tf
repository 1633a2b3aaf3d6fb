# The numbers. docs/dynamodb.md describes the items.
resource "aws_dynamodb_table" "counts" {
  # checkov:skip=CKV_AWS_119: DynamoDB always encrypts; table_kms_key_arn sets a customer key, for a dollar a month.
  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "pk"
    type = "S"
  }

  ttl {
    attribute_name = "expires"
    enabled        = true
  }

  # enabled = false means DynamoDB's own key, not an unencrypted table.
  server_side_encryption {
    enabled     = var.table_kms_key_arn != null
    kms_key_arn = var.table_kms_key_arn
  }

  point_in_time_recovery {
    enabled                 = var.point_in_time_recovery_days > 0
    recovery_period_in_days = var.point_in_time_recovery_days > 0 ? var.point_in_time_recovery_days : null
  }
}
