"""Many trials in a row: AWS never shortens the policy that allows API Gateway's access logs.

60 real ones, each a `terraform apply` and `destroy`, take a quarter of an hour. So Terraform only plans the first, and
boto3 does to the log policy what each of them does.
"""

import re
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from dynamodb import REGION, Moto
from terraform_project import BUCKET, Project, make_zip

# A workspace has the ID of a run of GitHub's.
WORKSPACES = [f"run-{10**10 + number}" for number in range(60)]


def make_and_delete_stage(moto: Moto, log_group: str) -> None:
    """What a trial does to the log policy."""
    logs, gateway = moto.client("logs"), moto.client("apigatewayv2")
    logs.create_log_group(logGroupName=log_group)
    arn = f"arn:aws:logs:{REGION}:123456789012:log-group:{log_group}"
    api = gateway.create_api(Name="trial", ProtocolType="HTTP")["ApiId"]
    try:
        gateway.create_stage(ApiId=api, StageName="$default", AccessLogSettings={"DestinationArn": arn, "Format": "{}"})
    finally:
        gateway.delete_api(ApiId=api)
        logs.delete_log_group(logGroupName=log_group)


def test_trials_never_use_up_the_log_policy_of_the_region(project: Project, strict_moto: Moto, directory: Path) -> None:
    strict_moto.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    program = make_zip(directory / "any.zip")
    planned = project.make("plan", "test", WORKSPACE=WORKSPACES[0], ZIP=str(program)).stdout
    [log_group] = set(re.findall(r'name += "(/aws/vendedlogs/.*)"', planned))
    for workspace in WORKSPACES:
        make_and_delete_stage(strict_moto, log_group.replace(WORKSPACES[0], workspace))


def test_the_log_policy_is_used_up_by_other_log_groups(strict_moto: Moto) -> None:
    """Shows that the test before would fail with another name."""
    with pytest.raises(ClientError, match="Policy document length"):
        for workspace in WORKSPACES:
            make_and_delete_stage(strict_moto, f"/aws/apigateway/headcount-test-{workspace}")
    assert 30 < WORKSPACES.index(workspace) < 50
