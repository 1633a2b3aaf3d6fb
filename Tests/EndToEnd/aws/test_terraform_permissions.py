"""The permissions of GitHub's deploy roles: enough to deploy one environment of Headcount, and no more."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

import aws_reference
import boto3
import pytest
from botocore.exceptions import ClientError
from deployed_function import assume, make_stand_in
from dynamodb import REGION, Moto
from terraform_account import Account, bootstrap, check_permissions, managed_policy
from terraform_project import BUCKET, Project

KEY_ARN = "arn:aws:kms:eu-central-1:123456789012:key/0b8f5c1e-1c1d-4b5a-9a51-3f0d1c7a5a10"
NAME, ZONE = "counter.example.com", "Z0123456789ABCDEFGHIJ"
OPTIONS = {
    "TF_VAR_domain": json.dumps({"name": NAME, "zone_id": ZONE}),
    "TF_VAR_table_kms_key_arns": json.dumps([KEY_ARN]),
}
OTHER = {"test": "prod", "prod": "test"}

# Actions that change something but can only be allowed for all resources, according to AWS's reference.
WITHOUT_RESOURCES = {
    "acm:RequestCertificate",  # a new certificate has no name, only an ID
    "logs:CreateLogDelivery",  # an access log of API Gateway is a delivery
    "logs:DeleteLogDelivery",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "sns:Unsubscribe",  # a subscription is not a resource
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}

# Actions that AWS also checks for all resources, although its reference only names some.
ALSO_FOR_ALL = {"cloudwatch:DescribeAlarms"}

Documents = dict[str, dict[str, Any]]


@pytest.fixture
def documents(project: Project, account: Account) -> Documents:
    """All policies that bootstrap/ makes, by name, with every optional feature on."""
    bootstrap(project, **OPTIONS)
    return {
        f"{kind}-{environment}": managed_policy(account, f"headcount-{kind}-{environment}")
        for kind in ("deploy", "boundary")
        for environment in OTHER
    }


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def grants(document: dict[str, Any], action: str, arn: str) -> list[dict[str, Any]]:
    """The statements that allow this action on this resource, with their conditions."""
    return [
        statement
        for statement in document["Statement"]
        if any(fnmatchcase(action, pattern) for pattern in as_list(statement["Action"]))
        and any(fnmatchcase(arn, pattern) for pattern in as_list(statement["Resource"]))
    ]


def faults(document: dict[str, Any]) -> Iterator[str]:
    """Statements that have no effect or allow more than they need to."""
    for statement in document["Statement"]:
        for pattern in as_list(statement["Action"]):
            found = aws_reference.actions(pattern)
            if pattern.startswith("apigateway:"):
                continue  # this copy of the reference has only one of its two pages
            if not found:
                yield f"{pattern} is not an action"
            for resource in as_list(statement["Resource"]):
                if (resource != "*" or pattern not in ALSO_FOR_ALL) and not any(
                    action.may_be_allowed_for(resource) for action in found.values()
                ):
                    yield f"{pattern} cannot be allowed for {resource}"
                for name, action in found.items():
                    if resource == "*" and action.changes_something and name not in WITHOUT_RESOURCES:
                        yield f"{name} for *"


def test_every_statement_has_an_effect_and_names_its_resources(documents: Documents) -> None:
    for name, document in documents.items():
        assert list(faults(document)) == [], name
        assert all(statement["Effect"] == "Allow" for statement in document["Statement"])
        size = len(json.dumps(document, separators=(",", ":")))
        assert size <= 6144, f"{name} has {size} characters"  # IAM User Guide, “IAM and AWS STS quotas”


def test_a_deploy_role_is_for_one_branch_and_environment_of_one_repository(project: Project, account: Account) -> None:
    branches = {"test": "test", "prod": "main"}
    for environment, arn in bootstrap(project)["deploy_roles"].items():
        role = account("iam").get_role(RoleName=arn.split("/")[-1])["Role"]
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
        assert statement["Condition"]["StringEquals"] == {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": [
                f"repo:owner/site:environment:{environment}",
                f"repo:owner@123456/site@456789:environment:{environment}",
            ],
            "token.actions.githubusercontent.com:repository_id": "456789",
            "token.actions.githubusercontent.com:ref": f"refs/heads/{branches[environment]}",
        }
        attached = account("iam").list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
        assert [each["PolicyName"] for each in attached] == [f"headcount-deploy-{environment}"]
        for kind in ("deploy", "boundary"):
            document = json.dumps(managed_policy(account, f"headcount-{kind}-{environment}"))
            assert f"headcount-{OTHER[environment]}" not in document
            assert not any(f'"{each}:' in document for each in ("kms", "acm", "route53")), (
                "bootstrap was given none of these"
            )


def test_actions_that_could_grant_more_permissions_have_conditions(documents: Documents) -> None:
    """moto, which the next test asks, ignores conditions."""
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
            ("kms:Decrypt", KEY_ARN): [through_dynamodb],
            ("kms:CreateGrant", KEY_ARN): [through_dynamodb],
        }
        for (action, arn), conditions in expected.items():
            assert [each.get("Condition") for each in grants(document, action, arn)] == conditions, (action, arn)
        assert not grants(document, "kms:Decrypt", KEY_ARN[:-1] + "1")
        assert not grants(document, "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1")
        names = [
            each["Condition"]["ForAllValues:StringLike"]["route53:ChangeResourceRecordSetsNormalizedRecordNames"]
            for each in grants(document, "route53:ChangeResourceRecordSets", f"arn:aws:route53:::hostedzone/{ZONE}")
        ]
        # Otherwise a trial could take production's name from the zone.
        assert names == ([[NAME, f"_*.{NAME}"]] if environment == "prod" else [])


def forbidden_calls(environment: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Calls that touch someone else's resources or would give the role more permissions."""
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


