"""A stranger who tries to fill the disk and the memory, and everybody else meanwhile."""

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
    before = responder.resident

    def stranger(number: int) -> dict:
        return fastcgi.parameters(f"/count?page=/{number:0>400}", REMOTE_ADDR=address(number))

    began = time.monotonic()
    assert flood(responder, requests, stranger) == requests
    took = time.monotonic() - began
    counters = records.counters(responder.database)
    assert counters[""][0] == 1000 + requests, "the site counts on"
    assert counters[""][1] == max(1000, requests), "and tells its visitors apart"
    assert len(counters) - 1 == 1000, "no more pages than HEADCOUNT_MAX_PAGES"
    memory, disk = responder.resident, size_on_disk(responder)
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
    before = responder.descriptors
    with (
        bystander(responder) as waits,
        contextlib.ExitStack() as stack,
        concurrent.futures.ThreadPoolExecutor(100) as pool,
    ):
        began = time.monotonic()
        connections = list(pool.map(lambda _: stack.enter_context(responder.connect()), range(5000)))
        took = time.monotonic() - began
        for number, connection in enumerate(connections):
            with contextlib.suppress(ConnectionError):
                if number % 3:
                    connection.send(whole[: generator.randrange(1, len(whole))])
                if number % 5 == 0:
                    connection.socket.shutdown(1)
        memory = responder.resident
        # Nobody leaves: the responder closes them all, when their second is over.
        until(lambda: responder.descriptors < before + 5, "they are given up", seconds=20)
    record_property(
        "figure",
        f"5,000 hostile connections within {took:.1f} s: {len(waits)} others waited {max(waits) * 1e3:.0f} ms at most, "
        f"{memory:.1f} MB",
    )
    assert max(waits) < 1
    assert memory < 40
    assert responder.ask().json["count"] == 1


@contextlib.contextmanager
def bystander(responder: Responder) -> Iterator[list[float]]:
    """Somebody who asks for the health again and again; gives how long each answer took."""
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


# Parameters without a name or a value, one of either, or of both: each costs the sender two bytes, and libfcgi more.
COSTLY = {"nothing": b"\0\0", "names": b"\1\0A", "values": b"\0\1A", "pairs": b"\1\1AB"}


@pytest.mark.parametrize("kind", COSTLY)
def test_parameters_without_end_cost_no_memory(start_responder, record_property, kind: str):
    """256 connections, a batch, with 60 KB of the smallest parameters each."""
    responder = start_responder()
    assert responder.ask().status == 200
    before = responder.resident
    content = (COSTLY[kind] * 60_000)[: 60_000 // len(COSTLY[kind]) * len(COSTLY[kind])]
    whole = fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, content) + fastcgi.stream(fastcgi.STDIN, b"")
    with bystander(responder) as waits, contextlib.ExitStack() as stack:
        peers = [stack.enter_context(responder.connect()) for _ in range(256)]
        for peer in peers:
            with contextlib.suppress(ConnectionError):
                peer.send(whole)
        for peer in peers:
            assert b"Status: 200" not in peer.rest()
    after = responder.resident
    record_property("figure", f"60 KB of {kind} 256 times: {after:.1f} MB resident (before: {before:.1f})")
    assert max(waits) < 1
    assert after < before + 5


def test_a_request_that_comes_byte_by_byte_keeps_nobody_waiting(start_responder, record_property):
    """On 500 connections that have sent most of 64 KB each, every byte would have it all looked at again."""
    responder = start_responder()
    params = b"".join(fastcgi.record(fastcgi.PARAMS, b"\x02\x40AB" + b"x" * 64) for _ in range(700))
    with bystander(responder) as waits, contextlib.ExitStack() as stack:
        peers = [stack.enter_context(responder.connect()) for _ in range(500)]
        for _ in range(20):
            for peer in peers:
                with contextlib.suppress(ConnectionError):
                    peer.send(b"\x01" if params is None else fastcgi.begin() + params)
            params = None
    record_property("figure", f"500 requests byte by byte: others waited {max(waits) * 1e3:.0f} ms at most")
    assert max(waits) < 1


def test_few_descriptors_and_many_who_come_back(make_responder, directory, record_property):
    """Silent connections, three for each descriptor, that connect anew whenever they are closed."""
    responder = make_responder("few", HEADCOUNT_DATABASE=directory / "few.db")
    responder.start(["sh", "-c", 'ulimit -n 128; exec "$0"', str(program.BINARY)])
    with bystander(responder) as waits, contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        for _ in range(300):
            connection = stack.enter_context(responder.connect())
            selector.register(connection.socket, selectors.EVENT_READ)
        closed = 0
        while closed < 1500:
            for key, _ in selector.select(timeout=10):
                selector.unregister(key.fileobj)
                key.fileobj.close()
                closed += 1
                selector.register(stack.enter_context(responder.connect()).socket, selectors.EVENT_READ)
    record_property("figure", f"300 silent connections for 96 places: others waited {max(waits) * 1e3:.0f} ms at most")
    assert max(waits) < 1
    assert len(responder.log.splitlines()) < 10
