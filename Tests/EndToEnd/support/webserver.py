"""nginx with a configuration for tests, in front of a responder."""

import base64
import contextlib
import http.client
import os
import random
import secrets
import shutil
import socket
import subprocess
from pathlib import Path

from answer import Answer
from deadline import until

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

# A header sets the visitor's address, so that a test can simulate many visitors.
CONFIGURATION = """
pid nginx.pid;
error_log stderr warn;
worker_processes 1;
{user}
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
    access_log off;
    keepalive_requests 1000000;
    map $http_x_test_address $visitor {{ "" $remote_addr; default $http_x_test_address; }}
    upstream headcount {{
        server unix:{socket} max_fails=0;
        keepalive 64;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /instance {{ return 200 {token}; }}
        location / {{
            fastcgi_pass headcount;
            fastcgi_keep_conn on;
            fastcgi_next_upstream error non_idempotent;
            fastcgi_param GATEWAY_INTERFACE CGI/1.1;
            fastcgi_param SERVER_PROTOCOL $server_protocol;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param REQUEST_URI $request_uri;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param CONTENT_TYPE $content_type;
            fastcgi_param CONTENT_LENGTH $content_length;
            fastcgi_param REQUEST_ID $request_id;
            fastcgi_param REMOTE_ADDR $visitor;
        }}
    }}
}}
"""


class Nginx:
    """One worker on a loopback port. It answers once `start` has returned."""

    def __init__(self, directory: Path, socket: Path) -> None:
        self.directory = directory
        self.socket = socket
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Nginx":
        assert NGINX, "nginx is not installed"
        token = secrets.token_hex(8)
        while not self._start_on(free_port(), token):
            pass
        return self

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)

    def request(
        self, target: str | bytes = "/headcount", method: str = "GET", body: bytes = b"", **headers: str
    ) -> Answer:
        return request(self.port, target, method, body, **headers)

    def _start_on(self, port: int, token: str) -> bool:
        user = "user root;" if os.geteuid() == 0 else ""
        (self.directory / "nginx.conf").write_text(
            CONFIGURATION.format(user=user, socket=self.socket, port=port, token=token)
        )
        with (self.directory / "nginx.err").open("ab") as log:
            self.process = subprocess.Popen(
                [NGINX, "-p", self.directory, "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.port = port
        # Another test may have taken the port in the meantime: only our own server knows the token.
        return until(lambda: self._knows(token) or self.process.poll() is not None, "nginx answers") and (
            self.process.poll() is None
        )

    def _knows(self, token: str) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.request("/instance").body == token.encode()
        return False


def request(
    port: int, target: str | bytes = "/headcount", method: str = "GET", body: bytes = b"", **headers: str
) -> Answer:
    """Sends a request over a new connection. The target may hold any bytes; `User_Agent` becomes User-Agent."""
    target = target.encode() if isinstance(target, str) else target
    fields = {"Host": "localhost", "Connection": "close"} | ({"Content-Length": str(len(body))} if body else {})
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        # A server may answer and close before it has read the whole request.
        with contextlib.suppress(ConnectionError):
            connection.sendall(method.encode() + b" " + target + b" HTTP/1.1\r\n" + lines.encode() + b"\r\n" + body)
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        return Answer(response.status, response.msg, response.read())


def free_port() -> int:
    """A free loopback port, outside the range that the system uses for outgoing connections."""
    while True:
        port = random.randint(10_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def basic(password: str) -> str:
    """The header Authorization of HTTP Basic, with an empty user name."""
    return "Basic " + base64.b64encode(f":{password}".encode()).decode()
