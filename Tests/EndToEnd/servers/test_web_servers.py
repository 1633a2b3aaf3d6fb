"""Apache, Caddy and lighttpd with their shipped files: in front of the responder, and running the CGI script."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import records
from deadline import until
from documents import commands
from other_servers import WebServer
from responder import BINARY, REPOSITORY, Responder

DEPLOY = REPOSITORY / "deploy"
FILES = {"apache2": "apache/headcount.conf", "caddy": "caddy/Caddyfile", "lighttpd": "lighttpd/headcount.conf"}
# Run in the folder of the program and in that of the script.
STEPS = commands("deploy/cgi/README.md", "Headcount as a CGI script")
ORIGIN = "https://blog.example"

APACHE_CGI = """
TypesConfig /dev/null
<Directory {home}/htdocs>
    AllowOverride Options FileInfo AuthConfig
    Require all granted
</Directory>
"""


def client(address: str) -> httpx.Client:
    return httpx.Client(transport=httpx.HTTPTransport(local_address=address))


def assert_it_counts(server: WebServer, base: str) -> None:
    """Sends three visits by one visitor, and requests that count nothing."""
    answer = httpx.get(f"{base}/headcount", params={"page": "/café"}, headers={"Origin": ORIGIN})
    assert answer.status_code == 200, server.log
    assert answer.json() == {"count": 1, "unique": 1, "page": {"path": "/café", "count": 1, "unique": 1}}
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert httpx.post(f"{base}/headcount", content=b"{}").json() == {"count": 2, "unique": 1}
    assert httpx.get(f"{base}/headcount.svg").headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert httpx.get(f"{base}/headcount/healthz").json() == {"status": "ok"}
    assert httpx.get(f"{base}/headcount.json").json() == {"count": 3, "unique": 1, "pages": []}
    assert httpx.head(f"{base}/headcount").status_code == 200
    assert httpx.options(f"{base}/headcount", headers={"Origin": ORIGIN}).status_code == 204
    for path in ("headcount.js", "headcount-v1.js"):
        script = httpx.get(f"{base}/{path}", headers={"Origin": "https://other.example"})
        assert (script.status_code, script.headers["Access-Control-Allow-Origin"]) == (200, "*"), server.log
        cached = httpx.get(f"{base}/{path}", headers={"If-None-Match": f'"x", W/{script.headers["ETag"]}'})
        assert (cached.status_code, cached.content, cached.headers["ETag"]) == (304, b"", script.headers["ETag"])
    refused = httpx.get(f"{base}/headcount", headers={"Origin": "https://other.example"})
    assert (refused.status_code, refused.headers["Content-Type"]) == (403, "application/problem+json")
    assert httpx.get(f"{base}/headcount/stats").status_code == 401
    assert httpx.get(f"{base}/headcount/stats", auth=("x", "wrong")).status_code == 401
    for path in ("", "stats", "days.csv"):
        assert httpx.get(f"{base}/headcount/{path}", auth=("x", "s3cret")).status_code == 200, server.log


@pytest.fixture(params=["", "/counter"], ids=["", "base path"])
def base(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def responder(start_responder: Callable[..., Responder], base: str) -> Responder:
    return start_responder(
        HEADCOUNT_STATS_PASSWORD="s3cret", HEADCOUNT_ALLOWED_ORIGINS=ORIGIN, HEADCOUNT_BASE_PATH=base
    )


@pytest.fixture(params=FILES)
def front(request: pytest.FixtureRequest, directory: Path, responder: Responder, base: str) -> Iterator[WebServer]:
    """A web server with its shipped file; only the socket's path, the base path and Caddy's site name are replaced."""
    server = WebServer(request.param, directory)
    server.base = server.url + base
    text = (DEPLOY / FILES[server.name]).read_text()
    assert "/run/headcount/headcount.sock" in text
    text = text.replace("/run/headcount/headcount.sock", str(responder.address))
    text = re.sub('(?<=[ "^])/headcount', f"{base}/headcount", text)
    try:
        if server.name == "apache2":
            server.apache("mpm_event authz_core env proxy proxy_fcgi", text)
        elif server.name == "caddy":
            site = f"{server.url} {{\n\tlog {{\n\t\toutput file {server.home}/access.log\n\t}}\n"
            text = "{\n\tadmin off\n}\n" + text.replace("counter.example.com {\n", site)
            server.start("caddy", "run", "--adapter", "caddyfile", "--config", server.configure(text))
        else:
            file = server.home / "headcount.conf"
            file.write_text(text)
            server.lighttpd(file)
        yield server
    finally:
        server.stop()


@pytest.mark.usefixtures("one_day")
def test_it_forwards_visits_and_does_not_log_them(front: WebServer, responder: Responder) -> None:
    assert_it_counts(front, front.base)
    with client("127.0.0.2") as visitor:
        for address in ("203.0.113.7", "203.0.113.8"):
            headers = {"X-Forwarded-For": address, "X-Real-IP": address, "Forwarded": f"for={address}"}
            tally = visitor.get(f"{front.base}/headcount", headers=headers).json()
    assert tally == {"count": 5, "unique": 2}, "a client can't choose its address"
    assert records.site(responder.database) == (5, 2)

    assert responder.stop() == 0
    assert httpx.get(f"{front.base}/headcount").status_code in (502, 503)
    responder.start()
    until(lambda: httpx.get(f"{front.base}/headcount/healthz").status_code == 200, "the restarted responder answers")

    (front.home / "htdocs/headcount-of-staff").write_text("mine")
    with client("127.0.0.3") as reader:
        other = reader.get(f"{front.url}/headcount-of-staff")
    assert (other.status_code, other.text) == ((404, "") if front.name == "caddy" else (200, "mine"))
    # A server writes its buffered log lines when it stops.
    front.stop()
    files = [path for path in front.home.rglob("*") if path.is_file()]
    assert [path for path in files if b"127.0.0.2" in path.read_bytes()] == []
    [line] = (front.home / "access.log").read_text().splitlines()
    assert "127.0.0.3" in line and "/headcount-of-staff" in line, "the site's own pages are logged as before"


@pytest.fixture(params=["apache2", "lighttpd"])
def web_space(request: pytest.FixtureRequest, directory: Path) -> Iterator[WebServer]:
    """Set up as deploy/cgi/README.md says."""
    server = WebServer(request.param, directory)
    folder, root = server.home / "headcount", server.home / "htdocs"
    shutil.copy(BINARY, server.home / "headcount-fcgi")
    shutil.copy(DEPLOY / "cgi/headcount.cgi", root)
    shutil.copy(DEPLOY / "cgi/htaccess", root / ".htaccess")
    for step, place in zip(STEPS, (server.home, root), strict=True):
        subprocess.run(["sh", "-euc", step], cwd=place, env=os.environ | {"HOME": str(server.home)}, check=True)
    try:
        if server.name == "apache2":
            if os.geteuid() == 0:
                shutil.chown(folder, "nobody", "nogroup")
            rest = APACHE_CGI.format(home=server.home)
            server.apache("mpm_prefork authz_core mime cgi env", rest)
        else:
            server.lighttpd(DEPLOY / "cgi/lighttpd.conf")
        yield server
    finally:
        server.stop()


def export(web_space: WebServer, *settings: str) -> None:
    script = web_space.home / "htdocs/headcount.cgi"
    lines = "".join(f"export {setting}\n" for setting in settings)
    script.write_text(script.read_text().replace("exec ", lines + "exec "))


@pytest.mark.usefixtures("one_day")
def test_the_cgi_script_counts_under_its_own_path(web_space: WebServer) -> None:
    export(web_space, "HEADCOUNT_STATS_PASSWORD=s3cret", f"HEADCOUNT_ALLOWED_ORIGINS={ORIGIN}")
    script = f"{web_space.url}/headcount.cgi"
    assert_it_counts(web_space, script)
    for path in (script, f"{script}/headcount-of-staff"):
        assert httpx.get(path).status_code == 404
    # A web server may pass a query without "=" as arguments.
    assert httpx.get(f"{script}/headcount?--help").json() == {"count": 4, "unique": 1}
    assert records.site(web_space.home / "headcount/headcount.db") == (4, 1)

    export(web_space, "HEADCOUNT_MAX_PAGES=many")
    answer = httpx.get(f"{script}/headcount")
    assert answer.status_code == 503
    assert "HEADCOUNT" not in answer.text
    assert "HEADCOUNT_MAX_PAGES=many" in web_space.log
