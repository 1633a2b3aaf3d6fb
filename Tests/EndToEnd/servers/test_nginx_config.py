"""The nginx configuration that is shipped does what its comments say."""

import contextlib
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import httpx
import pytest
import records
from nginx_site import InstalledNginx
from responder import Responder
from webserver import free_port

ELSEWHERE = {"Origin": "https://blog.example"}
BEHIND_PROXY = "include snippets/headcount-behind-proxy.conf;"


@pytest.fixture
def nginx(directory: Path) -> Iterator[InstalledNginx]:
    server = InstalledNginx(directory)
    yield server
    server.stop()


@pytest.fixture
def responder(start_responder: Callable[..., Responder]) -> Responder:
    return start_responder()


def assert_readable_problem(answer: httpx.Response, status: int) -> None:
    """A script on another origin can tell what went wrong."""
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers.get_list("Access-Control-Allow-Origin") == ["*"]
    assert answer.headers["Access-Control-Expose-Headers"] == "Allow, Retry-After"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    problem = answer.json()
    assert problem["type"] == "about:blank"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]


@pytest.mark.usefixtures("responder")
def test_a_visit_from_another_origin_is_counted(nginx: InstalledNginx) -> None:
    nginx.start()

    answer = httpx.get(f"{nginx.url}/count", params={"page": "/demo"}, headers=ELSEWHERE)

    assert answer.status_code == 200
    assert answer.headers.get_list("Access-Control-Allow-Origin") == ["*"]
    assert answer.json() == {"count": 1, "unique": 1, "page": {"path": "/demo", "count": 1, "unique": 1}}
    assert httpx.post(f"{nginx.url}/count", content=b"{}", headers=ELSEWHERE).json()["count"] == 2
    assert httpx.get(f"{nginx.url}/healthz").json() == {"status": "ok"}


def test_a_flood_is_refused_readably_and_not_counted(nginx: InstalledNginx, responder: Responder) -> None:
    nginx.start()

    with httpx.Client(headers=ELSEWHERE) as client:
        answers = [client.get(f"{nginx.url}/count") for _ in range(100)]

    served = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(served) >= 21, "a burst of twenty after the first is allowed"
    assert refused
    for answer in refused:
        assert_readable_problem(answer, 429)
        assert answer.headers["Retry-After"] == "1"
    assert records.site(responder.database)[0] == len(served)


@pytest.mark.usefixtures("responder")
def test_neither_log_holds_an_address(nginx: InstalledNginx) -> None:
    nginx.start()

    with httpx.Client() as client:
        statuses = {client.get(f"{nginx.url}/count").status_code for _ in range(100)}

    assert statuses == {200, 429}
    assert nginx.access_log == ""
    assert nginx.error_log == ""


@pytest.mark.usefixtures("responder")
def test_the_addresses_of_one_ipv6_network_share_a_limit(nginx: InstalledNginx) -> None:
    nginx.start(BEHIND_PROXY)

    def visit(address: str) -> int:
        return client.get(f"{nginx.url}/count", headers={"X-Forwarded-For": address}).status_code

    with httpx.Client() as client:
        assert {visit(f"2001:db8:0:1::{host:x}") for host in range(100)} == {200, 429}
        assert visit("2001:db8:0:2::1") == 200
        assert visit("203.0.113.9") == 200


@pytest.mark.usefixtures("responder")
def test_the_ipv4_addresses_that_reach_an_ipv6_socket_do_not_share_a_limit(nginx: InstalledNginx) -> None:
    port = free_port()
    nginx.start(f"listen [::]:{port} ipv6only=off;")

    def visits(address: str, times: int) -> set[int]:
        with httpx.Client(transport=httpx.HTTPTransport(local_address=address)) as client:
            return {client.get(f"http://127.0.0.1:{port}/count").status_code for _ in range(times)}

    assert visits("127.0.0.2", 100) == {200, 429}
    assert visits("127.0.0.9", 20) == {200}


