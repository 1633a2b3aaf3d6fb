"""An answer of the service, over FastCGI, CGI or HTTP."""

import http.client
import io
import json
import re
from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    @classmethod
    def from_cgi(cls, output: bytes) -> "Answer":
        """Reads a CGI response (RFC 3875 §6.2), which FastCGI's STDOUT records also contain."""
        head, *rest = re.split(rb"\r?\n\r?\n", output, maxsplit=1)
        assert rest, f"not a CGI response: {output[:200]!r}"
        headers = http.client.parse_headers(io.BytesIO(head + b"\r\n\r\n"))
        return cls(int(headers.get("Status", "200").split()[0]), headers, rest[0])

    @property
    def json(self) -> dict:
        return json.loads(self.body)
