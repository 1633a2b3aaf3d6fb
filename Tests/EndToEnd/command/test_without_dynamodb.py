"""Programs built without the package trait `DynamoDB`: `.ci/run` builds them and passes their folder."""

import os
import subprocess
from pathlib import Path

import pytest
from responder import environment

FOLDER = os.environ.get("HEADCOUNT_WITHOUT_DYNAMODB")
SCRIPT = {"GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "PATH_INFO": "/headcount"}


@pytest.mark.skipif(not FOLDER, reason="HEADCOUNT_WITHOUT_DYNAMODB is not set to the folder of the programs")
@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        (["headcount-fcgi"], {}),
        (["headcount-fcgi"], SCRIPT),
        (["headcount", "stats"], {}),
        (["headcount", "check", "-q"], {}),
    ],
    ids=["responder", "CGI script", "command", "check"],
)
def test_a_store_that_was_not_built_in_is_reported_in_one_line_and_exits_with_78(
    arguments: list[str], more: dict, directory: Path
) -> None:
    settings = {"HEADCOUNT_STORE": "dynamodb", "HEADCOUNT_DYNAMODB_TABLE": "table", "AWS_REGION": "eu-central-1"}
    result = subprocess.run(
        [Path(FOLDER, arguments[0]).absolute(), *arguments[1:]],
        env=environment(HEADCOUNT_LISTEN=directory / "socket", **settings, **more),
        capture_output=True,
        text=True,
        timeout=60,
    )
    output = result.stdout + result.stderr
    assert result.returncode == 78, output
    assert output.count("HEADCOUNT_STORE=dynamodb: this program was built without DynamoDB; `make build`") == 1
    if more:
        assert result.stdout.startswith("Status: 503 ")
    else:
        assert len(output.splitlines()) == 1
