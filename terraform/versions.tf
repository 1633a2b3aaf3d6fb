terraform {
  required_version = ">= 1.11" # the first with a stable use_lockfile

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.62.0" # pinned, so that each run uses the schema that these files were checked against
    }
  }

  # scripts/deployment sets bucket and key with -backend-config.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

# AWS_REGION sets the region, also for the backend.
provider "aws" {
  default_tags {
    tags = {
      Project     = "headcount"
      Environment = var.environment
    }
  }
}
