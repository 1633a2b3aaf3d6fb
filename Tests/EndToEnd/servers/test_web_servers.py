"""Apache, Caddy and lighttpd in front of the responder, with the files that are shipped for them."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import records
from deadline import until
from nginx_site import listens
from responder import REPOSITORY, Responder
from webserver import free_port

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
FILES = {"apache2": "apache/headcount.conf", "caddy": "caddy/Caddyfile", "lighttpd": "lighttpd/headcount.conf"}

APACHE = """
ServerRoot {home}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {home}/apache.pid
DefaultRuntimeDir {home}
Mutex pthread
ErrorLog {home}/error.log
{user}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule env_module /usr/lib/apache2/modules/mod_env.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_fcgi_module /usr/lib/apache2/modules/mod_proxy_fcgi.so
LogFormat "%h %U" combined
CustomLog {home}/access.log combined env=!headcount
DocumentRoot {home}/htdocs
Include {file}
"""

LIGHTTPD = """
server.document-root = "{home}/htdocs"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{home}/error.log"
server.modules += ( "mod_accesslog" )
accesslog.filename = "{home}/access.log"
server.upload-dirs = ( "{home}" )
include "{file}"
"""

# Of the site that the shipped file is for.
CADDY_LOG = """{{
	log {{
		output file {home}/access.log
	}}
"""


class Site:
    """One of them with an access log and its shipped file, but for the socket's path, and for Caddy the site's name."""

    def __init__(self, server: str, directory: Path, responder: Responder) -> None:
        self.home = directory / server
        (self.home / "htdocs").mkdir(parents=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        file = self.home / "headcount.conf"
        text = (REPOSITORY / "deploy" / FILES[server]).read_text()
        assert "/run/headcount/headcount.sock" in text
        file.write_text(text.replace("/run/headcount/headcount.sock", str(responder.address)))
        values = {"home": self.home, "port": self.port, "file": file, "user": ""}
        configuration = self.home / "server.conf"
        match server:
            case "apache2":
                # Apache does not serve as root.
                if os.geteuid() == 0:
                    values["user"] = "User nobody\nGroup nogroup"
                    directory.chmod(0o755)
                configuration.write_text(APACHE.format(**values))
                command = ["apache2", "-DFOREGROUND", "-f", configuration]
            case "caddy":
                opening = f"{self.url} " + CADDY_LOG.format(**values)
                text = file.read_text().replace("counter.example.com {\n", opening)
                configuration.write_text("{\n\tadmin off\n}\n" + text)
                command = ["caddy", "run", "--adapter", "caddyfile", "--config", configuration]
            case "lighttpd":
                configuration.write_text(LIGHTTPD.format(**values))
                command = ["lighttpd", "-D", "-f", configuration]
        program = shutil.which(command[0], path=PATH)
        assert program, f"{command[0]} is not installed"
        with (self.home / "error.log").open("ab") as log:
            # Apache, when it ends, ends its whole process group: that must not be ours.
            self.process = subprocess.Popen(
                [program, *command[1:]],
                env=os.environ | {"HOME": str(self.home)},
                stdin=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return (self.home / "error.log").read_text()

    def start(self) -> "Site":
        until(lambda: listens(self.port) or self.process.poll() is not None, "the web server listens")
        assert self.process.poll() is None, self.log
        return self

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)


@pytest.fixture
def responder(start_responder: Callable[..., Responder]) -> Responder:
    return start_responder(HEADCOUNT_STATS_PASSWORD="s3cret", HEADCOUNT_ALLOWED_ORIGINS="https://blog.example")


@pytest.fixture(params=FILES)
def site(request: pytest.FixtureRequest, directory: Path, responder: Responder) -> Iterator[Site]:
    site = Site(request.param, directory, responder)
    try:
        yield site.start()
    finally:
        site.stop()


@pytest.mark.usefixtures("one_day")
def test_it_counts_who_visits(site: Site, responder: Responder) -> None:
    origin = {"Origin": "https://blog.example"}
    answer = httpx.get(f"{site.url}/count", params={"page": "/café"}, headers=origin)
    assert answer.status_code == 200, site.log
    assert answer.json() == {"count": 1, "unique": 1, "page": {"path": "/café", "count": 1, "unique": 1}}
    assert answer.headers["Access-Control-Allow-Origin"] == "https://blog.example"
    assert httpx.post(f"{site.url}/count", content=b"{}").json() == {"count": 2, "unique": 1}
    assert httpx.get(f"{site.url}/count.svg").headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as elsewhere:
        assert elsewhere.get(f"{site.url}/count").json() == {"count": 4, "unique": 2}
    assert records.site(responder.database) == (4, 2)


def test_what_does_not_count_is_answered_as_ever(site: Site, responder: Responder) -> None:
    assert httpx.get(f"{site.url}/healthz").json() == {"status": "ok"}, site.log
    assert httpx.head(f"{site.url}/count").status_code == 200
    preflight = httpx.options(f"{site.url}/count", headers={"Origin": "https://blog.example"})
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Methods"]) == (204, "GET, POST, OPTIONS")
    refused = httpx.get(f"{site.url}/count", headers={"Origin": "https://other.example"})
    assert (refused.status_code, refused.headers["Content-Type"]) == (403, "application/problem+json")
    assert httpx.get(f"{site.url}/count?page=x").json()["field"] == "page"
    # Apache hands over a large body, and gives up when that is refused before it is whole.
    too_large = 503 if site.home.name == "apache2" else 413
    assert httpx.post(f"{site.url}/count", content=b"x" * 100_000).status_code == too_large
    assert records.site(responder.database) == (0, 0)


def test_a_visitor_cannot_choose_an_address(site: Site) -> None:
    for address in ("203.0.113.7", "203.0.113.8"):
        headers = {"X-Forwarded-For": address, "X-Real-IP": address, "Forwarded": f"for={address}"}
        tally = httpx.get(f"{site.url}/count", headers=headers).json()
    assert tally == {"count": 2, "unique": 1}


def test_the_password_reaches_it(site: Site) -> None:
    assert httpx.get(f"{site.url}/stats").status_code == 401, site.log
    assert httpx.get(f"{site.url}/stats", auth=("x", "wrong")).status_code == 401
    assert httpx.get(f"{site.url}/stats", auth=("x", "s3cret")).status_code == 200


def test_other_paths_are_none_of_its_business(site: Site) -> None:
    (site.home / "htdocs/counts").write_text("mine")
    other = httpx.get(f"{site.url}/counts")
    if site.home.name == "caddy":
        assert (other.status_code, other.text) == (404, "")
    else:
        assert (other.status_code, other.text) == (200, "mine")


PATHS = {"/count": 200, "/count.svg": 200, "/badge.svg": 200, "/stats": 401, "/healthz": 200, "/openapi.yaml": 200}


def test_no_address_is_logged(site: Site) -> None:
    """The site's log is as it was: it has who visits other pages."""
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as visitor:
        assert {path: visitor.get(f"{site.url}{path}").status_code for path in PATHS} == PATHS
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.3")) as reader:
        assert reader.get(f"{site.url}/elsewhere").status_code == 404
    # What is still in its buffers is written.
    site.stop()
    files = [path for path in site.home.rglob("*") if path.is_file()]
    assert [path for path in files if b"127.0.0.2" in path.read_bytes()] == []
    [line] = (site.home / "access.log").read_text().splitlines()
    assert "127.0.0.3" in line and "/elsewhere" in line


def test_it_finds_a_responder_that_was_started_anew(site: Site, responder: Responder) -> None:
    assert httpx.get(f"{site.url}/count").json()["count"] == 1
    assert responder.stop() == 0
    assert httpx.get(f"{site.url}/count").status_code in (502, 503)
    responder.start()
    until(lambda: httpx.get(f"{site.url}/healthz").status_code == 200, "it is found again")
    assert httpx.get(f"{site.url}/count").json()["count"] == 2
