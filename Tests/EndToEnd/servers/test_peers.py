"""FastCGI peers that nginx is not: while they do their worst, everybody else is answered."""

import array
import contextlib
import fcntl
import os
import random
import struct
import termios
import time

import fastcgi
import pytest
import records
import responder as program
from deadline import until
from fastcgi import PARAMS, STDIN, begin, encoded, pair, parameters, record, request, stream

WHOLE = request()
LARGE = {"HTTP_COOKIE": "x" * 80_000}

MALFORMED = {
    "HTTP": b"GET /count HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "zeros": bytes(4096),
    "ones": b"\xff" * 4096,
    "another version": record(1, struct.pack(">HB5x", 1, 1), version=2),
    "no request begun": record(PARAMS, encoded(parameters())) + record(PARAMS) + record(STDIN),
    "begun twice": begin() + WHOLE,
    "begun with too little": record(1, b"\0\1"),
    "begun with too much": record(1, struct.pack(">HB5x", 1, 1) + bytes(8)),
    "interleaved ids": begin() + begin(request_id=2) + stream(PARAMS, encoded(parameters()), 2) + stream(STDIN, b"", 2),
    "another id's parameters": begin() + stream(PARAMS, encoded(parameters()), 2) + stream(STDIN, b"", 2),
    "the null id": begin(request_id=0) + stream(PARAMS, encoded(parameters()), 0) + stream(STDIN, b"", 0),
    "body before parameters": begin() + stream(STDIN, b"") + stream(PARAMS, encoded(parameters())),
    "an unknown kind": begin() + record(99) + stream(PARAMS, encoded(parameters())) + stream(STDIN, b""),
    "an authorizer": begin(role=fastcgi.AUTHORIZER) + stream(PARAMS, encoded(parameters())) + stream(STDIN, b""),
    "a filter": begin(role=fastcgi.FILTER) + stream(PARAMS, encoded(parameters())) + stream(STDIN, b""),
    "an unknown role": begin(role=4711) + stream(PARAMS, encoded(parameters())) + stream(STDIN, b""),
    "aborted at once": begin() + record(fastcgi.ABORT_REQUEST),
    "aborted in the parameters": begin() + record(PARAMS, pair(b"A", b"b")) + record(fastcgi.ABORT_REQUEST),
    "a name longer than its record": begin() + stream(PARAMS, b"\xff\xff\xff\xff\x05A") + stream(STDIN, b""),
    "a value longer than its record": begin() + stream(PARAMS, b"\x04\x84\0\0\0NAME=") + stream(STDIN, b""),
    "a pair cut short": begin() + stream(PARAMS, encoded(parameters())[:-3]) + stream(STDIN, b""),
}


@pytest.fixture
def responder(start_responder):
    running = start_responder()
    assert running.ask("/count").json["count"] == 1
    return running


@pytest.fixture(autouse=True)
def unharmed(responder):
    """After each test: alive, fast, sound, and not a descriptor more than before."""
    before = responder.descriptors
    yield
    assert responder.health() < 1
    assert responder.is_running
    until(lambda: responder.descriptors <= before, "every descriptor is closed again")
    records.assert_sound(responder.database)


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_request_ends_its_connection_and_counts_nothing(responder, data):
    with responder.connect() as peer:
        with contextlib.suppress(BrokenPipeError):
            peer.send(data)
        assert responder.health() < 1
        output = peer.rest()
        assert b"Status: 200" not in output
    assert records.site(responder.database) == (1, 1)


def spoilt(generator: random.Random) -> bytes:
    """A request that may be whole still. Its flags stay, by which its connection ends after an answer, too."""
    data = bytearray(request(keep=False))
    flags = 10
    for _ in range(generator.randrange(1, 6)):
        position = generator.randrange(len(data))
        if position != flags:
            data[position] = generator.randrange(256)
    return bytes(data)


def test_random_bytes_end_their_connection(responder, seed):
    generator = random.Random(seed)
    noises = [generator.randbytes(generator.randrange(1, 300)) for _ in range(100)]
    requests = [spoilt(generator) for _ in range(100)]
    with contextlib.ExitStack() as stack:
        peers = []
        for data in noises + requests:
            peers.append(stack.enter_context(responder.connect()))
            with contextlib.suppress(BrokenPipeError):
                peers[-1].send(data)
        assert responder.health() < 1
        answered = [b"Status: 200" in peer.rest() for peer in peers]
    assert not any(answered[: len(noises)])
    assert records.site(responder.database)[0] == 1 + sum(answered)


