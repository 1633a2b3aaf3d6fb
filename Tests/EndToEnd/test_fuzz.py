"""Records that a seeded generator has spoilt. `make fuzz` runs it for minutes on a responder with AddressSanitizer."""

import contextlib
import random
import time

import fastcgi
import pytest
import records
from fastcgi import Connection

VALUES = [
    b"",
    b"\0",
    b"/",
    b"/count",
    b"/count?page=/a",
    b"%",
    b"%zz",
    b"page=/%00",
    b"GET",
    b"\xff" * 300,
    b"a" * 20_000,
]
NAMES = [
    *(
        b"REQUEST_METHOD",
        b"REQUEST_URI",
        b"QUERY_STRING",
        b"PATH_INFO",
        b"REMOTE_ADDR",
        b"HTTP_ORIGIN",
        b"CONTENT_LENGTH",
    ),
    *(b"HTTP_USER_AGENT", b"HTTP_AUTHORIZATION", b"HTTP_SEC_PURPOSE", b"", b"HTTP_", b"X" * 200),
]


def spoilt(generator: random.Random) -> bytes:
    """A request, near to a right one."""
    values = dict(fastcgi.parameters())
    for _ in range(generator.randrange(4)):
        values[generator.choice(NAMES).decode()] = generator.choice(VALUES)
    data = bytearray(fastcgi.request(values, generator.randbytes(generator.choice([0, 0, 10, 5000])), keep=True))
    for _ in range(generator.choice([0, 1, 1, 2, 5])):
        at = generator.randrange(len(data))
        match generator.randrange(6):
            case 0:
                data[at] = generator.randrange(256)
            case 1:
                del data[at : at + generator.randrange(1, 40)]
            case 2:
                data[at:at] = generator.randbytes(generator.randrange(1, 40))
            case 3:
                data[at:at] = fastcgi.record(generator.randrange(12), generator.randbytes(generator.randrange(64)))
            case 4:
                data = data[: max(1, at)]
            case 5:
                data += data[:at]
        data = data or bytearray(b"\0")
    return bytes(data)


def converse(connection: Connection, generator: random.Random) -> None:
    """Sends it whole or in pieces, and reads what comes, or leaves."""
    data = spoilt(generator)
    with contextlib.suppress(OSError, AssertionError):
        cut = generator.randrange(len(data) + 1) if generator.random() < 0.3 else len(data)
        connection.send(data[:cut])
        if cut < len(data):
            connection.send(data[cut:])
        if generator.random() < 0.7:
            connection.socket.settimeout(0.02)
            connection.socket.recv(65536)


@pytest.mark.parametrize("seed", range(4))
def test_spoilt_requests_harm_nobody(start_responder, record_property, soak: int, seed: int):
    generator = random.Random(f"{seed} of {soak}")
    responder = start_responder(HEADCOUNT_STATS="public")
    ends = time.monotonic() + soak * 60 / 4
    conversations = 0
    while conversations < 1500 or time.monotonic() < ends:
        with contextlib.suppress(OSError), responder.connect() as connection:
            for _ in range(generator.randrange(1, 4)):
                converse(connection, generator)
        conversations += 1
        if conversations % 200 == 0:
            assert responder.health() < 1, f"seed {seed}, after {conversations}"
            assert responder.is_running, responder.log
    assert "AddressSanitizer" not in responder.log
    record_property("figure", f"fuzzing, seed {seed}: {conversations} conversations")
    count, _ = records.site(responder.database)
    assert responder.ask().json["count"] == count + 1
    records.assert_sound(responder.database)
