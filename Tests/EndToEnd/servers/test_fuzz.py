"""Records that a seeded generator has spoilt. `make fuzz` runs it for minutes on a responder with AddressSanitizer.

What has harmed a responder once is kept in `corpus`, as hexadecimal text, and sent again by every run."""

import collections
import contextlib
import os
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import fastcgi
import pytest
import records
from fastcgi import Connection
from responder import REPOSITORY, Responder

CORPUS = sorted(Path(__file__).with_name("corpus").glob("*.hex"))
FINDINGS = REPOSITORY / ".build/fuzz"
COUNTED = re.compile(rb'Status: 200.*\{"count":\d+,"unique":\d+', re.DOTALL)
# Version 1, type 1: FCGI_BEGIN_REQUEST, without which there is no request.
BEGINNING = re.compile(rb"(?=\x01\x01)")

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


def converse(connection: Connection, data: bytes, generator: random.Random) -> bool:
    """Sends it whole or in pieces, and reads what comes, or leaves; returns whether a visit was answered."""
    with contextlib.suppress(OSError):
        cut = generator.randrange(len(data) + 1) if generator.random() < 0.3 else len(data)
        connection.send(data[:cut])
        if cut < len(data):
            connection.send(data[cut:])
        if generator.random() < 0.7:
            connection.socket.settimeout(0.02)
            return COUNTED.search(connection.socket.recv(65536)) is not None
    return False


@contextlib.contextmanager
def kept(name: str) -> Iterator[collections.deque[bytes]]:
    """What was sent last; it is written to a file if that did harm, to be cut down and kept in the corpus."""
    sent: collections.deque[bytes] = collections.deque(maxlen=500)
    try:
        yield sent
    except BaseException:
        FINDINGS.mkdir(parents=True, exist_ok=True)
        (FINDINGS / f"{name}.hex").write_text("".join(f"{data.hex()}\n" for data in sent))
        raise


@pytest.mark.parametrize("worker", range(4))
def test_spoilt_requests_harm_nobody(start_responder, record_property, soak: int, seed: int, worker: int):
    generator = random.Random(f"{seed}-{worker}")
    responder: Responder = start_responder(HEADCOUNT_STATS="public")
    ends = time.monotonic() + soak * 60 / 4
    conversations = answered = begun = 0
    before = responder.resident
    with kept(f"seed-{seed}-{worker}") as last:
        while conversations < 1500 or time.monotonic() < ends:
            messages = [spoilt(generator) for _ in range(generator.randrange(1, 4))]
            # One may hold several requests, and two that follow one another, one between them.
            begun += len(BEGINNING.findall(b"".join(messages)))
            with contextlib.suppress(OSError), responder.connect() as connection:
                for message in messages:
                    last.append(message)
                    answered += converse(connection, message, generator)
            conversations += 1
            if conversations % 200 == 0:
                assert responder.health() < 1, f"--seed {seed}, after {conversations}"
                assert responder.is_running, responder.log
        assert "AddressSanitizer" not in responder.log
        count, _ = records.site(responder.database)
        assert answered <= count <= begun
        # What a peer sent before it left may be counted a moment later.
        assert count + 1 <= responder.ask().json["count"] <= begun + 1
        records.assert_sound(responder.database)
        after = responder.resident
    record_property(
        "figure",
        f"fuzzing, --seed {seed}, {worker}: {conversations} conversations, {answered} counted, "
        f"{after:.1f} MB resident (before: {before:.1f})",
    )
    # AddressSanitizer, which keeps what is freed to tell who still uses it, comes as another program.
    assert after < 40 or "HEADCOUNT_BINARY" in os.environ
    assert answered > 10, "some of it is right"


def test_there_is_a_corpus():
    assert CORPUS


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_what_did_harm_once_does_no_more(start_responder, file: Path):
    responder = start_responder()
    data = bytes.fromhex("".join(line for line in file.read_text().splitlines() if not line.startswith("#")))
    for end in (*range(1, len(data)), *[len(data)] * 3):
        with contextlib.suppress(BrokenPipeError), responder.connect() as connection:
            connection.send(data[:end])
    with responder.connect() as connection, contextlib.suppress(BrokenPipeError):
        connection.send(data)
        assert b"Status: 200" not in connection.rest()
    assert responder.health() < 1
    records.assert_sound(responder.database)
