"""The shipped nginx configuration does what its comments say."""

import re
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import records
from documents import blocks, commands
from nginx_site import InstalledNginx
from responder import Responder
from webserver import free_port

OTHER_ORIGIN = {"Origin": "https://blog.example"}
BEHIND_PROXY = "include snippets/headcount-behind-proxy.conf;"


@pytest.fixture
def responder(start_responder: Callable[..., Responder]) -> Responder:
    return start_responder()


def assert_readable_problem(answer: httpx.Response, status: int) -> None:
    """A problem document that scripts of other origins may read."""
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


@pytest.mark.parametrize("path", ["/headcount", "/headcount.svg", "/ResumeSiteCounter"])
def test_the_rate_limit_answers_a_readable_429_and_logs_nothing(
    nginx: InstalledNginx, start_responder: Callable[..., Responder], path: str
) -> None:
    responder = start_responder(HEADCOUNT_COUNT_PATH="/ResumeSiteCounter")
    nginx.edit("snippets/headcount.conf", "# location = /ResumeSiteCounter", "location = /ResumeSiteCounter")
    nginx.edit("conf.d/headcount.conf", "rate=10r/s", "rate=1r/m")
    nginx.start()

    with httpx.Client(headers=OTHER_ORIGIN) as client:
        answers = [client.get(nginx.url + path) for _ in range(100)]

    served = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(served) == 21, "the first request and a burst of twenty are allowed"
    for answer in refused:
        assert_readable_problem(answer, 429)
        assert answer.headers["Retry-After"] == "1"
    assert records.site(responder.database)[0] == len(served)
    assert nginx.access_log == nginx.error_log == ""


def test_a_page_with_many_badges_does_not_reach_the_limit_of_reads(
    nginx: InstalledNginx, start_responder: Callable[..., Responder]
) -> None:
    start_responder(HEADCOUNT_STATS="public")
    nginx.edit("conf.d/headcount.conf", "rate=10r/s", "rate=1r/m")
    nginx.edit("conf.d/headcount.conf", "rate=20r/s", "rate=1r/m")
    nginx.start()
    page = ["/headcount/badge.svg", "/headcount.json", "/headcount/badge.json", "/headcount/stats"] * 40
    page += ["/headcount.js"] * 40

    with httpx.Client(base_url=nginx.url) as client, ThreadPoolExecutor(20) as browser:
        assert {client.get("/headcount").status_code for _ in range(100)} == {200, 429}
        assert {answer.status_code for answer in browser.map(client.get, page)} == {200}
        refused = [answer for answer in browser.map(client.get, page * 4) if answer.status_code != 200]
    assert refused, "reads are limited, too"
    assert_readable_problem(refused[0], 429)


@pytest.mark.parametrize("base", ["", "/counter"])
def test_one_limit_covers_every_request_with_a_password(
    nginx: InstalledNginx, start_responder: Callable[..., Responder], base: str
) -> None:
    start_responder(HEADCOUNT_STATS_PASSWORD="s3cret", HEADCOUNT_BASE_PATH=base)
    for path in ("= /headcount ", "= /headcount.", "= /headcount-v1.js", "^~ /headcount/"):
        nginx.edit("snippets/headcount.conf", path, path.replace("/", f"{base}/", 1))
    nginx.edit("conf.d/headcount.conf", "rate=1r/s", "rate=1r/m")
    nginx.start()
    protected = [f"{base}/headcount/{name}" for name in ("stats", "days.csv", "pages.csv", "", "%73tats")]

    with httpx.Client(base_url=nginx.url, auth=("owner", "wrong")) as client:
        statuses = [client.get(path).status_code for path in protected * 12]
        assert len(statuses) - statuses.count(429) == 11
        assert statuses[0] == 401
        # A staging site behind Basic authentication makes browsers send the header everywhere.
        assert client.get(f"{base}/headcount").status_code == 200
        assert client.get(f"{base}/headcount/badge.svg").status_code == 200
        assert client.post(f"{base}/headcount/").status_code == 429, "the form is limited, too"
    stats = f"{nginx.url}{base}/headcount/stats"
    assert httpx.get(stats, headers={"Cookie": "a=b; headcount=1.x"}).status_code == 429, "and guessed sessions"
    assert httpx.get(stats, headers={"Cookie": "a=b"}).status_code == 401, "nothing is guessed without either"


@pytest.mark.usefixtures("responder")
def test_an_ipv6_network_shares_one_rate_limit_and_ipv4_addresses_do_not(nginx: InstalledNginx) -> None:
    nginx.edit("conf.d/headcount.conf", "rate=10r/s", "rate=1r/m")
    nginx.start(BEHIND_PROXY)

    def visit(address: str) -> int:
        return client.get(f"{nginx.url}/headcount", headers={"X-Forwarded-For": address}).status_code

    with httpx.Client() as client:
        assert {visit(f"2001:db8:0:1::{host:x}") for host in range(100)} == {200, 429}
        assert visit("2001:db8:0:2::1") == 200
        # IPv4-mapped addresses, as on a dual-stack socket.
        assert {visit(f"::ffff:203.0.113.{host}") for host in range(100)} == {200}
        assert {visit(f"203.0.113.{host}") for host in range(100)} == {200}


