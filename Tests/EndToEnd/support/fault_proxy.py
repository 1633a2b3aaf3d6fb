"""A proxy in front of DynamoDB that fails as networks and services do."""

import contextlib
import http.client
import json
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path

from local_server import Handler, LocalServer


class Fault(Enum):
    """What happens to a call: DROP_ANSWER and the faults below it come after DynamoDB has carried it out."""

    DROP_REQUEST = auto()
    ERROR_BEFORE = auto()
    THROTTLE = auto()
    REFUSE = auto()
    DROP_ANSWER = auto()
    RESET = auto()
    DELAY = auto()
    ERROR_AFTER = auto()
    HALF_ANSWER = auto()
    SILENCE = auto()


Rule = Callable[[str, int], Fault | None]


def never(_operation: str, _number: int) -> None:
    """The rule under which nothing fails."""


def reads(operation: str, body: bytes) -> list[dict]:
    """The reads in a call, each of which may be strongly consistent or not."""
    call = json.loads(body)
    if operation == "BatchGetItem":
        return list(call["RequestItems"].values())
    return [call] if operation in ("GetItem", "Scan", "Query") else []


class FaultProxy(LocalServer):
    """Forwards calls to a server, except those for which `rule`, given the operation and its number, returns a fault.

    With a certificate, it speaks TLS.
    """

    def __init__(self, upstream: int, certificate: Path | None = None, key: Path | None = None) -> None:
        self.upstream = upstream
        self.rule: Rule = never
        self.connections = 0
        self.calls: Counter[str] = Counter()
        self.faults: Counter[Fault] = Counter()
        self.tokens: set[str | None] = set()
        self.inconsistent_reads = 0
        self._lock = threading.Lock()
        proxy = self

        class ProxyHandler(Handler):
            def setup(self) -> None:
                with proxy._lock:
                    proxy.connections += 1
                super().setup()

            def do_POST(self) -> None:
                proxy._answer(self)

        super().__init__(ProxyHandler)
        self._server.handle_error = lambda *_: None  # clients may disconnect
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate, key)
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)

    def _answer(self, handler: Handler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        operation = handler.headers["X-Amz-Target"].partition(".")[2]
        with self._lock:
            self.calls[operation] += 1
            self.tokens.add(handler.headers.get("X-Amz-Security-Token"))
            self.inconsistent_reads += sum(not read.get("ConsistentRead") for read in reads(operation, body))
            fault = self.rule(operation, self.calls[operation])
            if fault:
                self.faults[fault] += 1
        match fault:
            case Fault.DROP_REQUEST:
                self._close(handler)
                return
            case Fault.ERROR_BEFORE:
                self._send(handler, 500, json.dumps({"__type": "x#InternalServerError"}).encode())
                return
            case Fault.THROTTLE:
                kind = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
                self._send(handler, 400, json.dumps({"__type": kind, "message": "slow down"}).encode())
                return
            case Fault.REFUSE:
                self._send(handler, 400, json.dumps({"__type": "x#AccessDeniedException", "message": "no"}).encode())
                return
        status, answer = self._forward(handler, body)
        match fault:
            case None:
                self._send(handler, status, answer)
            case Fault.ERROR_AFTER:
                self._send(handler, 500, json.dumps({"__type": "x#InternalServerError"}).encode())
            case Fault.HALF_ANSWER:
                self._send(handler, status, answer[: len(answer) // 2], len(answer) + 1)
                self._close(handler)
            case Fault.DELAY:
                self._wait_until_given_up(handler)
            case Fault.SILENCE:
                self._send(handler, status, answer[: len(answer) // 2], len(answer) + 1)
                self._wait_until_given_up(handler)
            case Fault.RESET:
                linger = struct.pack("ii", 1, 0)
                handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self._close(handler)
            case _:
                self._close(handler)

    def _forward(self, handler: Handler, body: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=60)
        with contextlib.closing(connection):
            connection.request("POST", "/", body, dict(handler.headers.items()))
            response = connection.getresponse()
            return response.status, response.read()

    def _send(self, handler: Handler, status: int, body: bytes, length: int | None = None) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", "application/x-amz-json-1.0")
        handler.send_header("Content-Length", str(length or len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _wait_until_given_up(self, handler: Handler) -> None:
        with contextlib.suppress(OSError):
            handler.wfile.flush()
            handler.connection.settimeout(20)
            handler.connection.recv(1)
        self._close(handler)

    def _close(self, handler: Handler) -> None:
        handler.close_connection = True
        with contextlib.suppress(OSError):
            handler.wfile.flush()
            handler.connection.close()
