# Which inputs are accepted; the module's own tests check those that the root passes on.
mock_provider "aws" {}

variables {
  environment = "test"
  lambda_zip  = "versions.tf" # any file
}

run "names_begin_with_the_environment" {
  command = plan

  assert {
    condition     = output.table_name == "headcount-test"
    error_message = "The table is called ${output.table_name}."
  }
}

run "the_environment_is_one_of_two" {
  command         = plan
  expect_failures = [var.environment]
  variables { environment = "staging" }
}

run "the_root_checks_the_variables_of_the_module" {
  command         = plan
  expect_failures = [var.burst]
  variables { burst = 0.5 }
}