@pytest.mark.usefixtures("responder")
def test_what_the_site_says_of_its_own_pages_changes_no_answer(nginx: InstalledNginx) -> None:
    nginx.start("expires 1h; fastcgi_intercept_errors on;")

    assert httpx.get(f"{nginx.url}/count").headers.get_list("Cache-Control") == ["no-store"]
    refused = httpx.get(f"{nginx.url}/count", params={"page": "x" * 2000})
    assert refused.status_code == 400
    assert "page" in refused.json()["detail"], "by Headcount, which says why"


@pytest.mark.usefixtures("responder")
@pytest.mark.parametrize("location", [r"~* \.(?:css|js|png|svg|yaml)$", "^~ /"])
def test_no_location_of_the_site_takes_a_path_away(nginx: InstalledNginx, location: str) -> None:
    nginx.start(f"location {location} {{ return 404; }}")

    for path in ("/count.svg", "/badge.svg"):
        assert httpx.get(f"{nginx.url}{path}").headers["Content-Type"].startswith("image/svg+xml")
    assert httpx.get(f"{nginx.url}/openapi.yaml").status_code == 200
    assert httpx.get(f"{nginx.url}/logo.svg").status_code == 404


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in chunks"])
def test_a_large_body_is_refused_readably_and_not_counted(
    nginx: InstalledNginx, responder: Responder, chunked: bool
) -> None:
    nginx.start()

    body = b"x" * 5000
    answer = httpx.post(f"{nginx.url}/count", content=iter([body]) if chunked else body, headers=ELSEWHERE)

    assert_readable_problem(answer, 413)
    assert records.site(responder.database)[0] == 0


def test_a_responder_that_is_down_is_reported_readably(nginx: InstalledNginx, responder: Responder) -> None:
    nginx.start()
    responder.stop()

    answer = httpx.get(f"{nginx.url}/count", headers=ELSEWHERE)

    assert_readable_problem(answer, 502)
    assert answer.headers["Retry-After"] == "5"


def test_a_responder_that_hangs_is_reported_readably(nginx: InstalledNginx, directory: Path) -> None:
    nginx.edit("snippets/headcount-location.conf", "fastcgi_read_timeout 10s", "fastcgi_read_timeout 200ms")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(directory / "headcount.sock"))
        listener.listen()
        nginx.start()

        answer = httpx.get(f"{nginx.url}/count", headers=ELSEWHERE)

    assert_readable_problem(answer, 504)
    assert answer.headers["Retry-After"] == "5"


def raw(nginx: InstalledNginx, request: bytes) -> httpx.Response:
    """What an HTTP client would not send."""
    with socket.create_connection(("127.0.0.1", nginx.port), timeout=5) as connection:
        connection.sendall(request)
        head, _, body = b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = [tuple(line.split(": ", 1)) for line in lines]
    return httpx.Response(int(status.split()[1]), headers=headers, content=body)


def test_a_malformed_body_is_refused_readably_and_not_counted(nginx: InstalledNginx, responder: Responder) -> None:
    nginx.start()

    head = b"POST /count HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert_readable_problem(raw(nginx, head + b"zz\r\nabc\r\n0\r\n\r\n"), 400)
    assert records.site(responder.database)[0] == 0


