"""What is measured: how each responder is built and started, and how nginx reaches it."""

import getpass
import os
import re
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent
REPOSITORY = BENCHMARKS.parent
PEERS = BENCHMARKS / "peers"
COUNT_PATH = "/headcount"

FASTCGI = {"repeat", "browser", "page", "new", "crowd"}


@dataclass(frozen=True)
class Places:
    programs: Path  # built programs, kept between runs
    data: Path  # databases, on a disk where fdatasync is real
    session: Path  # sockets and configuration; a short path, since a socket's has at most 107 bytes (unix(7))
    binary: Path  # headcount-fcgi

    def socket(self, name: str) -> Path:
        return self.session / f"{name}.sock"

    def database(self, name: str) -> Path:
        return self.data / f"{name}.db"


@dataclass(frozen=True)
class Responder:
    name: str
    title: str
    scenarios: set[str]
    command: list[str]
    upstream: str  # what nginx's upstream of this name holds
    location: str  # what nginx's location holds
    database: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)
    path: str = COUNT_PATH
    counts_visitors: bool = False
    visitors: int = 0  # how many visitors of today are in the database before the first request


class NotInstalledError(Exception):
    """Something that a responder needs is not installed."""


def all_responders(visitors: int) -> dict[str, Callable[[Places], Responder]]:
    """By name, in the order of a round. Each is built when it is called."""
    responders = {"null": null_loop, "durable": durable_loop, "headcount": headcount}
    if visitors:
        responders["headcount-full"] = lambda places: headcount_full(places, visitors)
    peers = {"go": go, "python": python, "php": php, "headcount-cgi": headcount_cgi, "perl-cgi": perl_cgi}
    return responders | peers


# MARK: Headcount and the two limits


def null_loop(places: Places) -> Responder:
    command = [compile_c("null_loop", places), str(places.socket("null"))]
    return Responder("null", "C, does nothing", FASTCGI, command, kept_alive(places, "null"), AS_INSTALLED)


def durable_loop(places: Places) -> Responder:
    database = places.database("durable")
    command = [compile_c("durable_loop", places), str(places.socket("durable")), str(database)]
    title = "C, durable, a transaction a batch"
    return Responder("durable", title, FASTCGI, command, kept_alive(places, "durable"), AS_INSTALLED, database)


def headcount(places: Places, name: str = "headcount", title: str = "Headcount") -> Responder:
    database = places.database(name)
    environment = {
        "HEADCOUNT_CONFIG": "",
        "HEADCOUNT_DATABASE": str(database),
        "HEADCOUNT_LISTEN": str(places.socket(name)),
        "HEADCOUNT_LOG_LEVEL": "warning",
    }
    command, upstream = [str(places.binary)], kept_alive(places, name)
    return Responder(name, title, FASTCGI, command, upstream, AS_INSTALLED, database, environment, counts_visitors=True)


def headcount_full(places: Places, visitors: int) -> Responder:
    plain = headcount(places, "headcount-full", f"Headcount, {visitors / 1e6:g} million visitors today")
    return replace(plain, scenarios={"repeat", "new"}, visitors=visitors)


# MARK: Peers


def go(places: Places) -> Responder:
    source = Path("/usr/share/gocode/src/github.com/mattn/go-sqlite3")
    compiler = find("go")
    if not source.is_dir():
        raise NotInstalledError(f"the driver of the package golang-github-mattn-go-sqlite3-dev ({source})")
    program = places.programs / "count-go"
    variables = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(places.programs / "go-cache")}
    command = [compiler, "build", "-tags", "libsqlite3", "-o", str(program), str(PEERS / "count.go")]
    subprocess.run(command, env=os.environ | variables, check=True)

    database = new_database(places, "go")
    title = "Go, net/http/fcgi, mattn/go-sqlite3"
    command = [str(program), str(places.socket("go")), str(database)]
    return Responder("go", title, {"repeat"}, command, kept_alive(places, "go"), AS_INSTALLED, database)


def python(places: Places) -> Responder:
    program = find("uwsgi")
    plugins = Path("/usr/lib/uwsgi/plugins")
    if not (plugins / "python3_plugin.so").exists():
        raise NotInstalledError("uWSGI's plugin of the package uwsgi-plugin-python3")
    socket, database = str(places.socket("python")), new_database(places, "python")
    command = [program, "--plugin", "python3", "--socket", socket, "--wsgi-file", str(PEERS / "count_wsgi.py")]
    command += ["--master", "--processes", "2", "--lazy-apps", "--need-app", "--die-on-term", "--disable-logging"]
    command += ["--logto", f"{places.data}/uwsgi.log", "--listen", "511"]
    location = "include /etc/nginx/uwsgi_params; uwsgi_pass python;"
    environment = {"DATABASE": str(database), "PYTHONDONTWRITEBYTECODE": "1"}
    title = "Python, uWSGI, sqlite3"
    return Responder("python", title, {"repeat"}, command, f"server unix:{socket};", location, database, environment)


