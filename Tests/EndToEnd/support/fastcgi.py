"""A FastCGI client that can also send what no web server would (FastCGI Specification 1.0, §3 and §5)."""

import socket
import struct
from pathlib import Path

from answer import Answer

BEGIN_REQUEST, _, END_REQUEST, PARAMS, STDIN, STDOUT = range(1, 7)
RESPONDER = 1


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack(">BBHHBx", 1, kind, 1, len(content), 0) + content


def begin(keep: bool) -> bytes:
    return record(BEGIN_REQUEST, struct.pack(">HB5x", RESPONDER, keep))


def pair(name: bytes, value: bytes) -> bytes:
    return struct.pack(">II", len(name) | 1 << 31, len(value) | 1 << 31) + name + value


def parameters(
    target: str | bytes = "/headcount", method: str = "GET", **others: str | bytes
) -> dict[str, str | bytes]:
    """The parameters that nginx sends for a request; `others` override them."""
    target = target.encode() if isinstance(target, str) else target
    return {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REQUEST_METHOD": method,
        "REQUEST_URI": target,
        "QUERY_STRING": target.partition(b"?")[2],
        "REMOTE_ADDR": "192.0.2.1",
    } | others


def stream(kind: int, content: bytes) -> bytes:
    """A stream in records of at most 64 KB, with the empty record that ends it."""
    pieces = [content[start : start + 65535] for start in range(0, len(content), 65535)]
    return b"".join(record(kind, piece) for piece in [*pieces, b""])


def encoded(values: dict[str, str | bytes]) -> bytes:
    return b"".join(
        pair(name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in values.items()
    )


def request(values: dict[str, str | bytes] | None = None, body: bytes = b"", keep: bool = True) -> bytes:
    """The bytes of a complete request."""
    return begin(keep) + stream(PARAMS, encoded(values or parameters())) + stream(STDIN, body)


class Connection:
    """A connection to a responder; no operation waits longer than `timeout` seconds."""

    def __init__(self, address: Path | tuple[str, int], timeout: float = 60) -> None:
        if isinstance(address, Path):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(str(address))
        else:
            self.socket = socket.create_connection(address, timeout)

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, target: str | bytes = "/headcount", method: str = "GET", body: bytes = b"", **others: str) -> Answer:
        self.send(request(parameters(target, method, **others), body))
        return self.answer()

    def answer(self) -> Answer:
        """Reads one complete answer."""
        output = bytearray()
        while True:
            kind, content = self._record()
            if kind == END_REQUEST:
                assert struct.unpack(">IB3x", content) == (0, 0), "ended with an error"
                return Answer.from_cgi(bytes(output))
            if kind == STDOUT:
                output += content

    def _record(self) -> tuple[int, bytes]:
        _, kind, _, length, padding = struct.unpack(">BBHHBx", self._exactly(8))
        return kind, self._exactly(length + padding)[:length]

    def _exactly(self, length: int) -> bytes:
        data = bytearray()
        while len(data) < length:
            chunk = self.socket.recv(length - len(data))
            if not chunk:
                raise ConnectionResetError("closed in the middle of an answer")
            data += chunk
        return bytes(data)