def clients(account: Account, moto: Moto, name: str, policy: dict[str, Any]) -> Account:
    """Makes clients of a role with this policy."""
    credentials = assume(account, make_stand_in(account("iam"), name, [policy]))
    keywords = {name.lower(): value for name, value in credentials.items()}
    return partial(boto3.client, region_name=REGION, endpoint_url=moto.endpoint, **keywords)


def test_a_tagged_stage_takes_an_action_that_the_reference_of_aws_lacks(
    documents: Documents, account: Account, strict_moto: Moto
) -> None:
    policy = documents["deploy-test"]
    actions = next(each for each in policy["Statement"] if each["Sid"] == "Api")["Action"]
    without = json.loads(json.dumps(policy).replace('"apigateway:TagResource", ', ""))
    roles = {name: clients(account, strict_moto, name, each) for name, each in (("all", policy), ("less", without))}
    check_permissions(strict_moto)
    assert "apigateway:TagResource" in actions
    stage = {
        "ApiId": roles["less"]("apigatewayv2").create_api(Name="headcount-test", ProtocolType="HTTP")["ApiId"],
        "StageName": "$default",
        "Tags": {"Project": "headcount"},
    }
    with pytest.raises(ClientError, match="apigateway:TagResource"):
        roles["less"]("apigatewayv2").create_stage(**stage)
    roles["all"]("apigatewayv2").create_stage(**stage)


def test_a_deploy_role_can_not_touch_what_is_not_its_own(
    documents: Documents, account: Account, strict_moto: Moto
) -> None:
    """moto checks the permissions, as AWS would."""
    roles = {each: clients(account, strict_moto, each, documents[f"deploy-{each}"]) for each in OTHER}
    check_permissions(strict_moto)

    def call(role: Account, service: str, operation: str, arguments: dict[str, Any]) -> str:
        with pytest.raises(ClientError) as refusal:
            getattr(role(service), operation)(**arguments)
        return refusal.value.response["Error"]["Code"]

    for environment, role in roles.items():
        for service, operation, arguments in forbidden_calls(environment):
            assert call(role, service, operation, arguments).startswith("AccessDenied"), (operation, arguments)
        # Not every call is refused.
        own = {"TableName": f"headcount-{environment}"}
        assert call(role, "dynamodb", "describe_table", own) == "ResourceNotFoundException"
