"""The function and Lambda's Runtime API: the exact bytes of an answer, errors, deadlines, and when it exits."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from deadline import until
from dynamodb import Table
from empty_root import NAME, make_certificate, make_root, serve_names
from fault_proxy import Fault, FaultProxy
from lambda_front import event
from runtime_api import Bootstrap, RuntimeAPI

EVENT = json.dumps(event(b"/headcount")).encode()
EX_USAGE, EX_UNAVAILABLE, EX_CONFIG = 64, 69, 78


@pytest.fixture
def api() -> Iterator[RuntimeAPI]:
    with RuntimeAPI() as api:
        yield api


@pytest.fixture
def start(bootstrap: Path, directory: Path, api: RuntimeAPI) -> Iterator[Callable[..., Bootstrap]]:
    started: list[Bootstrap] = []

    def start(**settings: str | int) -> Bootstrap:
        settings = {"AWS_LAMBDA_RUNTIME_API": api.authority} | settings
        started.append(Bootstrap(bootstrap, directory / f"bootstrap-{len(started)}.log", **settings))
        return started[-1]

    yield start
    for each in started:
        each.kill()


def lines(log: str) -> list[dict[str, str]]:
    """The log; each line must be a JSON object."""
    return [json.loads(line) for line in log.splitlines()]


def test_an_answer_is_exactly_these_bytes(api: RuntimeAPI, start, table: Table) -> None:
    """DynamoDB is the default store of the function."""
    function = start(**table.settings | {"HEADCOUNT_STORE": ""})
    api.hand_out(EVENT, "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
    post = api.answer()
    assert post.path == "/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response"
    assert post.body == (
        b'{"statusCode":200,"headers":{"Content-Type":"application/json","Cache-Control":"no-store",'
        b'"X-Content-Type-Options":"nosniff","Access-Control-Allow-Origin":"*"},'
        b'"body":"{\\"count\\":1,\\"unique\\":1}","isBase64Encoded":false}'
    )
    assert table.numbers() == (1, 1)
    assert function.log == "", "a counted visit is not logged"


def test_an_event_that_is_not_an_http_request_is_an_error_and_the_loop_goes_on(
    api: RuntimeAPI, start, table: Table
) -> None:
    function = start(**table.settings)
    api.hand_out(b'{"Records":[]}', "r-1", Trace_Id="Root=1-5759e988-bd862e3fe1be46a994272793")
    api.hand_out(EVENT, "r-2")
    error, answer = api.answer(0), api.answer(1)
    assert error.path == "/invocation/r-1/error"
    assert error.headers["Lambda-Runtime-Function-Error-Type"] == "Headcount.NoRequest"
    assert error.headers["Content-Type"] == "application/vnd.aws.lambda.error+json"
    document = json.loads(error.body)
    assert set(document) == {"errorMessage", "errorType", "stackTrace"} and "2.0" in document["errorMessage"]
    assert answer.path == "/invocation/r-2/response" and json.loads(answer.body)["statusCode"] == 200
    [line] = lines(function.log)
    assert (line["level"], line["message"]) == ("ERROR", document["errorMessage"])
    assert (line["requestId"], line["traceId"]) == ("r-1", "Root=1-5759e988-bd862e3fe1be46a994272793")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"HEADCOUNT_DYNAMODB_TABLE": ""}, "HEADCOUNT_DYNAMODB_TABLE"),
        ({"HEADCOUNT_STORE": "sqlite"}, "HEADCOUNT_STORE=sqlite"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, "AWS_REGION"),
    ],
)
def test_a_bad_setting_is_reported_as_an_init_error(api: RuntimeAPI, start, table: Table, settings, named) -> None:
    function = start(**table.settings | settings)
    error = api.answer()
    assert error.path == "/init/error"
    assert error.headers["Lambda-Runtime-Function-Error-Type"] == "Headcount.Configuration"
    assert json.loads(error.body)["errorMessage"].startswith(named)
    assert function.wait() == EX_CONFIG
    assert [line["level"] for line in lines(function.log)] == ["FATAL"]
    assert api.polls == []


def test_outside_lambda_it_names_the_missing_variable(start) -> None:
    function = start(AWS_LAMBDA_RUNTIME_API="")
    assert function.wait() == EX_USAGE
    [line] = lines(function.log)
    assert "AWS_LAMBDA_RUNTIME_API" in line["message"]


@pytest.mark.parametrize("status", [413, 500])
def test_the_function_exits_when_lambda_rejects_its_answer(api: RuntimeAPI, start, table: Table, status: int) -> None:
    api.status_of_posts = status
    function = start(**table.settings)
    api.hand_out(EVENT)
    assert function.wait() == EX_UNAVAILABLE
    assert str(status) in lines(function.log)[-1]["message"]


def test_it_answers_503_before_the_invocation_times_out(api: RuntimeAPI, start, table: Table) -> None:
    """Elsewhere, statistics may take 10 s. Lambda would end the invocation earlier and send no answer."""
    with FaultProxy(table.server.port) as proxy:
        others = {"HEADCOUNT_DYNAMODB_ENDPOINT": proxy.endpoint, "HEADCOUNT_STATS": "public"}
        function = start(**table.settings | others)
        until(lambda: api.polls, "it asks for an invocation")
        proxy.rule = lambda _name, _number: Fault.DELAY
        began = time.monotonic()
        api.hand_out(json.dumps(event(b"/headcount/stats")).encode(), "r-1", milliseconds=900, Trace_Id="Root=1")
        answer = api.answer()
        assert answer.at - began < 8
        result = json.loads(answer.body)
        assert (result["statusCode"], result["headers"]["Retry-After"]) == (503, "2")
        [line] = lines(function.log)
        assert (line["message"], line["requestId"], line["traceId"]) == ("store unavailable", "r-1", "Root=1")


def test_a_deadline_that_has_passed_is_a_503(api: RuntimeAPI, start, table: Table) -> None:
    start(**table.settings)
    api.hand_out(EVENT, milliseconds=-1000)
    assert json.loads(api.answer().body)["statusCode"] == 503
    api.hand_out(EVENT, milliseconds=None)
    assert json.loads(api.answer(1).body)["statusCode"] == 200, "the next invocation has its own deadline"


def test_it_connects_and_reads_the_salt_before_the_first_invocation(api: RuntimeAPI, start, table: Table) -> None:
    with FaultProxy(table.server.port) as proxy:
        start(**table.settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": proxy.endpoint})
        until(lambda: api.polls, "it asks for an invocation")
        assert proxy.calls == {"GetItem": 1, "PutItem": 1}
        api.hand_out(EVENT)
        assert json.loads(api.answer().body)["statusCode"] == 200
        assert (proxy.calls["GetItem"], proxy.connections) == (1, 1), "the visit needs neither"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may change the root")
def test_it_needs_only_certificates_and_a_name_server_from_the_system(
    bootstrap: Path, directory: Path, api: RuntimeAPI, table: Table
) -> None:
    asked: set[str] = set()
    certificate, key = make_certificate(directory)
    make_root(directory / "root", bootstrap, certificate, serve_names(asked))
    with FaultProxy(table.server.port, certificate, key) as proxy:
        settings = table.settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": f"https://{NAME}:{proxy.port}"}
        process = subprocess.Popen(
            ["/bootstrap"],
            env=settings | {"AWS_LAMBDA_RUNTIME_API": api.authority},
            preexec_fn=lambda: os.chroot(directory / "root"),
            cwd="/",
        )
        try:
            api.hand_out(EVENT)
            assert json.loads(api.answer().body)["body"] == '{"count":1,"unique":1}'
        finally:
            process.kill()
            process.wait()
    assert asked == {NAME} and table.numbers() == (1, 1)
