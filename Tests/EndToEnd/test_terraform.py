"""terraform/ for real: Terraform, AWS's provider, and moto in place of AWS, all by the Makefile's targets.

moto asks everybody for permission here: the deployment has what terraform/bootstrap gives a deploy role, and the
function what the deployment gives it.
"""

import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from deployed_function import DeployedFunction, assume, make_stand_in
from dynamodb import Moto
from lambda_front import Front
from lambda_function import ZIP
from responder import REPOSITORY
from terraform_project import BUCKET, PROVIDERS, Project

TRANSCRIPT = PROVIDERS / "transcript.log"
STORE_POLICY = json.loads((REPOSITORY / "terraform/policies/dynamodb-store.json").read_text())


@pytest.fixture
def guarded() -> Iterator[Moto]:
    """A server of this test's own, since it is the server that asks everybody for permission."""
    server = Moto("--any-signature").start()
    yield server
    server.stop()


@pytest.fixture
def project(guarded: Moto, directory: Path) -> Project:
    return Project(directory, guarded.endpoint)


def succeed(process: subprocess.CompletedProcess[str]) -> str:
    assert process.returncode == 0, process.stdout[-3000:] + process.stderr[-3000:]
    return process.stdout


@pytest.fixture
def bootstrapped(project: Project) -> dict[str, Any]:
    """The outputs of bootstrap/, applied."""
    folder = "bootstrap"
    inputs = {"TF_VAR_repository": "owner/site", "TF_VAR_state_bucket": BUCKET}
    succeed(project.terraform("init", folder=folder))
    succeed(project.terraform("apply", "-auto-approve", folder=folder, **inputs))
    succeed(project.terraform("plan", "-detailed-exitcode", folder=folder, **inputs))
    outputs = json.loads(succeed(project.terraform("output", "-json", folder=folder)))
    return {name: output["value"] for name, output in outputs.items()}


@pytest.fixture
def account(guarded: Moto) -> Callable[[str], Any]:
    """Makes clients of somebody who may do anything, also when moto asks."""
    iam = guarded.client("iam")
    iam.create_user(UserName="administrator")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy(UserName="administrator", PolicyName="all", PolicyDocument=json.dumps(everything))
    key = iam.create_access_key(UserName="administrator")["AccessKey"]
    return partial(guarded.client, key=key["AccessKeyId"], secret=key["SecretAccessKey"])


def ask_for_permission(moto: Moto) -> None:
    """From everybody, from now on. The bucket refuses what does not come over TLS, which moto does not speak here."""
    moto.client("s3").delete_bucket_policy(Bucket=BUCKET)
    httpx.post(f"{moto.endpoint}/moto-api/reset-auth", content="0").raise_for_status()


def managed_policy(account: Callable[[str], Any], name: str) -> dict[str, Any]:
    arn = f"arn:aws:iam::123456789012:policy/{name}"
    version = account("iam").get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return account("iam").get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def deploy_as(project: Project, account: Callable[[str], Any], environment: str) -> None:
    """Gives the project the permissions of a deploy role."""
    role = make_stand_in(account("iam"), environment, [managed_policy(account, f"headcount-deploy-{environment}")])
    credentials = assume(account, role)
    project.key = credentials["AWS_ACCESS_KEY_ID"]
    project.secret = credentials["AWS_SECRET_ACCESS_KEY"]
    project.token = credentials["AWS_SESSION_TOKEN"]


def make_zip(path: Path, bootstrap: bytes | None = None) -> Path:
    """The program that was built, in a zip of its own; or another."""
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
    """What is in the account and called Headcount's."""
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


