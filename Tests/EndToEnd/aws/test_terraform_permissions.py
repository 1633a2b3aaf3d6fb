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
    "nothing optional": {},
    "all that is optional": {
        "TF_VAR_domain": json.dumps({"name": NAME, "zone_id": ZONE}),
        "TF_VAR_table_kms_key_arns": json.dumps([KEY]),
    },
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


@pytest.fixture(params=OPTIONS)
def option(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def documents(project: Project, account: Account, option: str) -> Documents:
    """All policies that bootstrap/ makes, by their names."""
    bootstrap(project, **OPTIONS[option])
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


@pytest.mark.parametrize(
    ("action", "resource", "fault"),
    [
        ("sns:GetSubscriptionAttributes", "arn:aws:sns:*:1:headcount-test*", "cannot be allowed for"),
        ("dynamodb:DeleteTable", "*", "cannot be allowed for"),
        ("dynamodb:DeleteTabel", "arn:aws:dynamodb:*:1:table/headcount-test*", "is no action"),
        ("iam:*", "*", "iam:CreateUser for *"),
        ("lambda:UpdateFunctionCode", "arn:aws:dynamodb:*:1:table/headcount-test*", "cannot be allowed for"),
    ],
)
def test_what_cannot_be_allowed_would_be_found(action: str, resource: str, fault: str) -> None:
    found = list(faults({"Statement": [{"Action": action, "Resource": [resource]}]}))
    assert any(fault in each for each in found), found


@pytest.mark.parametrize("repository", ["owner/site", "owner@123456/site@456789"])
def test_a_role_of_github_is_for_one_environment_of_one_repository(
    project: Project, account: Account, repository: str
) -> None:
    """Whichever way its tokens name it, and no other."""
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
        assert account("iam").list_role_policies(RoleName=role["RoleName"])["PolicyNames"] == []
        other = OTHER[environment]
        for kind in ("deploy", "boundary"):
            assert f"headcount-{other}" not in json.dumps(managed_policy(account, f"headcount-{kind}-{environment}"))


def test_what_could_give_more_is_bound_to_a_condition(documents: Documents, option: str) -> None:
    for environment in OTHER:
        document = documents[f"deploy-{environment}"]
        role = f"arn:aws:iam::123456789012:role/headcount-{environment}"
        apis_own = "role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway"
        boundary = f"arn:aws:iam::123456789012:policy/headcount-boundary-{environment}"
        expected = {
            ("iam:CreateRole", role): {"StringEquals": {"iam:PermissionsBoundary": boundary}},
            ("iam:PutRolePolicy", role): {"StringEquals": {"iam:PermissionsBoundary": boundary}},
            ("iam:PutRolePermissionsBoundary", role): {"StringEquals": {"iam:PermissionsBoundary": boundary}},
            ("iam:PassRole", role): {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
            ("iam:CreateServiceLinkedRole", f"arn:aws:iam::123456789012:{apis_own}"): {
                "StringEquals": {"iam:AWSServiceName": "ops.apigateway.amazonaws.com"}
            },
            ("s3:ListBucket", f"arn:aws:s3:::{BUCKET}"): {"StringLikeIfExists": {"s3:prefix": [f"{environment}/*"]}},
        }
        through_dynamodb = {"StringLike": {"kms:ViaService": "dynamodb.*.amazonaws.com"}}
        if option == "all that is optional":
            expected |= {(f"kms:{name}", KEY): through_dynamodb for name in ("Decrypt", "ReEncryptTo", "CreateGrant")}
            [statement] = grants(documents[f"boundary-{environment}"], "kms:Decrypt", KEY)
            assert statement["Condition"] == through_dynamodb
            if environment == "prod":
                names = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
                expected |= {
                    ("acm:RequestCertificate", "*"): {
                        "ForAllValues:StringEquals": {"acm:DomainNames": [NAME]},
                        "Null": {"acm:DomainNames": "false"},
                    },
                    ("route53:ChangeResourceRecordSets", f"arn:aws:route53:::hostedzone/{ZONE}"): {
                        "ForAllValues:StringLike": {names: [NAME, f"_*.{NAME}"]},
                        "ForAllValues:StringEquals": {"route53:ChangeResourceRecordSetsRecordTypes": ["A", "CNAME"]},
                        "Null": {names: "false"},
                    },
                }
        for (action, arn), condition in expected.items():
            found = [statement.get("Condition") for statement in grants(document, action, arn)]
            assert found == [condition], (action, arn)


def test_a_key_and_a_zone_are_used_only_if_bootstrap_was_told_of_them(documents: Documents, option: str) -> None:
    def services(name: str) -> set[str]:
        return {action.split(":")[0] for each in documents[name]["Statement"] for action in listed(each["Action"])}

    if option == "nothing optional":
        for name in documents:
            assert services(name) & {"kms", "acm", "route53"} == set()
            assert "domainnames" not in json.dumps(documents[name])
        return
    assert services("deploy-prod") >= {"kms", "acm", "route53"}
    assert "domainnames" in json.dumps(documents["deploy-prod"])
    # A trial could take production's name from the zone.
    assert services("deploy-test") & {"kms", "acm", "route53"} == {"kms"}
    assert "domainnames" not in json.dumps(documents["deploy-test"])
    assert not grants(documents["deploy-prod"], "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1")
    assert not grants(documents["deploy-prod"], "kms:Decrypt", KEY[:-1] + "1")


def out_of_reach(environment: str) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """What it is, and the call."""
    own, others, other = f"headcount-{environment}", f"headcount-{OTHER[environment]}", OTHER[environment]
    account = "123456789012"
    topic = f"arn:aws:sns:{REGION}:{account}:{others}-alarms"
    boundary = f"arn:aws:iam::{account}:policy/headcount-boundary-{environment}"
    key, item = {"Key": {"pk": {"S": "page#"}}}, {"Item": {"pk": {"S": "page#"}}}
    more = "arn:aws:iam::aws:policy/AdministratorAccess"
    yield "an item of its own table", "dynamodb", "get_item", {"TableName": own} | key
    yield "an item for its own table", "dynamodb", "put_item", {"TableName": own} | item
    for table in (others, "shop"):
        yield f"the table {table}", "dynamodb", "update_table", {"TableName": table, "DeletionProtectionEnabled": False}
    for name in (others, "shop"):
        yield f"the function {name}", "lambda", "update_function_code", {"FunctionName": name, "ZipFile": b""}
    for name in (f"{other}/headcount.tfstate", f"{other}/run-1/headcount.tfstate.tflock"):
        yield f"the state {name}", "s3", "get_object", {"Bucket": BUCKET, "Key": name}
        yield f"the state {name}", "s3", "put_object", {"Bucket": BUCKET, "Key": name}
    yield "a bucket of others", "s3", "put_object", {"Bucket": "shop", "Key": f"{environment}/headcount.tfstate"}
    yield "the state bucket's policy", "s3", "delete_bucket_policy", {"Bucket": BUCKET}
    yield "the other log", "logs", "delete_log_group", {"logGroupName": f"/aws/lambda/{others}"}
    yield "the other topic", "sns", "delete_topic", {"TopicArn": topic}
    yield "a role of another name", "iam", "create_role", {"RoleName": "admin", "AssumeRolePolicyDocument": "{}"}
    yield "the deploy role", "iam", "delete_role", {"RoleName": f"headcount-deploy-{environment}"}
    yield "its own role's trust", "iam", "update_assume_role_policy", {"RoleName": own, "PolicyDocument": "{}"}
    yield "more for its own role", "iam", "attach_role_policy", {"RoleName": own, "PolicyArn": more}
    yield "no boundary", "iam", "delete_role_permissions_boundary", {"RoleName": own}
    yield "another boundary", "iam", "create_policy_version", {"PolicyArn": boundary, "PolicyDocument": "{}"}
    if environment == "prod":
        yield "its own table's end", "dynamodb", "delete_table", {"TableName": own}


@pytest.mark.parametrize("environment", OTHER)
def test_what_is_of_others_is_out_of_reach(project: Project, account: Account, guarded: Moto, environment: str) -> None:
    """Asked of moto, as of AWS."""
    bootstrap(project, **OPTIONS["all that is optional"])
    policy = managed_policy(account, f"headcount-deploy-{environment}")
    credentials = assume(account, make_stand_in(account("iam"), environment, [policy]))
    ask_for_permission(guarded)

    def call(service: str, operation: str, arguments: dict[str, Any]) -> str:
        client = boto3.client(
            service,
            region_name=REGION,
            endpoint_url=guarded.endpoint,
            **{name.lower(): value for name, value in credentials.items()},
        )
        with pytest.raises(ClientError) as refusal:
            getattr(client, operation)(**arguments)
        return refusal.value.response["Error"]["Code"]

    for what, service, operation, arguments in out_of_reach(environment):
        assert call(service, operation, arguments).startswith("AccessDenied"), f"{operation} of {what}"

    # Not that everything were refused.
    own = f"headcount-{environment}"
    assert call("dynamodb", "describe_table", {"TableName": own}) == "ResourceNotFoundException"
    assert call("s3", "get_object", {"Bucket": BUCKET, "Key": f"{environment}/x"}) == "NoSuchKey"
    assert call("iam", "get_role", {"RoleName": own}) == "NoSuchEntity"
