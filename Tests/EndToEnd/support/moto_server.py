"""moto, as a server for all AWS services that Headcount uses.

    python moto_server.py [--as-aws[=FILE]]

prints its port once it accepts connections. It handles one request at a time: with threads, moto would lose other
clients' writes when it cancels a transaction, because it restores a copy of its whole state.

With --as-aws it limits how many log groups API Gateway may write to, checks permissions as AWS does
(aws_permissions.py), and appends each user and checked action to FILE. It then ignores signatures: moto rejects valid
ones if a request has a Content-Type but no body, as Terraform's AWS provider sends.
"""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import aws_permissions
from moto import settings
from moto.apigatewayv2.exceptions import BadRequestException
from moto.apigatewayv2.models import ApiGatewayV2Backend, DomainName, Stage
from moto.core.exceptions import JsonRESTError
from moto.iam.access_control import IAMRequest, IAMRequestBase
from moto.logs.models import logs_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


def check_permissions_as_aws(log: Path) -> None:
    check = IAMRequestBase.check_action_permitted
    deny = IAMRequest._raise_access_denied

    def check_all(request: IAMRequestBase, resource: str) -> None:
        for action, named in list(aws_permissions.required(request, resource)):
            with log.open("a") as file:
                file.write(f"{request._access_key.arn} {action}\n")
            request._action = action
            check(request, named)

    def deny_in_the_right_format(request: IAMRequest) -> None:
        """moto denies in XML, even to services that use JSON."""
        if request._service not in ("apigateway", "dynamodb", "lambda", "logs"):
            deny(request)
        raise JsonRESTError("AccessDeniedException", f"{request._access_key.arn} may not {request._action}")

    IAMRequestBase.check_action_permitted = check_all
    IAMRequest._raise_access_denied = deny_in_the_right_format
    IAMRequestBase.check_signature = lambda _: None


def complete_domain_names() -> None:
    """Adds to custom domain names the address at API Gateway that moto leaves out, and removes empty mutual TLS."""
    make = DomainName.__init__

    def make_complete(name: DomainName, *arguments: Any, **others: Any) -> None:
        make(name, *arguments, **others)
        name.mutual_tls_authentication = name.mutual_tls_authentication or None
        for configuration in name.domain_name_configurations:
            configuration["apiGatewayDomainName"] = "d-0123456789.execute-api.eu-central-1.amazonaws.com"
            configuration["hostedZoneId"] = "Z1U9ULNL0V5AJ3"
            configuration["domainNameStatus"] = "AVAILABLE"

    DomainName.__init__ = make_complete
    settings.ACM_VALIDATION_WAIT = 0  # in seconds, until a certificate is validated


LOG_POLICY = "AWSLogDeliveryWrite20150319"
LOG_POLICY_LIMIT = 5120


def limit_log_groups_as_aws() -> None:
    """Lists each log group of a stage in the region's log policy, from which AWS removes none, and refuses a stage that
    would make the policy too long. Near the limit, AWS allows all groups under /aws/vendedlogs/ at once
    (https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html, https://github.com/anomalyco/sst/issues/125).
    """
    create = ApiGatewayV2Backend.create_stage

    def create_logged(backend: ApiGatewayV2Backend, api_id: str, config: dict[str, Any]) -> Stage:
        if "accessLogSettings" in config:
            allow_log(backend, config["accessLogSettings"]["destinationArn"])
        return create(backend, api_id, config)

    ApiGatewayV2Backend.create_stage = create_logged


def allow_log(backend: ApiGatewayV2Backend, group: str) -> None:
    logs = logs_backends[backend.account_id][backend.region_name]
    resource = f"{group}:log-stream:*"
    prefix, _, name = group.partition("log-group:")
    under_vendedlogs = f"{prefix}log-group:/aws/vendedlogs/*"
    current = logs.resource_policies.get(LOG_POLICY)
    allowed = json.loads(current.policy_document)["Statement"][0]["Resource"] if current else []
    if resource in allowed or (name.startswith("/aws/vendedlogs/") and under_vendedlogs in allowed):
        return

    def policy(resources: list[str]) -> str:
        statement = {
            "Sid": LOG_POLICY,
            "Effect": "Allow",
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": resources,
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))

    added = policy([*allowed, resource])
    if len(policy([*allowed, resource, under_vendedlogs])) > LOG_POLICY_LIMIT:
        if not name.startswith("/aws/vendedlogs/"):
            raise BadRequestException(
                "Cannot enable logging. Policy document length breaking Cloudwatch Logs Constraints, "
                f"either < 1 or > {LOG_POLICY_LIMIT}"
            )
        added = policy([*allowed, under_vendedlogs])
    logs.put_resource_policy(LOG_POLICY, added)


def main() -> None:
    complete_domain_names()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    if arguments := sys.argv[1:]:
        limit_log_groups_as_aws()
        check_permissions_as_aws(Path(arguments[0].partition("=")[2] or os.devnull))
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
    print(server.port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