@pytest.mark.parametrize("length", [1, 7, 8, 9, 15, 16, 17, 24, 40, len(WHOLE) // 2, len(WHOLE) - 9, len(WHOLE) - 1])
def test_half_a_request_keeps_nobody_waiting_and_is_given_up(responder, length):
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(responder.connect()) for _ in range(20)]
        for peer in peers:
            peer.send(WHOLE[:length])
        assert max(responder.health() for _ in range(5)) < 1
        for peer in peers:
            assert b"Status: 200" not in peer.rest()
    assert records.site(responder.database) == (1, 1)


@pytest.mark.parametrize("length", [1, 8, 17, len(WHOLE) // 2, len(WHOLE) - 1])
def test_a_request_in_two_parts_is_answered_once_it_is_whole(responder, length):
    with responder.connect() as peer:
        peer.send(WHOLE[:length])
        assert responder.health() < 1
        peer.send(WHOLE[length:])
        assert peer.answer().json["count"] == 2


def test_a_request_in_many_small_parts_is_answered(responder):
    with responder.connect() as peer:
        for start in range(0, len(WHOLE), 5):
            peer.send(WHOLE[start : start + 5])
        assert peer.answer().json["count"] == 2


def test_a_peer_that_sends_a_byte_now_and_then_gains_no_time(responder):
    began = time.monotonic()
    with responder.connect(timeout=0.1) as peer, contextlib.suppress(ConnectionError):
        for byte in WHOLE:
            peer.send(bytes([byte]))
            with contextlib.suppress(TimeoutError):
                if not peer.socket.recv(1):
                    break
            assert time.monotonic() - began < 5
    assert records.site(responder.database) == (1, 1)


@pytest.mark.parametrize("length", [8, 40, len(WHOLE)])
def test_a_peer_that_leaves_is_forgotten(responder, length):
    for _ in range(100):
        with responder.connect() as peer:
            peer.send(WHOLE[:length])
    assert responder.health() < 1


def test_parameters_and_bodies_may_come_in_many_records_with_padding(responder):
    values = encoded(parameters("/count?page=/a", "POST"))
    pieces = [values[start : start + 10] for start in range(0, len(values), 10)]
    params = b"".join(record(PARAMS, piece, 258, padding=7) for piece in pieces) + record(PARAMS, request_id=258)
    body = b"".join(record(STDIN, b"x" * 1000, 258, padding=255) for _ in range(10)) + record(STDIN, request_id=258)
    with responder.connect() as peer:
        for count in (2, 3):
            peer.send(begin(request_id=258) + params + body)
            assert peer.answer().json["count"] == count


@pytest.mark.parametrize(
    "data",
    [
        request(parameters() | LARGE),
        request(parameters("/count?page=/" + "x" * 1_000_000)),
        request(parameters(method="POST"), body=b"x" * 1_000_000),
        begin() + record(PARAMS, b"x" * 65535) + record(PARAMS, b"x" * 65535),
    ],
    ids=["parameters", "a query of a megabyte", "a body of a megabyte", "records that never end"],
)
def test_a_request_of_more_than_64_kb_is_refused(responder, data):
    with responder.connect() as peer:
        with contextlib.suppress(ConnectionError):
            peer.send(data)
        assert responder.health() < 1
        output = peer.rest()
    assert b"Status: 413" in output
    assert b"application/problem+json" in output
    assert b"Access-Control-Allow-Origin: *" in output
    assert records.site(responder.database) == (1, 1)


def test_a_large_request_is_told_413(responder):
    """Just too large, so that all of it fits into the socket and the answer is not lost."""
    with responder.connect() as peer:
        peer.send(request(parameters() | LARGE))
        answer = peer.answer()
    assert answer.status == 413
    assert answer.json["status"] == 413


def test_nearly_64_kb_are_taken(responder):
    with responder.connect() as peer:
        for count in (2, 3):
            peer.send(request(parameters() | {"HTTP_COOKIE": "x" * 60_000}))
            assert peer.answer().json["count"] == count


def test_500_silent_connections_keep_nobody_waiting(responder):
    with contextlib.ExitStack() as stack:
        for _ in range(500):
            stack.enter_context(responder.connect())
        slowest = max(responder.health() for _ in range(10))
        print(f"\nslowest health check beside 500 silent connections: {slowest * 1000:.1f} ms")
        assert slowest < 1
        assert responder.ask("/count").json["count"] == 2


def test_500_kept_alive_connections_are_all_served(responder):
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(responder.connect()) for _ in range(500)]
        for peer in peers:
            peer.send(WHOLE)
        counts = [peer.answer().json["count"] for peer in peers]
        assert sorted(counts) == list(range(2, 502))
        for peer in peers:
            peer.send(WHOLE)
        assert sorted(peer.answer().json["count"] for peer in peers) == list(range(502, 1002))


def test_peers_that_ask_and_ask_and_never_read_are_closed_and_keep_nobody_waiting(responder):
    """A request before the last one is answered was not agreed on."""
    slowest = 0
    for _ in range(50):
        with responder.connect() as peer:
            with pytest.raises(ConnectionError):
                while True:
                    peer.send(WHOLE)
            slowest = max(slowest, responder.health())
    assert slowest < 1


def test_a_peer_that_waits_for_its_answers_and_never_reads_them_keeps_nobody_waiting(responder):
    """The answers fill the socket; the last one can't be sent."""

    def waiting(peer):
        size = array.array("i", [0])
        fcntl.ioctl(peer.socket, termios.FIONREAD, size)
        return size[0]

    slowest = 0
    with responder.connect() as peer, contextlib.suppress(ConnectionError):
        for number in range(2000):
            before = waiting(peer)
            peer.send(WHOLE)
            end = time.monotonic() + 0.5
            while waiting(peer) == before and time.monotonic() < end:
                os.sched_yield()
            if waiting(peer) == before or number % 100 == 0:
                slowest = max(slowest, responder.health())
            if waiting(peer) == before:
                break
        assert number < 1999
    print(f"\nslowest health check beside a full socket: {slowest * 1000:.1f} ms")
    assert slowest < 1


def test_a_connection_that_shall_not_be_kept_is_closed_after_its_answer(responder):
    with responder.connect() as peer:
        peer.send(request(keep=False))
        assert peer.answer().json["count"] == 2
        assert peer.rest() == b""


def test_a_peer_that_has_closed_its_half_is_answered_or_closed(responder):
    with responder.connect() as peer:
        peer.send(request(keep=False))
        peer.socket.shutdown(1)
        output = peer.rest()
    assert records.site(responder.database)[0] == 1 + (b"Status: 200" in output)


def test_a_kept_connection_serves_a_thousand(responder):
    with responder.connect() as peer:
        for count in range(2, 1002):
            peer.send(WHOLE)
            assert peer.answer().json["count"] == count


@pytest.mark.parametrize("missing", [{}, {"REQUEST_METHOD": "GET"}, {"REQUEST_URI": "/count"}, {"": ""}], ids=str)
def test_a_request_without_its_variables_is_an_error_not_a_crash(responder, missing):
    with responder.connect() as peer:
        peer.send(begin() + stream(PARAMS, encoded(missing)) + stream(STDIN, b""))
        with contextlib.suppress(ConnectionError):
            assert peer.answer().status in (400, 404, 405)
    assert records.site(responder.database) == (1, 1)


@pytest.mark.parametrize("target", [b"", b"count", b"*", b"//count", b"/\xff\xfe", b"http://", b"?page=/a", b"/%"])
def test_a_strange_target_is_404(responder, target):
    assert responder.ask(target).status == 404


def test_an_absolute_target_is_its_path(responder):
    assert responder.ask("http://example.com/count?page=/a").json["page"]["path"] == "/a"


def test_few_descriptors_make_newcomers_wait_and_nothing_worse(make_responder, directory):
    """More silent connections than descriptors: they go after a second, and the log does not fill meanwhile."""
    responder = make_responder("few", HEADCOUNT_DATABASE=directory / "few.db")
    responder.start(["sh", "-c", 'ulimit -n 64; exec "$0"', str(program.BINARY)])
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(responder.connect())
        assert responder.ask("/count").json["count"] == 1
    assert len(responder.log.splitlines()) < 5
