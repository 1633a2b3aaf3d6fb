"""A stranger who tries to fill the disk and the memory, and everybody else meanwhile."""

import contextlib
import os
import random
import resource
import selectors
import threading
import time
from collections.abc import Callable
from pathlib import Path

import fastcgi
import pytest
import records
from fastcgi import Connection
from responder import Responder

CONNECTIONS = 64


def resident(responder: Responder) -> float:
    """In MB of 10^6 bytes."""
    pages = Path(f"/proc/{responder.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE") / 1e6


def size_on_disk(responder: Responder) -> float:
    """In MB of 10^6 bytes, the log included."""
    return sum(path.stat().st_size for path in responder.directory.glob("headcount.db*")) / 1e6


def flood(responder: Responder, requests: int, parameters_of: Callable[[int], dict]) -> int:
    """So many requests over 64 connections; returns how many were answered 200."""
    answered = sent = 0
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        buffers: dict[Connection, bytes] = {}
        for _ in range(min(CONNECTIONS, requests)):
            connection = stack.enter_context(responder.connect(30))
            connection.send(fastcgi.request(parameters_of(sent)))
            sent += 1
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            buffers[connection] = b""
        while selector.get_map():
            for key, _ in selector.select(timeout=30):
                connection = key.data
                buffers[connection] += connection.socket.recv(65536)
                # END_REQUEST of this connection's one request is the end of its answer.
                if buffers[connection][-16:-14] != b"\x01\x03":
                    continue
                assert b"Status: 200" in buffers[connection]
                answered += 1
                buffers[connection] = b""
                if sent < requests:
                    connection.send(fastcgi.request(parameters_of(sent)))
                    sent += 1
                else:
                    selector.unregister(connection.socket)
    return answered


@pytest.mark.usefixtures("one_day")
def test_a_flood_of_pages_and_visitors_stays_within_bounds(start_responder, record_property, soak: int):
    requests = 1_000_000 if soak else 20_000
    responder = start_responder()
    assert flood(responder, 1000, lambda number: fastcgi.parameters("/count", REMOTE_ADDR=address(number))) == 1000
    before = resident(responder)

    def stranger(number: int) -> dict:
        return fastcgi.parameters(f"/count?page=/{number:0>400}", REMOTE_ADDR=address(number))

    began = time.monotonic()
    assert flood(responder, requests, stranger) == requests
    took = time.monotonic() - began
    counters = records.counters(responder.database)
    assert counters[""][0] == 1000 + requests, "the site counts on"
    assert counters[""][1] == max(1000, requests), "and tells its visitors apart"
    assert len(counters) - 1 == 1000, "no more pages than HEADCOUNT_MAX_PAGES"
    memory, disk = resident(responder), size_on_disk(responder)
    record_property(
        "figure",
        f"{requests} pages of {requests} visitors: {requests / took:.0f} a second, {memory:.1f} MB resident "
        f"(before: {before:.1f}), {disk:.1f} MB on disk",
    )
    assert memory < 40
    # 1,000 pages of 400 bytes in two tables, 40 bytes a visitor, and a log of some thousand pages.
    assert disk < 8 + requests * 100e-6
    records.assert_sound(responder.database)


def address(number: int) -> str:
    return f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1"


@pytest.fixture
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 12_000), hard))
    yield min(hard, 12_000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_5000_connections_at_once(start_responder, record_property, many_descriptors: int):
    """Silent, with half a request, or half closed: everybody else is answered within a second."""
    if many_descriptors < 6000:
        pytest.skip("this machine does not allow so many descriptors")
    responder = start_responder()
    whole = fastcgi.request()
    generator = random.Random(5)
    slowest, stop = [0.0], threading.Event()

    def ask() -> None:
        while not stop.is_set():
            slowest[0] = max(slowest[0], responder.health())

    bystander = threading.Thread(target=ask)
    bystander.start()
    with contextlib.ExitStack() as stack:
        for number in range(5000):
            connection = stack.enter_context(responder.connect())
            with contextlib.suppress(ConnectionError):
                if number % 3:
                    connection.send(whole[: generator.randrange(1, len(whole))])
                if number % 5 == 0:
                    connection.socket.shutdown(1)
        memory = resident(responder)
    stop.set()
    bystander.join()
    record_property("figure", f"5,000 hostile connections: others waited {slowest[0] * 1e3:.0f} ms, {memory:.1f} MB")
    assert slowest[0] < 1
    assert memory < 40
    assert responder.ask().json["count"] == 1
