"""Corrupted FastCGI records from a seeded generator. `make fuzz` runs this for minutes with AddressSanitizer."""

import contextlib
import os
import random
import re
import time

import fastcgi
import records
from fastcgi import Connection
from responder import Responder

COUNTED = re.compile(rb'Status: 200.*\{"count":\d+,"unique":\d+', re.DOTALL)
# Version 1, type 1: FCGI_BEGIN_REQUEST, which begins every request.
BEGIN_REQUEST = re.compile(rb"(?=\x01\x01)")

VALUES = [b"", b"\0", b"/headcount", b"/headcount?page=/a", b"%zz", b"page=/%00", b"GET", b"\xff" * 300, b"a" * 20_000]
NAMES = ["REQUEST_METHOD", "REQUEST_URI", "QUERY_STRING", "PATH_INFO", "REMOTE_ADDR", "HTTP_ORIGIN", "CONTENT_LENGTH"]
NAMES += ["HTTP_USER_AGENT", "HTTP_AUTHORIZATION", "HTTP_SEC_PURPOSE", "", "HTTP_", "X" * 200]


def corrupted(generator: random.Random) -> bytes:
    """An almost valid request."""
    values = dict(fastcgi.parameters())
    for _ in range(generator.randrange(4)):
        values[generator.choice(NAMES)] = generator.choice(VALUES)
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
    """Sends the data whole or in pieces, and may read an answer; returns whether it was that of a counted visit."""
    with contextlib.suppress(OSError):
        cut = generator.randrange(len(data) + 1) if generator.random() < 0.3 else len(data)
        connection.send(data[:cut])
        if cut < len(data):
            connection.send(data[cut:])
        if generator.random() < 0.7:
            connection.socket.settimeout(0.02)
            return COUNTED.search(connection.socket.recv(65536)) is not None
    return False


def test_corrupted_requests_neither_crash_nor_miscount(start_responder, record_property, soak: int, seed: int):
    generator = random.Random(seed)
    responder: Responder = start_responder(HEADCOUNT_STATS="public")
    ends = time.monotonic() + soak * 60
    conversations = answered = begun = 0
    before = responder.resident
    while conversations < 1000 or time.monotonic() < ends:
        messages = [corrupted(generator) for _ in range(generator.randrange(1, 4))]
        # Corruption can make several requests of one, and two messages can form one more across their border.
        begun += len(BEGIN_REQUEST.findall(b"".join(messages)))
        with contextlib.suppress(OSError), responder.connect() as connection:
            for message in messages:
                answered += converse(connection, message, generator)
        conversations += 1
    # A visit may be counted just after its client has disconnected.
    assert answered < responder.ask().json["count"] <= begun + 1
    assert "AddressSanitizer" not in responder.log
    records.assert_sound(responder.database)
    after = responder.resident
    record_property(
        "figure",
        f"fuzzing, --seed {seed}: {conversations} conversations, {answered} counted, "
        f"{after:.1f} MB resident (before: {before:.1f})",
    )
    # A program with AddressSanitizer keeps freed memory in quarantine, so it is exempt.
    assert after < 40 or "HEADCOUNT_BINARY" in os.environ
