"""What GitHub may do to the account: what deploying takes, to what is Headcount's of one environment, and no more."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import aws_reference
import boto3
import pytest
from botocore.exceptions import ClientError
from deployed_function import assume, make_stand_in
from dynamodb import REGION, Moto
from terraform_account import Account, ask_for_permission, bootstrap, managed_policy
from terraform_project import BUCKET, Project

KEY = "arn:aws:kms:eu-central-1:123456789012:key/0b8f5c1e-1c1d-4b5a-9a51-3f0d1c7a5a10"
NAME, ZONE = "counter.example.com", "Z0123456789ABCDEFGHIJ"
OPTIONS = {
    "TF_VAR_domain": json.dumps({"name": NAME, "zone_id": ZONE}),
    "TF_VAR_table_kms_key_arns": json.dumps([KEY]),
}
OTHER = {"test": "prod", "prod": "test"}

# What changes something and cannot be allowed for less than all, by AWS's own reference.
OF_NO_RESOURCE = {
    "acm:RequestCertificate",  # what it makes has no name, only an ID
    "logs:CreateLogDelivery",  # an access log of API Gateway is a delivery
    "logs:DeleteLogDelivery",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "sns:Unsubscribe",  # a subscription is no resource
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}

Documents = dict[str, dict[str, Any]]


@pytest.fixture
def documents(project: Project, account: Account) -> Documents:
    """All policies that bootstrap/ makes, by their names, with all that is optional."""
    bootstrap(project, **OPTIONS)
    return {
        f"{kind}-{environment}": managed_policy(account, f"headcount-{kind}-{environment}")
        for kind in ("deploy", "boundary")
        for environment in OTHER
    }


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def grants(document: dict[str, Any], action: str, arn: str) -> list[dict[str, Any]]:
    """The statements that allow it, each with its condition."""
    return [
        statement
        for statement in document["Statement"]
        if any(fnmatchcase(action, pattern) for pattern in listed(statement["Action"]))
        and any(fnmatchcase(arn, pattern) for pattern in listed(statement["Resource"]))
    ]


def faults(document: dict[str, Any]) -> Iterator[str]:
    """Statements that can allow nothing, or something to more than they must."""
    for statement in document["Statement"]:
        for pattern in listed(statement["Action"]):
            found = aws_reference.actions(pattern)
            if pattern.startswith("apigateway:"):
                continue  # the reference at hand has one of its two pages alone
            if not found:
                yield f"{pattern} is no action"
            for resource in listed(statement["Resource"]):
                if not any(action.may_be_allowed_for(resource) for action in found.values()):
                    yield f"{pattern} cannot be allowed for {resource}"
                for name, action in found.items():
                    if resource == "*" and action.changes_something and name not in OF_NO_RESOURCE:
                        yield f"{name} for *"


def test_what_is_allowed_can_be_allowed_and_is_named(documents: Documents) -> None:
    for name, document in documents.items():
        assert list(faults(document)) == [], name
        assert all(statement["Effect"] == "Allow" for statement in document["Statement"])
        size = len(json.dumps(document, separators=(",", ":")))
        assert size <= 6144, f"{name} has {size} characters"  # IAM User Guide, “IAM and AWS STS quotas”


def test_a_role_of_github_is_for_one_environment_of_one_repository(project: Project, account: Account) -> None:
    repository = "owner@123456/site@456789"
    for environment, arn in bootstrap(project, TF_VAR_repository=repository)["deploy_roles"].items():
        role = account("iam").get_role(RoleName=arn.split("/")[-1])["Role"]
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
        assert statement["Condition"]["StringEquals"] == {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": f"repo:{repository}:environment:{environment}",
        }
        attached = account("iam").list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
        assert [each["PolicyName"] for each in attached] == [f"headcount-deploy-{environment}"]
        for kind in ("deploy", "boundary"):
            document = json.dumps(managed_policy(account, f"headcount-{kind}-{environment}"))
            assert f"headcount-{OTHER[environment]}" not in document
            assert not any(f'"{each}:' in document for each in ("kms", "acm", "route53")), "bootstrap was told of none"


def test_what_could_give_more_is_bound_to_a_condition(documents: Documents) -> None:
    """moto, which is asked below, knows no conditions."""
    for environment in OTHER:
        document = documents[f"deploy-{environment}"]
        role = f"arn:aws:iam::123456789012:role/headcount-{environment}"
        boundary = f"arn:aws:iam::123456789012:policy/headcount-boundary-{environment}"
        bounded = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
        through_dynamodb = {"StringLike": {"kms:ViaService": "dynamodb.*.amazonaws.com"}}
        expected = {
            ("iam:CreateRole", role): [bounded],
            ("iam:PutRolePolicy", role): [bounded],
            ("iam:PutRolePermissionsBoundary", role): [bounded],
            ("iam:PassRole", role): [{"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}],
            ("s3:ListBucket", f"arn:aws:s3:::{BUCKET}"): [{"StringLikeIfExists": {"s3:prefix": [f"{environment}/*"]}}],
            ("kms:Decrypt", KEY): [through_dynamodb],
            ("kms:CreateGrant", KEY): [through_dynamodb],
        }
        for (action, arn), conditions in expected.items():
            assert [each.get("Condition") for each in grants(document, action, arn)] == conditions, (action, arn)
        assert not grants(document, "kms:Decrypt", KEY[:-1] + "1")
        assert not grants(document, "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1")
        names = [
            each["Condition"]["ForAllValues:StringLike"]["route53:ChangeResourceRecordSetsNormalizedRecordNames"]
            for each in grants(document, "route53:ChangeResourceRecordSets", f"arn:aws:route53:::hostedzone/{ZONE}")
        ]
        # A trial could take production's name from the zone.
        assert names == ([[NAME, f"_*.{NAME}"]] if environment == "prod" else [])


def out_of_reach(environment: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Calls of what is another's, or that would give the role more than it has."""
    own, other = f"headcount-{environment}", f"headcount-{OTHER[environment]}"
    boundary = f"arn:aws:iam::123456789012:policy/headcount-boundary-{environment}"
    yield "dynamodb", "get_item", {"TableName": own, "Key": {"pk": {"S": "page#"}}}
    for name in (other, "shop"):
        yield "dynamodb", "update_table", {"TableName": name, "DeletionProtectionEnabled": False}
        yield "lambda", "update_function_code", {"FunctionName": name, "ZipFile": b""}
    yield "s3", "get_object", {"Bucket": BUCKET, "Key": f"{OTHER[environment]}/headcount.tfstate"}
    yield "s3", "put_object", {"Bucket": "shop", "Key": f"{environment}/headcount.tfstate"}
    yield "s3", "delete_bucket_policy", {"Bucket": BUCKET}
    yield "logs", "delete_log_group", {"logGroupName": f"/aws/lambda/{other}"}
    yield "sns", "delete_topic", {"TopicArn": f"arn:aws:sns:{REGION}:123456789012:{other}-alarms"}
    yield "iam", "create_role", {"RoleName": "admin", "AssumeRolePolicyDocument": "{}"}
    yield "iam", "update_assume_role_policy", {"RoleName": own, "PolicyDocument": "{}"}
    more = "arn:aws:iam::aws:policy/AdministratorAccess"
    yield "iam", "attach_role_policy", {"RoleName": own, "PolicyArn": more}
    yield "iam", "delete_role_permissions_boundary", {"RoleName": own}
    yield "iam", "create_policy_version", {"PolicyArn": boundary, "PolicyDocument": "{}"}
    if environment == "prod":
        yield "dynamodb", "delete_table", {"TableName": own}


@pytest.mark.parametrize("environment", OTHER)
def test_what_is_of_others_is_out_of_reach(project: Project, account: Account, guarded: Moto, environment: str) -> None:
    """Asked of moto, as of AWS."""
    bootstrap(project, **OPTIONS)
    policy = managed_policy(account, f"headcount-deploy-{environment}")
    credentials = assume(account, make_stand_in(account("iam"), environment, [policy]))
    ask_for_permission(guarded)
    keywords = {name.lower(): value for name, value in credentials.items()}

    def call(service: str, operation: str, arguments: dict[str, Any]) -> str:
        client = boto3.client(service, region_name=REGION, endpoint_url=guarded.endpoint, **keywords)
        with pytest.raises(ClientError) as refusal:
            getattr(client, operation)(**arguments)
        return refusal.value.response["Error"]["Code"]

    for service, operation, arguments in out_of_reach(environment):
        assert call(service, operation, arguments).startswith("AccessDenied"), (operation, arguments)
    # Not that everything were refused.
    own = {"TableName": f"headcount-{environment}"}
    assert call("dynamodb", "describe_table", own) == "ResourceNotFoundException"
