terraform {
  required_version = ">= 1.11" # the first with use_lockfile outside of experiments

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.62.0" # the same in each run; its schema is what the attributes here were checked against
    }
  }

  # Bucket and key come by -backend-config (scripts/deployment).
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

# The region is AWS_REGION, for the backend too.
provider "aws" {
  default_tags {
    tags = {
      Project     = "headcount"
      Environment = var.environment
    }
  }
}

locals {
  # A workspace is a deployment beside the others of its environment, with all of its own.
  name = join("-", concat(["headcount", var.environment], terraform.workspace == "default" ? [] : [terraform.workspace]))
}
