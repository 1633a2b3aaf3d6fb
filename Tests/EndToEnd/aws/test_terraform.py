"""terraform/ with real Terraform and AWS's real provider, through the Makefile's targets; moto replaces AWS.

moto checks permissions here, as AWS does: the deployment has those that terraform/bootstrap gives a deploy role, and
the function has those that the deployment gives it.
"""

import json
import re
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError
from deployed_function import DeployedFunction, assume
from dynamodb import REGION, Moto
from lambda_front import Front
from responder import REPOSITORY
from terraform_account import bootstrap, check_permissions, deploy_as
from terraform_project import BUCKET, EXAMPLES, PROVIDERS, TESTED, Project, left_over, make_zip, succeed

TRANSCRIPT = PROVIDERS / "transcript.log"
KEY_ARN = "arn:aws:kms:eu-central-1:123456789012:key/0b8f5c1e-1c1d-4b5a-9a51-3f0d1c7a5a10"
STORE_POLICY = json.loads((REPOSITORY / "terraform/modules/headcount/policies/dynamodb-store.json").read_text())


def input_tests(folder: str) -> str:
    return (REPOSITORY / "terraform" / folder / "tests/inputs.tftest.hcl").read_text()


def test_a_custom_domain_leads_to_the_api(project: Project, strict_moto: Moto, account, directory: Path) -> None:
    """Production's role deploys it into an account that has no domain yet; an administrator removes it.

    This is the first test, so that others run while the provider waits for Route 53.
    """
    zone = (
        account("route53")
        .create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
        .split("/")[-1]
    )
    domain = json.dumps({"name": "counter.example.com", "zone_id": zone})
    boundaries = bootstrap(project, TF_VAR_domain=domain)["permissions_boundaries"]
    settings = {
        "ZIP": str(make_zip(directory / "any.zip")),
        "TF_VAR_domain": domain,
        "TF_VAR_permissions_boundary_arn": boundaries["prod"],
    }
    deploy_as(project, account, "prod")
    check_permissions(strict_moto)
    assert 'url = "https://counter.example.com"' in succeed(project.make("deploy", "prod", **settings))
    assert "No changes." in succeed(project.make("plan", "prod", **settings))

    gateway = account("apigatewayv2")
    [api] = gateway.get_apis()["Items"]
    assert not api["DisableExecuteApiEndpoint"], "pages with the old URL still count"
    [mapping] = gateway.get_api_mappings(DomainName="counter.example.com")["Items"]
    assert (mapping["ApiId"], mapping["Stage"]) == (api["ApiId"], "$default")
    [certificate] = account("acm").list_certificates()["CertificateSummaryList"]
    assert certificate["DomainName"] == "counter.example.com"

    settings |= {"TF_VAR_keep_default_url": "false"}
    succeed(project.make("deploy", "prod", **settings))
    assert gateway.get_apis()["Items"][0]["DisableExecuteApiEndpoint"]

    def records() -> dict[str, str]:
        found = account("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        return {each["Type"]: each["Name"] for each in found if each["Type"] not in ("NS", "SOA")}

    assert records()["A"] == "counter.example.com." and records()["CNAME"].endswith(".counter.example.com.")

    project.key, project.secret, project.token = account.keywords["key"], account.keywords["secret"], ""
    succeed(project.make("destroy", "prod", **settings, YES="1"))
    assert records() == {} and account("acm").list_certificates()["CertificateSummaryList"] == []
    assert gateway.get_domain_names()["Items"] == gateway.get_apis()["Items"] == []
    assert account("dynamodb").list_tables()["TableNames"] == []


def test_a_deployment_can_be_made_checked_upgraded_rolled_back_and_destroyed(
    project: Project, strict_moto: Moto, account, directory: Path
) -> None:
    bootstrapped = bootstrap(project)
    first, second = make_zip(directory / "first.zip"), make_zip(directory / "second.zip")
    broken = make_zip(directory / "broken.zip", b"#!/bin/sh\nexit 1\n")
    name = "headcount-test-run-7"
    function = DeployedFunction(account, strict_moto, name, [first, second, broken], directory)
    front = Front(function.invoke).start()
    url = f"http://127.0.0.1:{front.port}"
    deploy_as(project, account, "test")
    check_permissions(strict_moto)
    transcript = []

    def make(target: str, status: int = 0, **others: str) -> str:
        boundary = bootstrapped["permissions_boundaries"]["test"]
        settings = {"WORKSPACE": "run-7", "TF_VAR_permissions_boundary_arn": boundary, "WAIT": "0"} | others
        process = project.make(target, "test", **settings)
        typed = " ".join(f"{key}={Path(value).name if key == 'ZIP' else value}" for key, value in others.items())
        transcript.append(f"$ make {target} ENV=test {typed}\n{process.stdout}{process.stderr}\n")
        TRANSCRIPT.write_text("".join(transcript))
        assert process.returncode == status, process.stdout[-3000:] + process.stderr[-3000:]
        return process.stdout

    try:
        deployed = make("deploy", ZIP=str(first))
        assert "execute-api" in deployed and "<script defer" in deployed
        assert "No changes." in make("plan", ZIP=str(first))
        # Each deployment has its own data directory, so commands for several can run at the same time.
        assert [path.name for path in (project.directory / f".terraform/{BUCKET}").iterdir()] == [name]

        # The function may count in this table and has no access to another.
        credentials = {key.lower(): value for key, value in assume(account, function.role).items()}
        as_function = boto3.client("dynamodb", region_name=REGION, endpoint_url=strict_moto.endpoint, **credentials)
        assert "Item" not in as_function.get_item(TableName=name, Key={"pk": {"S": "page#"}})
        for call in (
            lambda: as_function.get_item(TableName="headcount-test", Key={"pk": {"S": "page#"}}),
            lambda: as_function.scan(TableName=name),
            lambda: as_function.delete_table(TableName=name),
        ):
            with pytest.raises(ClientError, match="AccessDenied"):
                call()

        # The policy that Terraform wrote is the store's, for this table only.
        table = account("dynamodb").describe_table(TableName=name)["Table"]["TableArn"]
        assert function.policies["store"]["Statement"] == [STORE_POLICY["Statement"][0] | {"Resource": table}]
        role = account("iam").get_role(RoleName=name)["Role"]
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith("policy/headcount-boundary-test")

        checked = make("smoke", URL=url)
        assert "all 6 checks passed\n" in checked
        counted = httpx.get(f"{url}/headcount").json()["count"]

        shipped = make("ship", ZIP=str(second), URL=url)
        assert "all 6 checks passed" in shipped and function.version == "2"
        assert httpx.get(f"{url}/headcount").json()["count"] > counted, "the numbers survive an upgrade"

        failed = make("ship", status=2, ZIP=str(broken), URL=url)
        assert "Version 2 answers again." in failed and "all 6 checks passed" in failed
        assert function.version == "2"

        make("rollback", VERSION="1")
        assert function.version == "1"
        assert httpx.get(f"{url}/headcount/healthz").json() == {"status": "ok", "version": "1"}
        there = {"WORKSPACE": "run-7"}
        refused = project.make_on_fresh_clone("rollback", "test", **there).stderr
        assert "version 1 is live" in refused
        assert [line.split()[0] for line in refused.splitlines() if line[:1].isdigit()] == ["3", "2", "1"]
        succeed(project.make_on_fresh_clone("rollback", "test", **there, VERSION="2"))
        assert function.version == "2"
        assert httpx.get(f"{url}/headcount").json()["count"] > counted
        assert '"2" -> "3"' in make("plan", status=2, ZIP=str(broken)), "the next deployment goes forward again"

        make("destroy")
        assert not any(left_over(account).values()), left_over(account)
        state = account("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
        assert [each["Key"] for each in state if "run-7" in each["Key"]] == []
    finally:
        front.stop()
        function.stop()


def keys(scan: dict) -> set[str]:
    return {item["pk"]["S"] for item in scan["Items"]}


def test_every_setting_reaches_the_function_and_a_second_plan_is_empty(
    project: Project, strict_moto: Moto, account, directory: Path
) -> None:
    bootstrapped = bootstrap(project, TF_VAR_table_kms_key_arns=json.dumps([KEY_ARN]))
    program = make_zip(directory / "any.zip")
    function = DeployedFunction(account, strict_moto, "headcount-prod", [program], directory)
    front = Front(function.invoke).start()
    url = f"http://127.0.0.1:{front.port}"
    settings = {
        "ZIP": str(program),
        "TF_VAR_alarm_email": "you@example.com",
        "TF_VAR_allowed_origins": '["https://example.com", "https://*.example.org"]',
        "TF_VAR_ignore": '["192.0.2.7", "2001:db8::/32"]',
        "TF_VAR_count_path": "/ResumeSiteCounter",
        "TF_VAR_crawlers": "count",
        "TF_VAR_max_pages": "7",
        "TF_VAR_stats_password": "secret",
        "TF_VAR_table_kms_key_arn": KEY_ARN,
        "TF_VAR_log_level": "debug",
        "TF_VAR_memory_size": "512",
        "TF_VAR_reserved_concurrency": "5",
        "TF_VAR_tracing": "true",
        "TF_VAR_requests_per_second": "20",
        "TF_VAR_burst": "40",
        "TF_VAR_permissions_boundary_arn": bootstrapped["permissions_boundaries"]["prod"],
    }
    deploy_as(project, account, "prod")
    check_permissions(strict_moto)
    try:
        settings |= {"URL": url, "WAIT": "0"}
        assert "no visit was counted" in succeed(project.make("ship", "prod", **settings))
        assert keys(account("dynamodb").scan(TableName="headcount-prod")) == {"salt"}
        assert "no visit was counted" not in succeed(project.make("smoke", "prod", **settings, READ_ONLY="no"))
        assert "page#" in keys(account("dynamodb").scan(TableName="headcount-prod"))
    finally:
        front.stop()
        function.stop()
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

    assert table["SSEDescription"]["KMSMasterKeyArn"] == KEY_ARN

    # The deploy role of production may not delete the table.
    destroyed = project.make("destroy", "prod", **settings, YES="1")
    assert destroyed.returncode == 2
    [error] = re.findall(r"^(?:│ )?Error: (.*)$", destroyed.stderr, re.MULTILINE)
    assert "AccessDenied" in error and "dynamodb:DeleteTable" in error
    assert account("dynamodb").list_tables()["TableNames"] == ["headcount-prod"]


def test_the_cloud_resume_example_counts_at_the_original_path(
    project: Project, strict_moto: Moto, account, directory: Path
) -> None:
    folder = EXAMPLES[0]
    program = make_zip(project.directory / folder / "lambda.zip")
    function = DeployedFunction(account, strict_moto, "headcount", [program], directory)
    front = Front(function.invoke).start()
    try:
        succeed(project.terraform("init", folder=folder))
        succeed(project.terraform("apply", "-auto-approve", folder=folder))
        assert '/ResumeSiteCounter"' in succeed(project.terraform("output", folder=folder))
        headers = {"Origin": "https://resume.example.com"}
        answer = httpx.get(f"http://127.0.0.1:{front.port}/ResumeSiteCounter", headers=headers)
        assert answer.json() == {"count": 1, "unique": 1}
        assert answer.headers["Access-Control-Allow-Origin"] == "https://resume.example.com"
    finally:
        front.stop()
        function.stop()


def test_the_cloudfront_example_is_valid(project: Project) -> None:
    make_zip(project.directory / EXAMPLES[1] / "lambda.zip")
    succeed(project.terraform("init", folder=EXAMPLES[1]))
    succeed(project.terraform("validate", folder=EXAMPLES[1]))


@pytest.mark.parametrize("folder", TESTED)
def test_input_validation(project: Project, folder: str) -> None:
    """Runs tests/inputs.tftest.hcl, which uses a mock provider."""
    succeed(project.terraform("init", "-backend=false", folder=folder))
    succeed(project.terraform("validate", folder=folder))
    output = succeed(project.terraform("test", folder=folder))
    passed = re.search(r"(\d+) passed, 0 failed", output)
    assert passed and int(passed[1]) == len(re.findall("^run ", input_tests(folder), re.MULTILINE))
