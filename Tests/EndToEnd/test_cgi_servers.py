"""Plain CGI on shared hosting's terms: lighttpd and Apache start the program for each request, with deploy/cgi."""

import concurrent.futures
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import records
from deadline import until
from nginx_site import listens
from responder import BINARY, REPOSITORY
from webserver import free_port

FILES = REPOSITORY / "deploy/cgi"
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"

LIGHTTPD = """
server.document-root = "{root}"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{home}/lighttpd.log"
server.breakagelog = "{home}/error.log"
server.upload-dirs = ( "{home}" )
include "{files}/lighttpd.conf"
"""

APACHE = """
ServerRoot {home}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {home}/apache.pid
DefaultRuntimeDir {home}
Mutex pthread
ErrorLog {home}/error.log
{user}
LoadModule mpm_prefork_module /usr/lib/apache2/modules/mod_mpm_prefork.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so
LoadModule cgi_module /usr/lib/apache2/modules/mod_cgi.so
TypesConfig /dev/null
ListenBacklog 1024
MaxRequestWorkers 32
DocumentRoot {root}
<Directory {root}>
    AllowOverride Options FileInfo AuthConfig
    Require all granted
</Directory>
"""


class Site:
    """A web space: a home with the program, and a document root with the script."""

    def __init__(self, server: str, directory: Path) -> None:
        self.home = directory
        self.database = directory / "headcount/headcount.db"
        self.database.parent.mkdir(mode=0o700)
        (directory / "headcount/headcount-fcgi").symlink_to(BINARY)
        self.root = directory / "htdocs"
        self.root.mkdir()
        script = self.root / "headcount.cgi"
        shutil.copy(FILES / "headcount.cgi", script)
        script.write_text(script.read_text().replace("$HOME", str(directory)))
        shutil.copy(FILES / "htaccess", self.root / ".htaccess")
        self.script = script
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/headcount.cgi"
        configuration = directory / "server.conf"
        values = {"home": directory, "root": self.root, "port": self.port, "files": FILES}
        if server == "lighttpd":
            configuration.write_text(LIGHTTPD.format(**values))
            command = ["lighttpd", "-D", "-f", configuration]
        else:
            # Apache does not serve as root.
            user = ""
            if os.geteuid() == 0:
                user = "User nobody\nGroup nogroup"
                for path in (directory, directory / "headcount"):
                    shutil.chown(path, "nobody", "nogroup")
                directory.chmod(0o755)
            configuration.write_text(APACHE.format(**values, user=user))
            command = ["apache2", "-DFOREGROUND", "-f", configuration]
        program = shutil.which(command[0], path=PATH)
        assert program, f"{command[0]} is not installed"
        # Apache, when it ends, ends its whole process group: that must not be ours.
        self.process = subprocess.Popen([program, *command[1:]], stdin=subprocess.DEVNULL, start_new_session=True)

    def start(self) -> "Site":
        until(lambda: listens(self.port) or self.process.poll() is not None, "the web server listens")
        assert self.process.poll() is None, self.log
        return self

    @property
    def log(self) -> str:
        log = self.home / "error.log"
        return log.read_text() if log.exists() else ""

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)


@pytest.fixture(params=["lighttpd", "apache2"])
def site(request: pytest.FixtureRequest, directory: Path) -> Iterator[Site]:
    if os.geteuid() == 0 and request.param == "apache2" and not reachable_by_others(BINARY):
        pytest.skip("Apache's user can not reach the program from here")
    site = Site(request.param, directory)
    try:
        yield site.start()
    finally:
        site.stop()


def reachable_by_others(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


@pytest.mark.usefixtures("one_day")
def test_it_counts_and_answers_below_its_own_path(site: Site) -> None:
    assert httpx.get(f"{site.url}/healthz").json() == {"status": "ok"}, site.log
    answer = httpx.get(f"{site.url}/count", params={"page": "/café"})
    assert answer.json() == {"count": 1, "unique": 1, "page": {"path": "/café", "count": 1, "unique": 1}}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert httpx.post(f"{site.url}/count", content=b"x" * 100_000).json() == {"count": 2, "unique": 1}
    assert httpx.get(f"{site.url}/count.svg").headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert httpx.head(f"{site.url}/count").status_code == 200
    assert httpx.get(f"{site.url}/nothing").status_code == 404
    assert httpx.get(f"{site.url}").status_code == 404
    assert records.site(site.database) == (3, 1)


@pytest.mark.parametrize("query", ["--help", "-V", "a+b+c", "-c+id", ";id", "page"])
def test_a_query_that_becomes_arguments_has_no_effect(site: Site, query: str) -> None:
    answer = httpx.get(f"{site.url}/count?{query}")
    assert answer.status_code == (400 if query == "page" else 200), answer.text
    assert "Usage" not in answer.text and "uid=" not in answer.text


def test_the_password_reaches_it(site: Site) -> None:
    lines = site.script.read_text().replace("exec ", "export HEADCOUNT_STATS_PASSWORD=s3cret\nexec ")
    site.script.write_text(lines)
    assert httpx.get(f"{site.url}/stats").status_code == 401
    assert httpx.get(f"{site.url}/stats", auth=("x", "wrong")).status_code == 401
    assert httpx.get(f"{site.url}/stats", auth=("x", "s3cret")).status_code == 200, site.log


def test_what_is_wrong_is_in_the_log_and_not_in_the_answer(site: Site) -> None:
    site.script.write_text(site.script.read_text().replace("exec ", "export HEADCOUNT_MAX_PAGES=many\nexec "))
    answer = httpx.get(f"{site.url}/count")
    assert answer.status_code == 503
    assert "HEADCOUNT" not in answer.text
    assert "HEADCOUNT_MAX_PAGES=many" in site.log


def test_200_visits_at_once_are_counted_exactly(site: Site, record_property) -> None:
    with concurrent.futures.ThreadPoolExecutor(50) as pool, httpx.Client(timeout=60) as client:
        answers = list(pool.map(lambda _: client.get(f"{site.url}/count"), range(200)))
    answered = [answer.json()["count"] for answer in answers if answer.status_code == 200]
    failed = len(answers) - len(answered)
    count, _ = records.site(site.database)
    record_property("figure", f"200 CGI visits at once: {len(answered)} answered, {failed} failed, count {count}")
    assert failed == 0, site.log
    assert sorted(answered) == list(range(1, 201))
    assert count == 200
    records.assert_sound(site.database)
