"""Attacks on the disk, the memory and the connections, and whether other clients are served meanwhile."""

import concurrent.futures
import contextlib
import random
import resource
import selectors
import threading
import time
from collections.abc import Callable, Iterator

import fastcgi
import pytest
import records
import responder as program
from deadline import until
from fastcgi import Connection
from responder import Responder

CONNECTIONS = 64


def size_on_disk(responder: Responder) -> float:
    """The database with its write-ahead log, in MB of 10^6 bytes."""
    return sum(path.stat().st_size for path in responder.directory.glob("headcount.db*")) / 1e6


def flood(responder: Responder, requests: int, parameters_of: Callable[[int], dict]) -> int:
    """Sends this many requests over 64 connections; returns how many were answered with 200."""
    answered = sent = 0
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        buffers: dict[Connection, bytes] = {}
        for _ in range(min(CONNECTIONS, requests)):
            connection = stack.enter_context(responder.connect())
            connection.send(fastcgi.request(parameters_of(sent)))
            sent += 1
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            buffers[connection] = b""
        while selector.get_map():
            for key, _ in selector.select(timeout=60):
                connection = key.data
                buffers[connection] += connection.socket.recv(65536)
                # An answer ends with the record END_REQUEST.
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
def test_a_flood_of_new_pages_and_visitors_uses_bounded_memory_and_disk(start_responder, record_property, soak: int):
    requests = 1_000_000 if soak else 20_000
    responder = start_responder()
    assert flood(responder, 1000, lambda number: fastcgi.parameters("/headcount", REMOTE_ADDR=address(number))) == 1000
    before = responder.resident

    def attack(number: int) -> dict:
        return fastcgi.parameters(f"/headcount?page=/{number:0>400}", REMOTE_ADDR=address(number))

    began = time.monotonic()
    assert flood(responder, requests, attack) == requests
    took = time.monotonic() - began
    counters = records.counters(responder.database)
    assert counters[""][0] == 1000 + requests, "the site's visits are still counted"
    assert counters[""][1] == max(1000, requests), "and so are its visitors"
    assert len(counters) - 1 == 1000, "no more pages than HEADCOUNT_MAX_PAGES"
    memory, disk = responder.resident, size_on_disk(responder)
    record_property(
        "figure",
        f"{requests} pages of {requests} visitors: {requests / took:.0f} a second, {memory:.1f} MB resident "
        f"(before: {before:.1f}), {disk:.1f} MB on disk",
    )
    assert memory < 40
    # 1,000 paths of 400 bytes in two tables, 20 bytes a visitor, and a write-ahead log of 4,000 pages of 4 KiB.
    assert disk < 22 + requests * 100e-6
    records.assert_sound(responder.database)


def address(number: int) -> str:
    return f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1"


@pytest.fixture
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 6000:
        pytest.skip(f"the test needs 6,000 file descriptors, and the limit is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 12_000), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_descriptors")
def test_5000_stalled_connections_are_closed_and_delay_no_other_client(start_responder, record_property):
    """They are silent, have sent half a request, or are half closed."""
    responder = start_responder()
    whole = fastcgi.request()
    generator = random.Random(5)
    before = responder.descriptors
    with (
        bystander(responder) as waits,
        contextlib.ExitStack() as stack,
        concurrent.futures.ThreadPoolExecutor(100) as pool,
    ):
        connections = list(pool.map(lambda _: stack.enter_context(responder.connect()), range(5000)))
        for number, connection in enumerate(connections):
            with contextlib.suppress(ConnectionError):
                if number % 3:
                    connection.send(whole[: generator.randrange(1, len(whole))])
                if number % 5 == 0:
                    connection.socket.shutdown(1)
        memory = responder.resident
        # No client disconnects: the responder closes the connections when their second is over.
        until(lambda: responder.descriptors < before + 5, "the connections are closed")
    record_property(
        "figure",
        f"5,000 hostile connections: {len(waits)} others waited {max(waits) * 1e3:.0f} ms at most, {memory:.1f} MB",
    )
    assert memory < 40
    assert responder.ask().json["count"] == 1


@contextlib.contextmanager
def bystander(responder: Responder) -> Iterator[list[float]]:
    """Checks the health continuously; yields a list of response times. Fails if there is no answer within a minute, as
    when the responder waits for a silent client."""
    waits: list[float] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            waits.append(responder.health())

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask)
        try:
            yield waits
        finally:
            stop.set()
        asking.result()
    assert waits


def test_other_clients_are_served_when_descriptors_run_out(make_responder, record_property):
    """Silent clients reconnect whenever they are closed. Other clients wait for their turn, and the log stays short."""
    responder = make_responder()
    responder.start(["sh", "-c", 'ulimit -n 64; exec "$0"', str(program.BINARY)])
    with bystander(responder) as waits, contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        for _ in range(60):
            selector.register(stack.enter_context(responder.connect()).socket, selectors.EVENT_READ)
        closed = 0
        while closed < 120:
            for key, _ in selector.select(timeout=60):
                selector.unregister(key.fileobj)
                key.fileobj.close()
                closed += 1
                selector.register(stack.enter_context(responder.connect()).socket, selectors.EVENT_READ)
    record_property("figure", f"60 silent connections for 32 places: others waited {max(waits):.1f} s at most")
    assert len(responder.log.splitlines()) < 10


def test_a_request_of_more_than_64_kib_is_answered_with_413(start_responder):
    with start_responder().connect() as peer:
        with contextlib.suppress(ConnectionError):
            peer.send(fastcgi.request(fastcgi.parameters() | {"HTTP_COOKIE": "x" * 80_000}))
        answer = peer.answer()
    assert (answer.status, answer.json["status"]) == (413, 413)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
