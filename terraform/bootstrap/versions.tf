# Once per account, as an administrator: scripts/setup-aws makes the bucket, if it is missing, and applies this.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.62.0"
    }
  }

  # The state is kept in the bucket that is imported below, beside those of the deployments. The deploy roles can't read it.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  default_tags {
    tags = { Project = "headcount" }
  }
}

locals {
  environments = toset(["test", "prod"])
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
