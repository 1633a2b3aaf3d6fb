"""A copy of terraform/ that can run here, against moto, with the AWS provider that PyPI has.

That provider is 3.39.0, from 2021; terraform/ is written for 6.62. The copy leaves out what 3.39.0 doesn't know, listed
here line by line, and overrides the version, the endpoints and one argument (Terraform Language, “Override Files”).
test_terraform_schema.py checks the original files against 6.62.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dynamodb import REGION
from lambda_function import ZIP
from responder import REPOSITORY

PROVIDERS = REPOSITORY / ".build/terraform"
BUCKET = "headcount-state"

MODULE = "modules/headcount"
TESTED = [".", "bootstrap", MODULE]  # folders with input tests
EXAMPLES = ["examples/cloud-resume", "examples/cloudfront"]

# By file: whole blocks, by their first line, and arguments, by name.
UNKNOWN_BLOCKS = {
    # Version 4.0 moved these out of aws_s3_bucket.
    "bootstrap/bucket.tf": [
        'resource "aws_s3_bucket_versioning" "state" {',
        'resource "aws_s3_bucket_server_side_encryption_configuration" "state" {',
        'resource "aws_s3_bucket_lifecycle_configuration" "state" {',
        # It demands TLS, which moto doesn't have here.
        'resource "aws_s3_bucket_policy" "state" {',
    ],
    f"{MODULE}/function.tf": ["  logging_config {"],
}
UNKNOWN_ARGUMENTS = {
    f"{MODULE}/table.tf": ["deletion_protection_enabled", "recovery_period_in_days"],
    f"{MODULE}/function.tf": ["architectures"],
}

OVERRIDE = """
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "3.39.0"
    }
  }
}
"""
PROVIDER = """
provider "aws" {{
  max_retries            = 1    # a refusal is final
  skip_get_ec2_platforms = true # otherwise it asks AWS itself, and waits for a minute
  s3_force_path_style    = true # moto's host has no subdomains

  endpoints {{
    {endpoints}
  }}
}}
"""
SERVICES = (
    *("acm", "apigateway", "cloudwatch", "cloudwatchlogs", "dynamodb", "iam", "lambda", "route53", "s3", "sns", "sts"),
)

# 3.39.0 requires a thumbprint, and an override can't add an argument; today AWS finds it by itself.
THUMBPRINT = f'  thumbprint_list = ["{"0" * 40}"]\n'
# Likewise the first month of a budget.
BUDGET_START = '  time_period_start = "2017-01-01_00:00"\n'
# The latest runtime that 3.39.0 knows.
RUNTIME = "provided.al2"

CLI = """
provider_installation {{
  filesystem_mirror {{
    path = "{mirror}"
  }}
}}
"""


def make_zip(path: Path, bootstrap: bytes | None = None) -> Path:
    """Makes a zip of the built program, or of another one, that differs from every other zip."""
    shutil.copy(ZIP, path)
    if bootstrap:
        path.unlink()
    with zipfile.ZipFile(path, "a") as archive:
        if bootstrap:
            archive.writestr("bootstrap", bootstrap)
        else:
            archive.comment = path.name.encode()
    return path


def left_over(account: Callable[[str], Any]) -> dict[str, list[str]]:
    """What is still in the account under a name of the environment test."""
    found = {
        "tables": account("dynamodb").list_tables()["TableNames"],
        "functions": [each["FunctionName"] for each in account("lambda").list_functions()["Functions"]],
        "apis": [each["Name"] for each in account("apigatewayv2").get_apis()["Items"]],
        "roles": [each["RoleName"] for each in account("iam").list_roles()["Roles"]],
        "logs": [each["logGroupName"] for each in account("logs").describe_log_groups()["logGroups"]],
        "alarms": [each["AlarmName"] for each in account("cloudwatch").describe_alarms()["MetricAlarms"]],
        "topics": [each["TopicArn"] for each in account("sns").list_topics()["Topics"]],
    }
    return {
        kind: [name for name in names if "headcount-test" in name and "stand-in" not in name]
        for kind, names in found.items()
    }


def leave_out_block(text: str, first_line: str) -> str:
    assert text.count(first_line) == 1, f"{first_line!r} must occur once"
    indent = first_line[: -len(first_line.lstrip())]
    return re.sub(rf"^{re.escape(first_line)}\n(.*\n)*?{indent}}}\n", "", text, flags=re.MULTILINE)


def leave_out_argument(text: str, name: str) -> str:
    text, times = re.subn(rf"^ *{name} *= .*\n", "", text, flags=re.MULTILINE)
    assert times == 1, f"{name} occurs {times} times"
    return text


def replace(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} must occur once"
    return text.replace(old, new)


def add_after(text: str, line: str, addition: str) -> str:
    return replace(text, line, line + addition)


def succeed(process: subprocess.CompletedProcess[str]) -> str:
    assert process.returncode == 0, process.stdout[-3000:] + process.stderr[-3000:]
    return process.stdout


class Project:
    """The copy, and the environment that the scripts need to work on it."""

    def __init__(self, directory: Path, endpoint: str) -> None:
        self.endpoint = endpoint
        self.directory = directory / "terraform"
        ignored = shutil.ignore_patterns(".terraform*")
        shutil.copytree(REPOSITORY / "terraform", self.directory, symlinks=True, ignore=ignored)
        for name, blocks in UNKNOWN_BLOCKS.items():
            for block in blocks:
                self._edit(name, leave_out_block, block)
        for name, arguments in UNKNOWN_ARGUMENTS.items():
            for argument in arguments:
                self._edit(name, leave_out_argument, argument)
        endpoints = "\n    ".join(f'{service} = "{endpoint}"' for service in SERVICES)
        for folder in {*TESTED, *EXAMPLES}:
            (self.directory / folder / "version_override.tf").write_text(OVERRIDE)
        for folder in {".", "bootstrap", *EXAMPLES}:
            (self.directory / folder / "provider_override.tf").write_text(PROVIDER.format(endpoints=endpoints))
        self._edit("bootstrap/roles.tf", add_after, '  client_id_list = ["sts.amazonaws.com"]\n', THUMBPRINT)
        self._edit("bootstrap/budget.tf", add_after, '  time_unit    = "MONTHLY"\n', BUDGET_START)
        self._edit(f"{MODULE}/variables.tf", replace, '"provided.al2023"', f'"{RUNTIME}"')
        self.cli = directory / "terraform.rc"
        self.cli.write_text(CLI.format(mirror=PROVIDERS / "mirror"))
        self.key, self.secret, self.token = "test", "test", ""

    def environment(self, **others: str) -> dict[str, str]:
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_", "MAKE", "MFLAGS"))
        }
        return (
            clean
            | {
                "AWS_REGION": REGION,
                "AWS_ACCESS_KEY_ID": self.key,
                "AWS_SECRET_ACCESS_KEY": self.secret,
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_ENDPOINT_URL": self.endpoint,
                "CHECKPOINT_DISABLE": "1",
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",  # this venv's `aws`
                "STATE_BUCKET": BUCKET,
                "TERRAFORM_DIRECTORY": str(self.directory),
                "TF_CLI_ARGS": "-no-color",
                "TF_CLI_CONFIG_FILE": str(self.cli),
            }
            | ({"AWS_SESSION_TOKEN": self.token} if self.token else {})
            | others
        )

    def terraform(self, *arguments: str, folder: str = ".", **others: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["terraform", *arguments],
            cwd=self.directory / folder,
            env=self.environment(TF_INPUT="0", TF_IN_AUTOMATION="1", **others),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def make(
        self, target: str, environment: str, directory: Path = REPOSITORY, **others: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs a target of the Makefile, as on a developer's machine."""
        return subprocess.run(
            ["make", "--no-print-directory", target, f"ENV={environment}"],
            cwd=directory,
            env=self.environment(TF_CLI_ARGS_init="-no-color -backend-config=use_path_style=true", **others),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=400,
        )

    def make_on_fresh_clone(self, target: str, environment: str, **others: str) -> subprocess.CompletedProcess[str]:
        """Runs a target where nothing was built, without Terraform and without knowing its state bucket."""
        with tempfile.TemporaryDirectory() as directory:
            clone = Path(directory) / "clone"
            ignored = shutil.ignore_patterns(".git", ".build*", "dist", ".terraform*", ".*_cache", "__pycache__")
            shutil.copytree(REPOSITORY, clone, ignore=ignored, symlinks=True)
            (Path(directory) / "terraform").symlink_to("/bin/false")
            missing = {"STATE_BUCKET": "", "TERRAFORM_DIRECTORY": "", "TF_CLI_CONFIG_FILE": ""}
            path = f"{directory}:{self.environment()['PATH']}"
            return self.make(target, environment, clone, PATH=path, **missing, **others)

    def _edit(self, name: str, edit: Callable[..., str], *what: str) -> None:
        file = self.directory / name
        file.write_text(edit(file.read_text(), *what))
