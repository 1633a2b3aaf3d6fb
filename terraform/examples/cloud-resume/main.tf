# The Cloud Resume Challenge's counter, in place of its Python function: the page calls the same path and shows
# `data.count` as before.
terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

provider "aws" {}

module "counter" {
  # In your own repository, with the version of the release:
  # source = "github.com/OWNER/headcount//terraform/modules/headcount?ref=v1.0.0"
  source = "../../modules/headcount"

  lambda_zip      = "${path.module}/lambda.zip" # lambda-x86_64.zip of the same release, or from `make lambda`
  count_path      = "/ResumeSiteCounter"
  allowed_origins = ["https://resume.example.com"]

  deletion_protection = true # of the table with the numbers
}

output "counter" {
  description = "The URL that the page calls."
  value       = "${module.counter.url}/ResumeSiteCounter"
}