@pytest.mark.parametrize(
    ("request_line", "header", "status"),
    [
        ("POST /count HTTP/1.1", "Transfer-Encoding: gzip", 501),
        ("GET /count HTTP/3.0", "X: y", 505),
        ("GET /count HTTP/1.1", "Content-Length: x", 400),
        ("TRACE /count HTTP/1.1", "X: y", 405),
    ],
)
def test_a_site_whose_errors_are_ours_refuses_readably_what_is_no_request(
    nginx: InstalledNginx, responder: Responder, request_line: str, header: str, status: int
) -> None:
    example = (nginx.prefix / "sites-available/headcount.conf").read_text()
    nginx.start(re.search(r"error_page .*;", example)[0])

    answer = raw(nginx, f"{request_line}\r\nHost: x\r\nConnection: close\r\n{header}\r\n\r\n".encode())

    assert_readable_problem(answer, status)
    assert ("Allow" in answer.headers) == (status == 405)
    assert records.site(responder.database)[0] == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_whose_kept_connection_breaks_is_sent_on_a_new_one(
    nginx: InstalledNginx, directory: Path, method: str
) -> None:
    """A restart breaks kept connections just when nginx sends."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(directory / "headcount.sock"))
        listener.listen()
        received: list[int] = []
        threading.Thread(target=answer_every_other_request, args=(listener, received), daemon=True).start()
        nginx.start()

        with httpx.Client(headers=ELSEWHERE) as client:
            assert [client.request(method, f"{nginx.url}/count").status_code for _ in range(2)] == [200, 200]
            assert len(received) == 3


def answer_every_other_request(listener: socket.socket, received: list[int]) -> None:
    """Two requests on each connection: the first is answered, at the second the connection breaks."""
    for _ in range(2):
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as stream:
            received.append(read_request(stream))
            body = b"Status: 200\r\nContent-Length: 0\r\n\r\n"
            for record, content in ((6, body), (6, b""), (3, bytes(8))):
                connection.sendall(struct.pack(">BBHHxx", 1, record, received[-1], len(content)) + content)
            with contextlib.suppress(EOFError):
                received.append(read_request(stream))


def read_request(stream: IO[bytes]) -> int:
    """Reads the records of one request to the end of its STDIN and returns its id (FastCGI Specification §3.3)."""
    while True:
        header = stream.read(8)
        if len(header) < 8:
            raise EOFError
        _, record, request, length, padding = struct.unpack(">BBHHBx", header)
        stream.read(length + padding)
        if record == 5 and length == 0:
            return request


@pytest.mark.usefixtures("one_day", "responder")
def test_a_stranger_cannot_choose_an_address(nginx: InstalledNginx) -> None:
    nginx.start()

    for address in ("203.0.113.7", "203.0.113.8"):
        tally = httpx.get(f"{nginx.url}/count", headers={"X-Forwarded-For": address, "X-Real-IP": address}).json()

    assert tally == {"count": 2, "unique": 1}


@pytest.mark.usefixtures("one_day", "responder")
def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_saw(nginx: InstalledNginx) -> None:
    nginx.start(BEHIND_PROXY)

    def unique_after(forwarded_for: str) -> int:
        return httpx.get(f"{nginx.url}/count", headers={"X-Forwarded-For": forwarded_for}).json()["unique"]

    assert unique_after("203.0.113.7") == 1
    assert unique_after("203.0.113.8") == 2
    assert unique_after("198.51.100.66, 203.0.113.8") == 2, "what the visitor wrote in front is not believed"
    assert unique_after("203.0.113.8, 127.0.0.1") == 2, "a second proxy of ours is no visitor"


def test_the_whole_site_counts_over_tls_and_redirects_to_it(nginx: InstalledNginx, responder: Responder) -> None:
    redirecting_port = free_port()
    nginx.start_whole_site(redirecting_port)

    redirect = httpx.get(f"http://127.0.0.1:{redirecting_port}/count?page=/demo")
    assert redirect.status_code == 301
    assert redirect.headers["Location"] == "https://counter.example.com/count?page=/demo"
    challenge = nginx.prefix / ".well-known/acme-challenge/token"
    challenge.parent.mkdir(parents=True)
    challenge.write_text("token.thumbprint")
    proof = httpx.get(f"http://127.0.0.1:{redirecting_port}/.well-known/acme-challenge/token")
    assert proof.text == "token.thumbprint"

    with httpx.Client(base_url=f"https://127.0.0.1:{nginx.port}", headers=ELSEWHERE, verify=False) as client:
        assert client.get("/count").json() == {"count": 1, "unique": 1}
        assert client.get("/elsewhere").status_code == 404
        assert client.get("/headcount-problem").status_code == 404
        assert_readable_problem(client.get("/count", params={"page": "/" + "x" * 9000}), 414)
    assert records.site(responder.database)[0] == 1
