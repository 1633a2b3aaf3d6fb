"""AWS as far as Headcount uses it: moto, in a process of its own.

    python moto_server.py [--as-aws[=FILE]]

prints its port once it listens. One request at a time: with threads, moto restores a copy of its whole state when a
transaction is cancelled, and so loses other clients' writes.

With --as-aws it asks for permission as AWS does (aws_permissions.py), and adds to the file who was asked for what. It
then looks at permissions only: moto takes right signatures for wrong ones where a request has no body but a
Content-Type, as Terraform's AWS provider sends.
"""

import logging
import os
import sys
from pathlib import Path
from typing import Any

import aws_permissions
from moto import settings
from moto.apigatewayv2.models import DomainName
from moto.core.exceptions import JsonRESTError
from moto.iam.access_control import IAMRequest, IAMRequestBase
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


def ask_as_aws(notes: Path) -> None:
    ask_about = IAMRequestBase.check_action_permitted
    deny = IAMRequest._raise_access_denied

    def ask(request: IAMRequestBase, resource: str) -> None:
        for action, named in list(aws_permissions.asked(request, resource)):
            with notes.open("a") as file:
                file.write(f"{request._access_key.arn} {action}\n")
            request._action = action
            ask_about(request, named)

    def deny_in_its_protocol(request: IAMRequest) -> None:
        """moto denies in XML, also where JSON is spoken."""
        if request._service not in ("apigateway", "dynamodb", "lambda", "logs"):
            deny(request)
        raise JsonRESTError("AccessDeniedException", f"{request._access_key.arn} may not {request._action}")

    IAMRequestBase.check_action_permitted = ask
    IAMRequest._raise_access_denied = deny_in_its_protocol
    IAMRequestBase.check_signature = lambda _: None


def serve_names() -> None:
    """Gives a name of one's own the address at API Gateway that moto leaves out, and no empty mutual TLS."""
    make = DomainName.__init__

    def make_served(name: DomainName, *arguments: Any, **others: Any) -> None:
        make(name, *arguments, **others)
        name.mutual_tls_authentication = name.mutual_tls_authentication or None
        for configuration in name.domain_name_configurations:
            configuration["apiGatewayDomainName"] = "d-0123456789.execute-api.eu-central-1.amazonaws.com"
            configuration["hostedZoneId"] = "Z1U9ULNL0V5AJ3"
            configuration["domainNameStatus"] = "AVAILABLE"

    DomainName.__init__ = make_served
    settings.ACM_VALIDATION_WAIT = 0  # in seconds, until a certificate is proved


def main() -> None:
    serve_names()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    for argument in sys.argv[1:]:
        ask_as_aws(Path(argument.partition("=")[2] or os.devnull))
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
    print(server.port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
