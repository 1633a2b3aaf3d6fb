# Apply this once per account, by hand, with an administrator's credentials (docs/aws.md). Its state stays on that machine:
# it holds no secret, and all resources can be imported again.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.62.0"
    }
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