SITE = r"""
    expires 1h;
    fastcgi_intercept_errors on;
    error_page 400 401 403 404 405 /own-error;
    location /                     { return 200 mine; }
    location = /healthz            { return 200 mine; }
    location = /stats              { return 200 mine; }
    location = /badge.svg          { return 200 mine; }
    location = /headcount-of-staff { return 200 mine; }
    location ~* \.(svg|js|json|csv|yaml)$ { return 200 mine; }
"""


def test_a_site_keeps_its_pages_and_headcount_its_answers(
    nginx: InstalledNginx, start_responder: Callable[..., Responder]
) -> None:
    responder = start_responder(HEADCOUNT_STATS="public")
    nginx.start(SITE)

    for path in ("", "healthz", "stats", "badge.svg", "logo.svg", "headcount-of-staff", "headcount.html", "headcounts"):
        assert httpx.get(f"{nginx.url}/{path}").text == "mine"
    below = ("badge.svg", "badge.json", "stats", "days.csv", "pages.csv", "healthz", "openapi.yaml", "nothing.svg")
    served = ("/headcount.js", "/headcount-v1.js", "/headcount.json?page=/a")
    refused = ("/headcount?page=x", "/headcount.svg?color=mauve", "/headcount.json?page=x")
    for path in (*served, *refused, *(f"/headcount/{name}" for name in below)):
        answer, own = httpx.get(nginx.url + path), responder.ask(path)
        assert (answer.status_code, answer.content) == (own.status, own.body)
        added = {"date", "server", "connection"}
        assert sorted(each for each in answer.headers.multi_items() if each[0] not in added) == sorted(
            (name.lower(), value) for name, value in own.headers.items() if name != "Status"
        )
    assert records.site(responder.database)[0] == 0
    for count, path in enumerate(("/headcount", "/headcount.svg"), 1):
        answer = httpx.get(nginx.url + path)
        assert answer.status_code == 200 and len(answer.headers.get_list("Cache-Control")) == 1
        assert records.site(responder.database)[0] == count


@pytest.mark.usefixtures("responder")
def test_a_site_that_compresses_compresses_the_script_and_the_browser_keeps_it(nginx: InstalledNginx) -> None:
    nginx.start("gzip on; gzip_min_length 10; gzip_types application/json;")
    with httpx.Client(base_url=nginx.url, headers={"Accept-Encoding": "gzip"}) as client:
        plain = client.get("/headcount.js", headers={"Accept-Encoding": "identity"})
        script = client.get("/headcount.js")
        assert script.content == plain.content
        assert (script.headers["Content-Encoding"], script.headers["Vary"]) == ("gzip", "Accept-Encoding")
        assert script.headers["ETag"] == f"W/{plain.headers['ETag']}"
        kept = client.get("/headcount.js", headers={"If-None-Match": script.headers["ETag"]})
        assert (kept.status_code, kept.content) == (304, b"")
        assert "Content-Encoding" not in client.get("/headcount").headers


@pytest.mark.parametrize("path", ["//headcount", "/%68eadcount", "/headcount//healthz"])
def test_headcount_knows_each_path_in_one_spelling(nginx: InstalledNginx, responder: Responder, path: str) -> None:
    nginx.start()
    answer = httpx.get(nginx.url + path)
    assert (answer.status_code, answer.content) == (404, responder.ask("/nothing").body)
    assert records.site(responder.database)[0] == 0


def test_a_responder_that_is_down_or_hangs_is_a_readable_502_or_504(nginx: InstalledNginx, directory: Path) -> None:
    nginx.edit("snippets/headcount-location.conf", "fastcgi_read_timeout 10s", "fastcgi_read_timeout 200ms")
    nginx.start()
    assert_readable_problem(httpx.post(f"{nginx.url}/headcount", content=b"x" * 5000, headers=OTHER_ORIGIN), 413)
    down = httpx.get(f"{nginx.url}/headcount", headers=OTHER_ORIGIN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(directory / "headcount.sock"))
        (directory / "headcount.sock").chmod(0o666)
        listener.listen()
        hanging = httpx.get(f"{nginx.url}/headcount", headers=OTHER_ORIGIN)

    for answer, status in ((down, 502), (hanging, 504)):
        assert_readable_problem(answer, status)
        assert answer.headers["Retry-After"] == "5"


def raw(nginx: InstalledNginx, request: bytes) -> httpx.Response:
    """Sends bytes that an HTTP client would not."""
    with socket.create_connection(("127.0.0.1", nginx.port), timeout=60) as connection:
        connection.sendall(request)
        head, _, body = b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = [tuple(line.split(": ", 1)) for line in lines]
    return httpx.Response(int(status.split()[1]), headers=headers, content=body)


