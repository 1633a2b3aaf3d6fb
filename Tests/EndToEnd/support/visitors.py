"""Load generators that record every answer, over keep-alive connections, in one or several processes."""

import contextlib
import multiprocessing
import re
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

HEAD = re.compile(rb"HTTP/1\.1 (\d{3})[^\r]*\r\n(?:[^\r\n]+\r\n)*?Content-Length: (\d+)\r\n", re.IGNORECASE)
COUNT = re.compile(rb'^\{"count":(\d+),"unique":(\d+)\}$')


@dataclass
class Ledger:
    """The answered counts. A `failed` request may have been counted or not; a connection ends at its first failure."""

    counts: list[int] = field(default_factory=list)
    failed: int = 0
    slowest: float = 0

    def __add__(self, other: "Ledger") -> "Ledger":
        return Ledger(
            self.counts + other.counts,
            self.failed + other.failed,
            max(self.slowest, other.slowest),
        )


class _Visitor:
    """A connection with one request in flight."""

    def __init__(self, port: int, address: str, method: str) -> None:
        self.sent = time.monotonic()
        self.buffer = b""
        fields = f"Host: 127.0.0.1\r\nX-Test-Address: {address}\r\n" + "Content-Length: 0\r\n" * (method == "POST")
        self.request = f"{method} /headcount HTTP/1.1\r\n{fields}\r\n".encode()
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self) -> None:
        self.socket.sendall(self.request)

    def read(self) -> tuple[int, bytes] | None:
        """The answer's status and body, or None while it is incomplete."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionResetError
        self.buffer += chunk
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = HEAD.match(self.buffer[: end + 2])
        assert head, f"no Content-Length: {self.buffer!r}"
        body = self.buffer[end + 4 :]
        if len(body) < int(head[2]):
            return None
        self.buffer = b""
        return int(head[1]), body


def visit(
    port: int,
    visits: int,
    connections: int,
    addresses: str = "10.0.0.{}",
    on_first_answer: Callable[[], None] | None = None,
    method: str = "GET",
) -> Ledger:
    """Makes visits over several connections, each with its own address and one request at a time."""
    ledger = Ledger()
    with selectors.DefaultSelector() as selector:
        for index in range(connections):
            visitor = _Visitor(port, addresses.format(index + 1), method)
            selector.register(visitor.socket, selectors.EVENT_READ, visitor)
        to_send = visits - connections
        for key in list(selector.get_map().values()):
            key.data.ask()
        while selector.get_map():
            ready = selector.select(timeout=60)
            assert ready, f"no answer within 60 s; {len(selector.get_map())} are waiting"
            for key, _ in ready:
                visitor: _Visitor = key.data
                with contextlib.suppress(OSError):
                    if (answer := visitor.read()) is None:
                        continue
                    now = time.monotonic()
                    if (count := COUNT.match(answer[1])) and answer[0] == 200:
                        if on_first_answer and not ledger.counts:
                            on_first_answer()
                        ledger.counts.append(int(count[1]))
                        ledger.slowest = max(ledger.slowest, now - visitor.sent)
                        if to_send > 0:
                            to_send -= 1
                            visitor.sent = now
                            visitor.ask()
                            continue
                        visitor.sent = 0
                # All visits are sent, or this one failed.
                ledger.failed += visitor.sent != 0
                selector.unregister(visitor.socket)
                visitor.socket.close()
    return ledger


@contextlib.contextmanager
def processes(number: int):
    """A pool of processes that can run `visit`."""
    with ProcessPoolExecutor(number, mp_context=multiprocessing.get_context("spawn")) as pool:
        # Wait until all processes are running.
        list(pool.map(_ready, range(number)))
        yield pool


def load_during(port: int, event: Callable[[], object], connections: int, method: str = "GET") -> Ledger:
    """Visits from two processes, without a pause, from before the event until after it."""
    ledger = Ledger()
    happening: Future | None = None
    with processes(2) as pool, ThreadPoolExecutor(1) as beside:

        def submit(index: int) -> Future[Ledger]:
            return pool.submit(visit, port, 1000, connections // 2, f"10.0.{index}.{{}}", method=method)

        load = {submit(0), submit(1)}
        while load:
            finished, load = wait(load, return_when=FIRST_COMPLETED)
            ledger = sum((part.result() for part in finished), ledger)
            if happening and happening.done():
                continue
            load |= {submit(index) for index in range(len(finished))}
            happening = happening or beside.submit(event)
        happening.result()
    return ledger


def _ready(index: int) -> int:
    return index
