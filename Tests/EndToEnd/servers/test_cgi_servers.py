"""Plain CGI on shared hosting's terms: lighttpd and Apache start the program for each request, with deploy/cgi."""

import concurrent.futures
import os
import re
import shutil
import subprocess
import tempfile
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
# What the how-to has its reader type in the folder of the script.
STEPS = re.search(r"```sh\n(\s+sed -i .*?)```", (FILES / "README.md").read_text(), re.DOTALL)[1]
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
LoadModule env_module /usr/lib/apache2/modules/mod_env.so
TypesConfig /dev/null
ListenBacklog 1024
MaxRequestWorkers 32
DocumentRoot {root}
<Directory {root}>
    AllowOverride Options FileInfo AuthConfig
    Require all granted
</Directory>
SetEnv HEADCOUNT_CONFIG ""
<Files direct.cgi>
    SetEnv HEADCOUNT_DATABASE {home}/headcount/headcount.db
</Files>
"""


class Site:
    """A web space: a home with the program, and a document root with the script."""

    def __init__(self, server: str, directory: Path, program: Path) -> None:
        self.home = directory
        self.database = directory / "headcount/headcount.db"
        self.database.parent.mkdir(mode=0o700)
        (directory / "headcount/headcount-fcgi").symlink_to(program)
        self.root = directory / "htdocs"
        self.root.mkdir()
        script = self.root / "headcount.cgi"
        shutil.copy(FILES / "headcount.cgi", script)
        subprocess.run(["sh", "-euc", STEPS], cwd=self.root, env=os.environ | {"HOME": str(directory)}, check=True)
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
        executable = shutil.which(command[0], path=PATH)
        assert executable, f"{command[0]} is not installed"
        # Apache, when it ends, ends its whole process group: that must not be ours.
        self.process = subprocess.Popen([executable, *command[1:]], stdin=subprocess.DEVNULL, start_new_session=True)

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


@pytest.fixture(scope="session")
def reachable_program() -> Iterator[Path]:
    """A copy: Apache's user may not reach a checkout in somebody's home."""
    with tempfile.TemporaryDirectory(prefix="headcount-", dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        yield Path(shutil.copy(BINARY, directory))


@pytest.fixture(params=["lighttpd", "apache2"])
def site(request: pytest.FixtureRequest, directory: Path, reachable_program: Path) -> Iterator[Site]:
    site = Site(request.param, directory, reachable_program)
    try:
        yield site.start()
    finally:
        site.stop()


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


QUERIES = {"--help": 200, "-V": 200, "a+b+c": 200, "-c+id": 200, ";id": 200, "page": 400}


@pytest.mark.parametrize(("query", "status"), QUERIES.items())
def test_a_query_that_becomes_arguments_has_no_effect(site: Site, query: str, status: int) -> None:
    answer = httpx.get(f"{site.url}/count?{query}")
    assert answer.status_code == status, answer.text
    assert "Usage" not in answer.text and "uid=" not in answer.text


@pytest.mark.parametrize("site", ["apache2"], indirect=True)
@pytest.mark.parametrize(("query", "status"), QUERIES.items())
def test_arguments_that_reach_the_program_itself_have_no_effect(
    site: Site, reachable_program: Path, query: str, status: int
) -> None:
    """With no shell between: Apache makes arguments of a query without a "="."""
    witness = site.root / "witness.cgi"
    witness.write_text('#!/bin/sh\nprintf "Content-Type: text/plain\\n\\n%s" "$#"\n')
    witness.chmod(0o755)
    assert int(httpx.get(f"{site.url.replace('headcount.cgi', 'witness.cgi')}?{query}").text) >= 1, (
        "there are arguments"
    )
    (site.root / "direct.cgi").symlink_to(reachable_program)
    direct = f"{site.url.replace('headcount.cgi', 'direct.cgi')}/count"
    answer = httpx.get(f"{direct}?{query}")
    assert answer.status_code == status, site.log
    assert httpx.get(direct).json()["count"] == (2 if status == 200 else 1)


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


@pytest.mark.usefixtures("one_day")
@pytest.mark.parametrize("crowd", [0, 500_000], ids=["a new file", "a crowded file"])
def test_200_visits_at_once_are_counted_exactly(site: Site, record_property, crowd: int) -> None:
    """A process each, and no one looks at all that a crowd has left in the file."""
    if crowd:
        assert httpx.get(f"{site.url}/count").json() == {"count": 1, "unique": 1}
        sql = """
            INSERT INTO visitor SELECT (SELECT day FROM salt), randomblob(16) FROM (
                WITH RECURSIVE crowd (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM crowd WHERE number < ?)
                SELECT number FROM crowd
            )"""
        records.change(site.database, sql, crowd)
    first = 2 if crowd else 1
    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(lambda _: httpx.get(f"{site.url}/count", timeout=60, trust_env=False), range(200)))
    answered = [answer.json()["count"] for answer in answers if answer.status_code == 200]
    count, _ = records.site(site.database)
    slowest = max(answer.elapsed.total_seconds() for answer in answers)
    record_property(
        "figure",
        f"200 CGI visits at once, {crowd} hashes stored: {len(answered)} answered, slowest {slowest:.1f} s",
    )
    assert len(answered) == 200, site.log
    assert sorted(answered) == list(range(first, first + 200))
    assert count == first + 199
    records.assert_sound(site.database)