CHUNKED = "Transfer-Encoding: chunked\r\n\r\n"


def test_errors_of_nginx_itself_are_readable_with_the_example_error_page(
    nginx: InstalledNginx, responder: Responder
) -> None:
    example = (nginx.prefix / "sites-available/headcount.conf").read_text()
    nginx.start(re.search(r"error_page .*;", example)[0])

    for request_line, rest, status in (
        ("POST /headcount HTTP/1.1", f"Content-Length: 5000\r\n\r\n{'x' * 5000}", 413),
        ("POST /headcount HTTP/1.1", f"{CHUNKED}1388\r\n{'x' * 5000}\r\n0\r\n\r\n", 413),
        ("POST /headcount HTTP/1.1", f"{CHUNKED}zz\r\nabc\r\n0\r\n\r\n", 400),
        ("POST /headcount HTTP/1.1", "Transfer-Encoding: gzip\r\n\r\n", 501),
        ("GET /headcount HTTP/3.0", "\r\n", 505),
        ("GET /headcount HTTP/1.1", "Content-Length: x\r\n\r\n", 400),
        ("TRACE /headcount HTTP/1.1", "\r\n", 405),
    ):
        answer = raw(nginx, f"{request_line}\r\nHost: x\r\nConnection: close\r\n{rest}".encode())
        assert_readable_problem(answer, status)
        assert ("Allow" in answer.headers) == (status == 405)
    assert records.site(responder.database)[0] == 0


@pytest.mark.usefixtures("one_day", "responder")
def test_a_client_can_not_choose_its_address(nginx: InstalledNginx) -> None:
    nginx.start()

    for address in ("203.0.113.7", "203.0.113.8"):
        tally = httpx.get(f"{nginx.url}/headcount", headers={"X-Forwarded-For": address, "X-Real-IP": address}).json()

    assert tally == {"count": 2, "unique": 1}


@pytest.mark.usefixtures("one_day", "responder")
def test_behind_a_proxy_the_address_comes_from_the_proxy(nginx: InstalledNginx) -> None:
    nginx.start(BEHIND_PROXY)

    def unique_after(forwarded_for: str) -> int:
        return httpx.get(f"{nginx.url}/headcount", headers={"X-Forwarded-For": forwarded_for}).json()["unique"]

    assert unique_after("203.0.113.7") == 1
    assert unique_after("203.0.113.8") == 2
    assert unique_after("198.51.100.66, 203.0.113.8") == 2, "addresses that the visitor added are ignored"
    assert unique_after("203.0.113.8, 127.0.0.1") == 2, "a second trusted proxy is not the visitor"


@pytest.mark.usefixtures("one_day", "responder")
def test_behind_cloudflare_the_address_comes_from_its_header(nginx: InstalledNginx) -> None:
    [fetch] = commands("docs/vps.md", "Behind a proxy")
    nginx.follow(f"curl() {{ printf '127.0.0.1/32\\n2400:cb00::/32\\n'; }}\n{fetch}")
    [site] = blocks("docs/vps.md", "nginx", "Behind a proxy")
    nginx.start(site.replace("include snippets/headcount.conf;", ""))  # which is there already

    def unique_after(address: str) -> int:
        headers = {"CF-Connecting-IP": address, "X-Forwarded-For": "192.0.2.1"}
        return httpx.get(f"{nginx.url}/headcount", headers=headers).json()["unique"]

    assert [unique_after(address) for address in ("203.0.113.7", "203.0.113.8", "203.0.113.8")] == [1, 2, 2]


def test_the_whole_site_counts_over_tls_and_redirects_to_it(nginx: InstalledNginx, responder: Responder) -> None:
    redirecting_port = free_port()
    nginx.start_whole_site("visits.example.org", redirecting_port)

    redirect = httpx.get(f"http://127.0.0.1:{redirecting_port}/headcount?page=/demo")
    assert redirect.status_code == 301
    assert redirect.headers["Location"] == "https://visits.example.org/headcount?page=/demo"
    challenge = nginx.prefix / ".well-known/acme-challenge/token"
    challenge.parent.mkdir(parents=True)
    challenge.write_text("token.thumbprint")
    proof = httpx.get(f"http://127.0.0.1:{redirecting_port}/.well-known/acme-challenge/token")
    assert proof.text == "token.thumbprint"

    with httpx.Client(base_url=f"https://127.0.0.1:{nginx.port}", headers=OTHER_ORIGIN, verify=False) as client:
        assert client.get("/headcount").json() == {"count": 1, "unique": 1}
        assert client.get("/elsewhere").status_code == 404
        assert client.get("/headcount-problem").status_code == 404
        assert_readable_problem(client.get("/headcount", params={"page": "/" + "x" * 9000}), 414)
    assert records.site(responder.database)[0] == 1
