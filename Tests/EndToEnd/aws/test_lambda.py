"""The function in AWS's own emulator: AWS's sample event, large bodies and a store that is down; and its zip."""

import importlib.util
import json
import os
import struct
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from dynamodb import Table
from fault_proxy import Fault, FaultProxy, never
from lambda_front import event
from lambda_function import ZIP, Function
from responder import REPOSITORY

pytestmark = pytest.mark.usefixtures("one_day")

# Types of program headers (elf(5)).
LOADABLE, DYNAMIC, INTERPRETER = 1, 2, 3


def body(result: dict) -> dict:
    assert result["statusCode"] == 200, result
    return json.loads(result["body"])


@pytest.fixture
def function(start_function: Callable[..., Function], table: Table) -> Function:
    return start_function(**table.settings)


def sample_event() -> dict:
    """The event that `sam local generate-event apigateway http-api-proxy` prints, made from the same template."""
    [package] = importlib.util.find_spec("samcli").submodule_search_locations
    text = (Path(package) / "lib/generated_sample_events/events/apigateway/HttpApi.json").read_text()
    values = {"path": "headcount", "account_id": "123456789012", "dns_suffix": "amazonaws.com", "method": "POST"}
    for name, value in (values | {"stage": "$default", "body": "eyJ0ZXN0IjoiYm9keSJ9"}).items():
        text = text.replace("{{{" + name + "}}}", value)
    assert "{{{" not in text
    return json.loads(text)


def test_the_sample_event_of_aws_is_counted(function: Function, table: Table) -> None:
    """It has cookies, an authorizer, repeated headers, a base64 body and an invalid source address."""
    assert body(function.invoke(sample_event())) == {"count": 1, "unique": 1}
    assert table.numbers() == (1, 1)


def test_a_body_is_ignored(function: Function) -> None:
    """4 MB are nearly 6 MB in base64, the most that Lambda accepts."""
    headers = {"Content-Type": "image/png"}
    assert body(function.invoke(event(method="POST", headers=headers, body=b"x" * (4 << 20))))["count"] == 1


def test_behind_cloudfront_visitors_have_their_own_addresses(start_function, table: Table) -> None:
    function = start_function(**table.settings, HEADCOUNT_CLOUDFRONT="yes")
    for viewers, address in enumerate(("198.51.100.10:46532", "198.51.100.11:46532", "2001:db8::1:46532", ""), 1):
        visit = event(headers={"CloudFront-Viewer-Address": address}, address="203.0.113.1")
        assert body(function.invoke(visit)) == {"count": viewers, "unique": viewers}


def test_a_store_that_is_down_at_a_cold_start_is_a_503_until_it_is_back(start_function, table: Table) -> None:
    with FaultProxy(table.server.port) as proxy:
        proxy.rule = lambda _operation, _number: Fault.DROP_REQUEST
        function = start_function(**table.settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": proxy.endpoint})
        assert function.invoke(event())["statusCode"] == 503
        proxy.rule = never
        assert body(function.invoke(event())) == {"count": 1, "unique": 1}
        assert [line["message"] for line in function.log][:2] == ["store unavailable", "store available again"]
        assert "requestId" not in function.log[0], "it failed before the first invocation, and yet started"


def test_the_zip_is_small_and_holds_one_static_program(record_property) -> None:
    with zipfile.ZipFile(ZIP) as archive:
        [entry] = archive.infolist()
        program = archive.read(entry)
    assert entry.filename == "bootstrap"
    assert entry.external_attr >> 16 & 0o777 == 0o755
    assert entry.date_time == (1980, 1, 1, 0, 0, 0)
    assert ZIP.stat().st_size < 12_000_000
    record_property("figure", f"dist/lambda.zip: {ZIP.stat().st_size / 1e6:.1f} MB")
    # ELF-64: no interpreter and no dynamic section among the program headers.
    assert program[:5] == b"\x7fELF\x02"
    offset, size, count = *struct.unpack_from("<Q", program, 32), *struct.unpack_from("<HH", program, 54)
    kinds = {struct.unpack_from("<I", program, offset + number * size)[0] for number in range(count)}
    assert LOADABLE in kinds and not kinds & {DYNAMIC, INTERPRETER}


def test_the_same_program_makes_the_same_zip(directory: Path) -> None:
    """Whatever the time and the time zone. The zip that other tests are using is not touched."""
    before = ZIP.stat()
    again = directory / "new/again.zip"
    elsewhere = os.environ | {"TZ": "Pacific/Auckland"}
    subprocess.run([REPOSITORY / "scripts/package-lambda", again], check=True, env=elsewhere, capture_output=True)
    assert again.read_bytes() == ZIP.read_bytes()
    assert list(again.parent.iterdir()) == [again], "no temporary files remain"
    assert (ZIP.stat().st_ino, ZIP.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
