"""Sources of AWS credentials, with a fake of the HTTP endpoints that containers and instances have on AWS."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dynamodb import Table
from fault_proxy import FaultProxy
from local_server import Handler, LocalServer
from responder import Responder, run

ROLE = "/latest/meta-data/iam/security-credentials/"
KEY_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class Metadata(LocalServer):
    """Serves credentials that expire after an hour, new ones for each request."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.is_down = False
        metadata = self

        class MetadataHandler(Handler):
            def do_PUT(self) -> None:
                metadata._answer(self)

            def do_GET(self) -> None:
                metadata._answer(self)

        super().__init__(MetadataHandler)

    def _answer(self, handler: Handler) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.requests.append((handler.command, handler.path, headers))
        status, body = self._respond(handler.command, handler.path, headers)
        handler.send_response(503 if self.is_down else status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _respond(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        if (method, path) == ("PUT", "/latest/api/token"):
            return (200, b"imds-token") if headers.get("x-aws-ec2-metadata-token-ttl-seconds") else (400, b"")
        if path.startswith("/latest/") and headers.get("x-aws-ec2-metadata-token") != "imds-token":
            return 401, b""
        if path == ROLE:
            return 200, b"headcount-role"
        if path not in (f"{ROLE}headcount-role", "/container/credentials"):
            return 404, b""
        self.tokens.append(f"session-{len(self.tokens)}")
        expiration = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        document = {
            "AccessKeyId": "ASIATEST",
            "SecretAccessKey": "secret",
            "Token": self.tokens[-1],
            "Expiration": expiration,
        }
        return 200, json.dumps(document).encode()


@pytest.fixture
def metadata() -> Iterator[Metadata]:
    with Metadata() as metadata:
        yield metadata


@pytest.fixture
def proxy(table: Table) -> Iterator[FaultProxy]:
    with FaultProxy(table.server.port) as proxy:
        yield proxy


@pytest.fixture
def start_with(table: Table, proxy: FaultProxy, make_responder) -> Callable[..., Responder]:
    def start(**environment: str) -> Responder:
        settings = table.settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": proxy.endpoint}
        settings |= dict.fromkeys(KEY_VARIABLES, "") | environment
        return make_responder(**settings).start_listening()

    return start


def test_a_session_token_from_the_environment_is_sent_with_every_call(start_with, proxy: FaultProxy) -> None:
    responder = start_with(AWS_ACCESS_KEY_ID="ASIA", AWS_SECRET_ACCESS_KEY="s", AWS_SESSION_TOKEN="of-lambda")
    assert responder.ask().status == 200
    assert proxy.tokens == {"of-lambda"}


def test_an_instance_uses_the_credentials_of_its_role(start_with, metadata: Metadata, proxy: FaultProxy) -> None:
    responder = start_with(AWS_EC2_METADATA_SERVICE_ENDPOINT=metadata.endpoint)
    for _ in range(5):
        assert responder.ask().status == 200, responder.log
    assert [method for method, _, _ in metadata.requests] == ["PUT", "GET", "GET"], "one request for all calls"
    assert proxy.tokens == {"session-0"}


@pytest.mark.parametrize("by", ["value", "file"])
def test_a_container_uses_the_credentials_of_its_agent(
    start_with, metadata: Metadata, proxy, directory: Path, by: str
) -> None:
    token = directory / "token"
    token.write_text("agent-token\n")
    authorization = (
        {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "agent-token"}
        if by == "value"
        else {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token)}
    )
    responder = start_with(
        AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{metadata.endpoint}/container/credentials", **authorization
    )
    assert responder.ask().status == 200, responder.log
    assert metadata.requests[0][2]["authorization"] == "agent-token"
    assert proxy.tokens == {"session-0"}


def test_without_credentials_it_answers_503_and_logs_the_failed_source(start_with, metadata: Metadata) -> None:
    metadata.is_down = True
    responder = start_with(AWS_EC2_METADATA_SERVICE_ENDPOINT=metadata.endpoint)
    assert responder.ask().status == 503
    assert metadata.endpoint in responder.log
    metadata.is_down = False
    assert responder.ask().status == 200, "it finds credentials once they are available"


def test_a_token_is_not_sent_to_another_host(start_with) -> None:
    responder = start_with(
        AWS_CONTAINER_CREDENTIALS_FULL_URI="http://agent.example.com/credentials",
        AWS_CONTAINER_AUTHORIZATION_TOKEN="secret-token",
    )
    assert responder.ask().status == 503
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" in responder.log and "secret-token" not in responder.log


def test_a_region_is_required(table: Table, directory: Path) -> None:
    settings = table.settings | {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}
    result = run(HEADCOUNT_LISTEN=directory / "s.sock", **settings)
    assert result.returncode == 78
    [line] = result.stderr.splitlines()
    assert line.startswith("headcount-fcgi: AWS_REGION=")
