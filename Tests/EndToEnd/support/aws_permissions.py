"""The permissions that AWS checks for a request: actions and resources, as in its “Service Authorization Reference”.

moto itself checks the operation, under other names for API Gateway and CloudWatch, and nearly always for `*`.
"""

import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

from moto.iam.access_control import IAMRequestBase

Permissions = Iterator[tuple[str, str]]


def required(request: IAMRequestBase, resource: str) -> Permissions:
    """Yields each action of a request with its resource; moto's own where they are right.

    `resource` is the one that moto would check.
    """
    service, operation = request._action.split(":")
    of_service = {
        "acm": of_acm,
        "apigateway": of_api_gateway,
        "dynamodb": of_dynamodb,
        "iam": of_iam,
        "lambda": of_lambda,
        "logs": of_logs,
        "monitoring": of_cloudwatch,
        "route53": of_route53,
        "sns": of_sns,
    }.get(service)
    if of_service is None:
        yield request._action, resource
    else:
        yield from of_service(request, operation, arguments(request))


def arguments(request: IAMRequestBase) -> dict[str, Any]:
    """The arguments in the body: JSON, or a form that moto has already parsed."""
    if request._body.startswith(b"{"):
        return json.loads(request._body)
    return {name: values[0] if isinstance(values, list) else values for name, values in request._data.items()}


def arn(request: IAMRequestBase, service: str, name: str) -> str:
    region = "" if service == "iam" else request._region
    account = "" if service == "apigateway" else request.account_id
    return f"arn:aws:{service}:{region}:{account}:{name}"


def path(request: IAMRequestBase) -> str:
    return urllib.parse.unquote(request._path.partition("?")[0])


def of_acm(_: IAMRequestBase, operation: str, given: dict[str, Any]) -> Permissions:
    yield f"acm:{operation}", given.get("CertificateArn", "*")


def of_route53(request: IAMRequestBase, operation: str, _: dict[str, Any]) -> Permissions:
    _, kind, name, *_ = path(request).removeprefix("/2013-04-01").split("/")
    yield f"route53:{operation}", f"arn:aws:route53:::{kind}/{name}"


def of_api_gateway(request: IAMRequestBase, _: str, given: dict[str, Any]) -> Permissions:
    named = arn(request, "apigateway", path(request).removeprefix("/v2"))
    yield f"apigateway:{request._method}", named
    # AWS's reference lacks this action; reports name it for stages and domain names
    # (https://github.com/hashicorp/terraform-provider-aws/issues/20634, https://github.com/cloudtools/awacs/issues/254).
    if given.get("tags") and named.endswith(("/stages", "/domainnames")):
        yield "apigateway:TagResource", named


def of_dynamodb(request: IAMRequestBase, operation: str, given: dict[str, Any]) -> Permissions:
    def table(name: str) -> str:
        return arn(request, "dynamodb", f"table/{name}")

    if operation == "TransactWriteItems":
        # Amazon DynamoDB Developer Guide, “Using IAM with DynamoDB transactions”.
        actions = {
            "ConditionCheck": "ConditionCheckItem",
            "Delete": "DeleteItem",
            "Put": "PutItem",
            "Update": "UpdateItem",
        }
        for item in given["TransactItems"]:
            for kind, write in item.items():
                yield f"dynamodb:{actions[kind]}", table(write["TableName"])
    elif "RequestItems" in given:
        for name in given["RequestItems"]:
            yield f"dynamodb:{operation}", table(name)
    else:
        named = table(given["TableName"]) if "TableName" in given else given.get("ResourceArn", "*")
        yield f"dynamodb:{operation}", named


def of_iam(request: IAMRequestBase, operation: str, given: dict[str, Any]) -> Permissions:
    named = arn(request, "iam", f"role/{given['RoleName']}") if "RoleName" in given else given.get("PolicyArn", "*")
    yield f"iam:{operation}", named


def of_lambda(request: IAMRequestBase, operation: str, given: dict[str, Any]) -> Permissions:
    _, found, rest = path(request).partition("/functions/")
    name = rest.split("/")[0] if found else given.get("FunctionName")
    if "/tags/" in path(request):
        yield f"lambda:{operation}", path(request).partition("/tags/")[2]
    else:
        yield f"lambda:{operation}", arn(request, "lambda", f"function:{name}") if name else "*"
    if "Role" in given:
        yield "iam:PassRole", given["Role"]


def of_logs(request: IAMRequestBase, operation: str, given: dict[str, Any]) -> Permissions:
    name = given.get("logGroupName")
    named = arn(request, "logs", f"log-group:{name}") if name else given.get("resourceArn", "*")
    yield f"logs:{operation}", named


def of_cloudwatch(request: IAMRequestBase, operation: str, given: dict[str, Any]) -> Permissions:
    names = [given[name] for name in given if name == "AlarmName" or name.startswith("AlarmNames.member.")]
    for named in [arn(request, "cloudwatch", f"alarm:{name}") for name in names] or [given.get("ResourceARN", "*")]:
        yield f"cloudwatch:{operation}", named


def of_sns(request: IAMRequestBase, operation: str, given: dict[str, Any]) -> Permissions:
    topic = given.get("TopicArn") or given.get("ResourceArn")
    if operation == "CreateTopic":
        topic = arn(request, "sns", given["Name"])
    # A subscription is not a resource in AWS.
    yield f"sns:{operation}", topic or "*"