def test_a_deployment_is_made_checked_upgraded_rolled_back_and_destroyed(
    project: Project, guarded: Moto, account, bootstrapped: dict[str, Any], directory: Path
) -> None:
    first, second = make_zip(directory / "first.zip"), make_zip(directory / "second.zip")
    broken = make_zip(directory / "broken.zip", b"#!/bin/sh\nexit 1\n")
    name = "headcount-test-run-7"
    function = DeployedFunction(account, guarded, name, [first, second, broken], directory)
    front = Front(function.invoke).start()
    url = f"http://127.0.0.1:{front.port}"
    deploy_as(project, account, "test")
    ask_for_permission(guarded)
    transcript = []

    def make(target: str, status: int = 0, **others: str) -> str:
        boundary = bootstrapped["permissions_boundaries"]["test"]
        settings = {"WORKSPACE": "run-7", "TF_VAR_permissions_boundary_arn": boundary, "WAIT": "0"} | others
        process = project.make(target, "test", **settings)
        typed = " ".join(f"{key}={Path(value).name}" for key, value in others.items())
        transcript.append(f"$ make {target} ENV=test {typed}\n{process.stdout}{process.stderr}\n")
        TRANSCRIPT.write_text("".join(transcript))
        assert process.returncode == status, process.stdout[-3000:] + process.stderr[-3000:]
        return process.stdout

    try:
        deployed = make("deploy", ZIP=str(first))
        assert "execute-api" in deployed and "<script>" in deployed
        assert "No changes." in make("plan", ZIP=str(first))

        # What Terraform wrote is the store's own policy, for this table alone.
        table = account("dynamodb").describe_table(TableName=name)["Table"]["TableArn"]
        assert function.policies["store"]["Statement"] == [STORE_POLICY["Statement"][0] | {"Resource": table}]
        role = account("iam").get_role(RoleName=name)["Role"]
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith("policy/headcount-boundary-test")

        assert "5 of 5 hold" in make("smoke", URL=url)
        counted = httpx.get(f"{url}/count").json()["count"]

        shipped = make("ship", ZIP=str(second), URL=url)
        assert "5 of 5 hold" in shipped and function.version == "2"
        assert httpx.get(f"{url}/count").json()["count"] > counted, "the numbers survive an upgrade"

        failed = make("ship", status=2, ZIP=str(broken), URL=url)
        assert "Version 2 answers again." in failed and "5 of 5 hold" in failed
        assert function.version == "2"

        make("rollback", ZIP=str(second), VERSION="1")
        assert function.version == "1"
        assert httpx.get(f"{url}/healthz").json() == {"status": "ok"}

        make("destroy")
        assert not any(left_over(account).values()), left_over(account)
        state = account("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
        assert [each["Key"] for each in state if "run-7" in each["Key"]] == []
    finally:
        front.stop()
        function.stop()


def test_every_setting_reaches_the_function_and_nothing_is_left_to_change(
    project: Project, guarded: Moto, account, bootstrapped: dict[str, Any], directory: Path
) -> None:
    settings = {
        "ZIP": str(make_zip(directory / "any.zip")),
        "TF_VAR_alarm_email": "you@example.com",
        "TF_VAR_allowed_origins": '["https://example.com", "https://*.example.org"]',
        "TF_VAR_ignore": '["192.0.2.7", "2001:db8::/32"]',
        "TF_VAR_count_path": "/ResumeSiteCounter",
        "TF_VAR_crawlers": "count",
        "TF_VAR_max_pages": "7",
        "TF_VAR_stats_password": "secret",
        "TF_VAR_log_level": "debug",
        "TF_VAR_memory_size": "512",
        "TF_VAR_reserved_concurrency": "5",
        "TF_VAR_tracing": "true",
        "TF_VAR_requests_per_second": "20",
        "TF_VAR_burst": "40",
        "TF_VAR_permissions_boundary_arn": bootstrapped["permissions_boundaries"]["prod"],
    }
    deploy_as(project, account, "prod")
    ask_for_permission(guarded)
    succeed(project.make("deploy", "prod", **settings))
    planned = project.make("plan", "prod", **settings)
    assert "No changes." in planned.stdout and planned.returncode == 0, planned.stdout[-3000:] + planned.stderr[-3000:]
    assert "secret" not in planned.stdout

    configuration = account("lambda").get_function_configuration(FunctionName="headcount-prod")
    assert configuration["Environment"]["Variables"] == {
        "HEADCOUNT_STORE": "dynamodb",
        "HEADCOUNT_DYNAMODB_TABLE": "headcount-prod",
        "HEADCOUNT_COUNT_PATH": "/ResumeSiteCounter",
        "HEADCOUNT_ALLOWED_ORIGINS": "https://example.com,https://*.example.org",
        "HEADCOUNT_IGNORE": "192.0.2.7,2001:db8::/32",
        "HEADCOUNT_CRAWLERS": "count",
        "HEADCOUNT_MAX_PAGES": "7",
        "HEADCOUNT_STATS": "private",
        "HEADCOUNT_STATS_PASSWORD": "secret",
        "HEADCOUNT_LOG_LEVEL": "debug",
    }
    assert configuration["MemorySize"] == 512
    client = account("dynamodb")
    table = client.describe_table(TableName="headcount-prod")["Table"]
    assert table["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    ttl = client.describe_time_to_live(TableName="headcount-prod")["TimeToLiveDescription"]
    assert ttl == {"AttributeName": "expires", "TimeToLiveStatus": "ENABLED"}
    backups = client.describe_continuous_backups(TableName="headcount-prod")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    [topic] = account("sns").list_topics()["Topics"]
    for alarm in account("cloudwatch").describe_alarms()["MetricAlarms"]:
        assert alarm["AlarmActions"] == [topic["TopicArn"]]

    # The deploy role of production may not delete the table.
    assert project.make("destroy", "prod", **settings).returncode != 0
    assert account("dynamodb").list_tables()["TableNames"] == ["headcount-prod"]


def test_a_role_of_github_is_for_one_environment_of_one_repository(account, bootstrapped: dict[str, Any]) -> None:
    for environment, arn in bootstrapped["deploy_roles"].items():
        role = account("iam").get_role(RoleName=arn.split("/")[-1])["Role"]
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Condition"]["StringEquals"] == {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": f"repo:owner/site:environment:{environment}",
        }
        other = {"test": "prod", "prod": "test"}[environment]
        assert f"headcount-{other}" not in json.dumps(managed_policy(account, f"headcount-deploy-{environment}"))


def test_the_rules_for_inputs(project: Project) -> None:
    """terraform/tests, with a provider that only pretends."""
    succeed(project.terraform("init", "-backend=false"))
    succeed(project.terraform("validate"))
    output = succeed(project.terraform("test"))
    assert "0 failed" in output and " 0 passed" not in output
