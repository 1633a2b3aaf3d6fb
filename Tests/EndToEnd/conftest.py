"""Fixtures. Every test has its own directory, responders and web servers, so tests can run in parallel."""

import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import responder
from clock import Clock
from deadline import until
from dynamodb import Ministack, Moto, Server, Table
from figures import pytest_terminal_summary  # noqa: F401
from lambda_function import Function, unpack
from nginx_site import InstalledNginx
from playwright.sync_api import Browser, sync_playwright
from responder import Responder
from sites import FastCGISite, LambdaSite, Site
from terraform_account import Account, make_administrator
from terraform_project import Project
from webserver import Nginx


def pytest_addoption(parser: pytest.Parser) -> None:
    # xdist passes only options from the command line to its workers, so the seed goes through the environment.
    seed = int(os.environ.setdefault("PYTEST_SEED", str(random.randrange(2**32))))
    parser.addoption("--seed", type=int, default=seed, help="repeat a run with the same random choices")
    parser.addoption(
        "--soak", type=int, default=0, metavar="MINUTES", help="run the long forms, for about MINUTES each"
    )


def pytest_report_header(config: pytest.Config) -> str:
    return f"--seed {config.getoption('--seed')}"


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Seeds all random choices of a test; pytest's header shows it."""
    return request.config.getoption("--seed")


@pytest.fixture
def soak(request: pytest.FixtureRequest) -> int:
    """How many minutes the long form of a test takes; 0 for the short form."""
    return request.config.getoption("--soak")


@pytest.fixture
def directory() -> Iterator[Path]:
    """A temporary directory with a short path: that of a Unix socket is limited to 107 bytes (unix(7))."""
    path = Path(tempfile.mkdtemp(prefix="headcount-", dir="/tmp"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def small_disk(request: pytest.FixtureRequest, directory: Path) -> Iterator[Path]:
    """A mounted tmpfs of 1 MB, or of the size in the test's parameter."""
    disk = directory / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={getattr(request, 'param', '1m')}", "headcount-test", disk]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting needs root outside an unprivileged container")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.fixture
def make_responder(directory: Path) -> Iterator[Callable[..., Responder]]:
    """Makes responders. After the test, each must still run, have printed nothing, and stop with status 0."""
    assert responder.BINARY.exists(), f"{responder.BINARY} is missing: run `make build`"
    responders: list[Responder] = []

    def make(name: str = "headcount", **settings: str | Path | int) -> Responder:
        responders.append(Responder(directory, name, **settings))
        return responders[-1]

    yield make
    started = [each for each in responders if each.process]
    try:
        for each in started:
            if each.process.returncode is None:
                assert each.is_running, f"the responder exited with {each.process.returncode}: {each.log}"
                assert each.stop() == 0, each.log
            assert each.stdout.read_bytes() == b""
    finally:
        for each in started:
            each.kill()


@pytest.fixture
def start_responder(make_responder: Callable[..., Responder]) -> Callable[..., Responder]:
    return lambda *arguments, **settings: make_responder(*arguments, **settings).start()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that use a site run with FastCGI and with Lambda, unless they are marked `fastcgi`."""
    if "entry_point" in metafunc.fixturenames:
        only_fastcgi = metafunc.definition.get_closest_marker("fastcgi")
        metafunc.parametrize("entry_point", ["fastcgi"] if only_fastcgi else ["fastcgi", "lambda"])


@pytest.fixture
def start_site(entry_point: str, request: pytest.FixtureRequest) -> Callable[..., Site]:
    """Starts a counter with these settings, and its web server."""
    return request.getfixturevalue(f"start_{entry_point}_site")


@pytest.fixture
def start_fastcgi_site(directory: Path, start_responder: Callable[..., Responder]) -> Iterator[Callable[..., Site]]:
    sites: list[FastCGISite] = []

    def start(**settings: str | int) -> FastCGISite:
        running = start_responder(**settings)
        home = directory / f"nginx-{len(sites)}"
        home.mkdir()
        sites.append(FastCGISite(running, Nginx(home, running.address).start()))
        return sites[-1]

    yield start
    for site in sites:
        site.nginx.stop()


@pytest.fixture
def nginx(directory: Path) -> Iterator[InstalledNginx]:
    """nginx with the files of deploy/nginx."""
    server = InstalledNginx(directory)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in `dist/lambda.zip`."""
    return unpack(tmp_path_factory.mktemp("lambda"))


@pytest.fixture
def start_function(bootstrap: Path, directory: Path) -> Iterator[Callable[..., Function]]:
    functions: list[Function] = []

    def start(**settings: str | int) -> Function:
        functions.append(Function(bootstrap, directory / f"function-{len(functions)}.log", **settings))
        return functions[-1].start()

    yield start
    for function in functions:
        function.stop()


@pytest.fixture
def start_lambda_site(bootstrap: Path, directory: Path, moto: Moto) -> Iterator[Callable[..., LambdaSite]]:
    sites: list[LambdaSite] = []

    def start(**settings: str | int) -> LambdaSite:
        table = moto.make_table()
        function = Function(bootstrap, directory / f"site-{len(sites)}.log", **table.settings | settings)
        sites.append(LambdaSite(function, table))
        return sites[-1].start()

    yield start
    for site in sites:
        site.stop()


@pytest.fixture
def site(start_site: Callable[..., Site]) -> Site:
    """A counter with default settings."""
    return start_site()


@pytest.fixture
def one_day() -> None:
    """Waits if midnight is near, for tests that count the visitors of one day."""
    until(lambda: time.time() % 86400 < 86400 - 20, "the new day")


@pytest.fixture(scope="session")
def moto() -> Iterator[Moto]:
    server = Moto().start()
    yield server
    server.stop()


@pytest.fixture
def strict_moto() -> Iterator[Moto]:
    """A separate server for this test, because permission checks apply to a whole server."""
    server = Moto("--as-aws").start()
    yield server
    server.stop()


@pytest.fixture
def project(strict_moto: Moto, directory: Path) -> Project:
    return Project(directory, strict_moto.endpoint)


@pytest.fixture
def account(strict_moto: Moto) -> Account:
    """Makes clients with all permissions, also after moto has begun to check them."""
    return partial(strict_moto.client, **make_administrator(strict_moto))


@pytest.fixture(scope="session")
def ministack() -> Iterator[Ministack]:
    server = Ministack().start()
    yield server
    server.stop()


@pytest.fixture
def dynamodb(request: pytest.FixtureRequest) -> Server:
    """moto, or the server in the test's parameter."""
    return request.getfixturevalue(getattr(request, "param", "moto"))


@pytest.fixture
def table(dynamodb: Server) -> Table:
    """An empty DynamoDB table."""
    return dynamodb.make_table()


@pytest.fixture
def clock(directory: Path) -> Clock:
    return Clock(directory)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        executable = shutil.which("chromium")
        assert executable, "chromium is not installed"
        # Every host name is this machine, and navigator.webdriver is false.
        options = [
            "--no-sandbox",
            "--host-resolver-rules=MAP * 127.0.0.1",
            "--disable-blink-features=AutomationControlled",
        ]
        browser = playwright.chromium.launch(
            executable_path=executable, args=options, ignore_default_args=["--disable-back-forward-cache"]
        )
        yield browser
        browser.close()
