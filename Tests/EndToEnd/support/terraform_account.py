"""An AWS account in moto, with permission checks, and what terraform/bootstrap makes in it."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import httpx
from deployed_function import assume, make_stand_in
from dynamodb import REGION, Moto
from terraform_project import BUCKET, Project, succeed

Account = Callable[[str], Any]


def bootstrap(project: Project, **inputs: str) -> dict[str, Any]:
    """Makes the state bucket, applies terraform/bootstrap and returns its outputs."""
    folder = "bootstrap"
    inputs = {
        "TF_VAR_repository": "owner/site",
        "TF_VAR_repository_id": "456789",
        "TF_VAR_owner_id": "123456",
        "TF_VAR_state_bucket": BUCKET,
    } | inputs
    keys = {"aws_access_key_id": project.key, "aws_secret_access_key": project.secret}
    s3 = boto3.client("s3", region_name=REGION, endpoint_url=project.endpoint, **keys)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    backend = {"bucket": BUCKET, "key": "bootstrap/headcount.tfstate", "use_path_style": "true"}
    settings = [f"-backend-config={name}={value}" for name, value in backend.items()]
    succeed(project.terraform("init", *settings, folder=folder))
    succeed(project.terraform("apply", "-auto-approve", folder=folder, **inputs))
    succeed(project.terraform("plan", "-detailed-exitcode", folder=folder, **inputs))
    outputs = json.loads(succeed(project.terraform("output", "-json", folder=folder)))
    return {name: output["value"] for name, output in outputs.items()}


def make_administrator(moto: Moto) -> dict[str, str]:
    """Makes a user with all permissions; returns its credentials as arguments for `Moto.client`."""
    iam = moto.client("iam")
    iam.create_user(UserName="administrator")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy(UserName="administrator", PolicyName="all", PolicyDocument=json.dumps(everything))
    key = iam.create_access_key(UserName="administrator")["AccessKey"]
    return {"key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}


def check_permissions(moto: Moto) -> None:
    """Makes moto check permissions from now on."""
    httpx.post(f"{moto.endpoint}/moto-api/reset-auth", content="0").raise_for_status()


def managed_policy(account: Account, name: str) -> dict[str, Any]:
    arn = f"arn:aws:iam::123456789012:policy/{name}"
    version = account("iam").get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return account("iam").get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def deploy_as(project: Project, account: Account, environment: str) -> None:
    """Runs the project's commands with the permissions of this environment's deploy role."""
    role = make_stand_in(account("iam"), environment, [managed_policy(account, f"headcount-deploy-{environment}")])
    credentials = assume(account, role)
    project.key = credentials["AWS_ACCESS_KEY_ID"]
    project.secret = credentials["AWS_SECRET_ACCESS_KEY"]
    project.token = credentials["AWS_SESSION_TOKEN"]