def php(places: Places) -> Responder:
    program = find("php-fpm8.2")
    socket, database = places.socket("php"), new_database(places, "php")
    configuration = places.session / "php-fpm.conf"
    # SQLite has one writer at a time, so more workers only wait longer for each other: 1 and 4 are slower than 2.
    configuration.write_text(f"""[global]
daemonize = no
error_log = {places.data}/php-fpm.log
[count]
user = {getpass.getuser()}
listen = {socket}
listen.backlog = 511
pm = static
pm.max_children = 2
""")
    if not php_has_sqlite():
        raise NotInstalledError("PHP's extension of the package php8.2-sqlite3")
    command = [program, "--nodaemonize", "--allow-to-run-as-root", "--fpm-config", str(configuration)]
    location = f"""
        include /etc/nginx/fastcgi_params;
        fastcgi_param SCRIPT_FILENAME {PEERS}/count.php;
        fastcgi_param DATABASE {database};
        fastcgi_pass php;"""
    upstream = f"server unix:{socket};"
    return Responder("php", "PHP-FPM 8.2, PDO SQLite", {"repeat"}, command, upstream, location, database)


def php_has_sqlite() -> bool:
    modules = subprocess.run(["php-fpm8.2", "-m"], capture_output=True, text=True, check=False).stdout
    return "pdo_sqlite" in modules


# MARK: CGI: nginx hands the requests to a lighttpd, which starts a process for each


def headcount_cgi(places: Places) -> Responder:
    folder = places.data / "headcount-cgi"
    folder.mkdir()
    (folder / "headcount-fcgi").symlink_to(places.binary)
    script = (REPOSITORY / "deploy/cgi/headcount.cgi").read_text()
    script = re.sub(r"^directory=.*$", f"directory={folder}", script, flags=re.MULTILINE)
    (folder / "headcount.cgi").write_text(script)
    (folder / "headcount.cgi").chmod(0o755)
    path = "/headcount.cgi" + COUNT_PATH
    return lighttpd(places, "headcount-cgi", "Headcount as CGI", folder, folder / "headcount.db", path)


def perl_cgi(places: Places) -> Responder:
    if subprocess.run([find("perl"), "-MDBD::SQLite", "-e", "1"], capture_output=True, check=False).returncode:
        raise NotInstalledError("Perl's module of the package libdbd-sqlite3-perl")
    return lighttpd(places, "perl-cgi", "Perl as CGI, DBI", PEERS, new_database(places, "perl-cgi"), "/count.cgi")


def lighttpd(places: Places, name: str, title: str, folder: Path, database: Path, path: str) -> Responder:
    program, port = find("lighttpd"), free_port()
    configuration = places.session / f"{name}.conf"
    configuration.write_text(f"""
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{folder}"
server.errorlog = "{places.data}/{name}.log"
server.breakagelog = "{places.data}/{name}-script.log"
server.modules += ( "mod_setenv" )
setenv.set-environment = ( "DATABASE" => "{database}" )
{(REPOSITORY / "deploy/cgi/lighttpd.conf").read_text()}""")
    command = [program, "-D", "-f", str(configuration)]
    upstream = f"server 127.0.0.1:{port}; keepalive 64;"
    location = f'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://{name};'
    return Responder(name, title, {"cgi"}, command, upstream, location, database, path=path)


# MARK: Helpers


# nginx's location as installed, without its limits on the rate, which would be all that is measured.
AS_INSTALLED = "include headcount-location.conf;"


def location_as_installed() -> str:
    shipped = (REPOSITORY / "deploy/nginx/snippets/headcount-location.conf").read_text()
    return "".join(line for line in shipped.splitlines(True) if not re.match(r"limit_req|error_page", line))


def kept_alive(places: Places, name: str) -> str:
    """nginx's upstream as installed, with another socket."""
    shipped = (REPOSITORY / "deploy/nginx/conf.d/headcount.conf").read_text()
    block = re.search(r"^upstream headcount \{$(.*?)^\}$", shipped, re.MULTILINE | re.DOTALL)
    assert block, "deploy/nginx/conf.d/headcount.conf has no upstream"
    return re.sub(r"unix:[^;]*", f"unix:{places.socket(name)}", block[1])


def find(command: str) -> str:
    path = shutil.which(command)
    if path is None:
        raise NotInstalledError(command)
    return path


def compile_c(name: str, places: Places) -> str:
    program = str(places.programs / name)
    flags = subprocess.run(
        [find("pkg-config"), "--cflags", "--libs", "fcgi", "sqlite3"], capture_output=True, text=True, check=False
    )
    if flags.returncode:
        raise NotInstalledError(f"libfcgi-dev or libsqlite3-dev: {flags.stderr.strip()}")
    source = str(BENCHMARKS / f"{name}.c")
    subprocess.run([find("cc"), "-O2", "-std=gnu11", source, "-o", program, *flags.stdout.split()], check=True)
    return program


def new_database(places: Places, name: str) -> Path:
    """The tables of durable_loop.c, for a peer."""
    path = places.data / f"{name}.db"
    connection = sqlite3.connect(path)
    connection.executescript("""
        PRAGMA journal_mode = WAL;
        CREATE TABLE counter(page TEXT PRIMARY KEY, count INTEGER NOT NULL, uniq INTEGER NOT NULL)
            STRICT, WITHOUT ROWID;
        CREATE TABLE daily(day INTEGER NOT NULL, page TEXT NOT NULL, count INTEGER NOT NULL, uniq INTEGER NOT NULL,
            PRIMARY KEY(day, page)) STRICT, WITHOUT ROWID;
        INSERT INTO counter VALUES('', 0, 1);
    """)
    connection.close()
    return path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
