"""`headcount import-log` reads the access logs of web servers in the formats that they write if nothing else is set."""

from collections.abc import Callable, Iterator
from pathlib import Path

import exports
import httpx
import pytest
from access_log import FIREFOX, GOOGLE, QUOTED
from command import Command
from nginx_site import InstalledNginx
from other_servers import WebServer

pytestmark = pytest.mark.usefixtures("one_day")

# The formats in Debian's apache2.conf.
APACHE = r"""
LogFormat "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" vhost_combined
LogFormat "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" debian
CustomLog vhosts.log vhost_combined
CustomLog combined.log debian
"""


@pytest.fixture
def web_server(directory: Path) -> Iterator[Callable[[str], WebServer]]:
    servers: list[WebServer] = []

    def make(name: str) -> WebServer:
        servers.append(WebServer(name, directory))
        for page in ("caf\u00e9", "a b"):
            (servers[-1].home / "htdocs" / page).write_text("")
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


def visit(url: str) -> None:
    """Sends three visits by two visitors, and one by a crawler."""
    for address, agent, target in (
        ("127.0.0.2", FIREFOX, "/caf%C3%A9"),
        ("127.0.0.2", FIREFOX, "/a%20b?x=%22"),
        ("127.0.0.3", f"{QUOTED} \u00e9", "/caf%C3%A9"),
        ("127.0.0.4", GOOGLE, "/caf%C3%A9"),
    ):
        headers = {"Host": "example.com", "User-Agent": agent.encode()}
        with httpx.Client(transport=httpx.HTTPTransport(local_address=address)) as client:
            assert client.get(url + target, headers=headers).status_code == 200


@pytest.fixture
def assert_read(start_responder, directory: Path) -> Callable[[Path], None]:
    """Asserts that a log has these visits."""

    def check(log: Path) -> None:
        command = Command.of(start_responder(log.stem, HEADCOUNT_DATABASE=directory / f"{log.stem}.db").database)
        command.ok("import-log", "--apply", log)
        numbers = exports.read(command.ok("export"))
        counts = {page: list(days.values()) for page, (_, days) in numbers.items()}
        assert counts == {None: [(3, 2)], "/caf\u00e9": [(2, 2)], "/a b": [(1, 1)]}, log.read_text()

    return check


def test_nginx(nginx: InstalledNginx, assert_read) -> None:
    nginx.start("location / { return 200; }")
    visit(nginx.url)
    nginx.stop()
    assert_read(nginx.prefix / "access.log")


def test_apache(web_server, assert_read) -> None:
    server = web_server("apache2")
    server.apache("mpm_event authz_core env", APACHE)
    visit(server.url)
    server.stop()
    assert_read(server.home / "combined.log")
    assert_read(server.home / "vhosts.log")


def test_caddy(web_server, assert_read) -> None:
    server = web_server("caddy")
    site = f":{server.port} {{\n\tlog {{\n\t\toutput file {server.home}/caddy.log\n\t}}\n\trespond 200\n}}\n"
    text = f"{{\n\tadmin off\n}}\n{site}"
    server.start("caddy", "run", "--adapter", "caddyfile", "--config", server.configure(text))
    visit(server.url)
    server.stop()
    assert_read(server.home / "caddy.log")


def test_lighttpd(web_server, assert_read, directory: Path) -> None:
    server = web_server("lighttpd")
    empty = directory / "empty.conf"
    empty.write_text("")
    server.lighttpd(empty)
    visit(server.url)
    server.stop()
    assert_read(server.home / "access.log")
