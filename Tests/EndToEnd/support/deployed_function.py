"""Runs a function as deployed to moto, in AWS's own emulator: the version that the API invokes, with its settings and
permissions.
"""

import base64
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from dynamodb import REGION, Moto
from lambda_function import Function

STAND_IN = "stand-in-for-"


def assume(account: Any, role: str) -> dict[str, str]:
    """Assumes a role; returns its credentials as environment variables."""
    found = account("sts").assume_role(RoleArn=f"arn:aws:iam::123456789012:role/{role}", RoleSessionName="test")
    return {
        "AWS_ACCESS_KEY_ID": found["Credentials"]["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": found["Credentials"]["SecretAccessKey"],
        "AWS_SESSION_TOKEN": found["Credentials"]["SessionToken"],
    }


def make_stand_in(iam: Any, name: str, policies: list[dict[str, Any]]) -> str:
    """Makes a role with the same permissions but without conditions, which moto doesn't support."""
    role = STAND_IN + name
    any_principal = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    trust = {"Version": "2012-10-17", "Statement": [any_principal]}
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust))
    for number, policy in enumerate(policies):
        statements = [
            {key: value for key, value in statement.items() if key != "Condition"} for statement in policy["Statement"]
        ]
        document = json.dumps(policy | {"Statement": statements})
        iam.put_role_policy(RoleName=role, PolicyName=f"same-{number}", PolicyDocument=document)
    return role


class DeployedFunction:
    """Answers events like the deployed function. `account` makes clients with all permissions."""

    def __init__(self, account: Any, moto: Moto, name: str, zips: list[Path], directory: Path) -> None:
        self.account = account
        self.moto = moto
        self.name = name
        self.directory = directory
        self.zips = {base64.b64encode(hashlib.sha256(file.read_bytes()).digest()).decode(): file for file in zips}
        self.running: dict[str, Function] = {}

    @property
    def policies(self) -> dict[str, dict[str, Any]]:
        """The policies of the function's role, by name."""
        iam = self.account("iam")
        names = iam.list_role_policies(RoleName=self.name)["PolicyNames"]
        return {name: iam.get_role_policy(RoleName=self.name, PolicyName=name)["PolicyDocument"] for name in names}

    @property
    def role(self) -> str:
        """The role that replaces the function's."""
        role = STAND_IN + self.name
        if role not in {each["RoleName"] for each in self.account("iam").list_roles()["Roles"]}:
            make_stand_in(self.account("iam"), self.name, list(self.policies.values()))
        return role

    @property
    def version(self) -> str:
        """The version that the API's integration invokes."""
        gateway = self.account("apigatewayv2")
        [api] = [api for api in gateway.get_apis()["Items"] if api["Name"] == self.name]
        [integration] = gateway.get_integrations(ApiId=api["ApiId"])["Items"]
        assert (integration["IntegrationType"], integration["PayloadFormatVersion"]) == ("AWS_PROXY", "2.0")
        function, alias = integration["IntegrationUri"].removesuffix("/invocations").split(":")[-2:]
        assert function == self.name
        return self.account("lambda").get_alias(FunctionName=function, Name=alias)["FunctionVersion"]

    def configuration(self, version: str) -> dict[str, Any]:
        return self.account("lambda").get_function_configuration(FunctionName=self.name, Qualifier=version)

    def invoke(self, event: dict[str, Any]) -> dict[str, Any]:
        version = self.version
        if version not in self.running:
            self.running[version] = self._start(version)
        return self.running[version].invoke(event)

    def stop(self) -> None:
        for function in self.running.values():
            function.stop()

    def _start(self, version: str) -> Function:
        configuration = self.configuration(version)
        home = self.directory / f"version-{version}"
        with zipfile.ZipFile(self.zips[configuration["CodeSha256"]]) as archive:
            program = Path(archive.extract(configuration["Handler"], home))
        program.chmod(0o755)
        return Function(
            program,
            self.directory / f"version-{version}.log",
            **configuration["Environment"]["Variables"],
            **assume(self.account, self.role),
            AWS_REGION=REGION,
            AWS_LAMBDA_FUNCTION_VERSION=version,
            HEADCOUNT_DYNAMODB_ENDPOINT=self.moto.endpoint,
        ).start()
