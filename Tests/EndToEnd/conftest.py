"""Every test has a directory, responders and web servers of its own, so that tests may run side by side."""

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
from responder import Responder
from sites import FastCGISite, LambdaSite, Site
from terraform_account import Account, make_administrator
from terraform_project import Project
from webserver import Nginx


def pytest_addoption(parser: pytest.Parser) -> None:
    # Workers, who are told no option but those given, find it in their environment.
    seed = int(os.environ.setdefault("PYTEST_SEED", str(random.randrange(2**32))))
    parser.addoption("--seed", type=int, default=seed, help="repeat what was random in another run")
    parser.addoption("--soak", type=int, default=0, metavar="MINUTES", help="run the long forms, for about so long")


def pytest_report_header(config: pytest.Config) -> str:
    return f"--seed {config.getoption('--seed')}"


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """What is random in a test comes from this; a test that fails prints it."""
    return request.config.getoption("--seed")


@pytest.fixture
def soak(request: pytest.FixtureRequest) -> int:
    """How many minutes a test may take; 0 for its short form."""
    return request.config.getoption("--soak")


@pytest.fixture
def directory() -> Iterator[Path]:
    """Short, because the path of a Unix socket has at most 107 bytes (unix(7))."""
    path = Path(tempfile.mkdtemp(prefix="headcount-", dir="/tmp"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def small_disk(request: pytest.FixtureRequest, directory: Path) -> Iterator[Path]:
    """A file system in memory, which root may mount: of 1 MB, or of a size that the test names as tmpfs does."""
    disk = directory / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={getattr(request, 'param', '1m')}", "headcount-test", disk]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("root may not mount here, as in a container")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.fixture
def make_responder(directory: Path) -> Iterator[Callable[..., Responder]]:
    """Responders that, at the end, still run, have printed nothing, and end as they should."""
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
                assert each.is_running, f"it ended by itself with {each.process.returncode}: {each.log}"
                assert each.stop() == 0, each.log
            assert each.stdout.read_bytes() == b""
    finally:
        for each in started:
            each.kill()


@pytest.fixture
def start_responder(make_responder: Callable[..., Responder]) -> Callable[..., Responder]:
    return lambda *arguments, **settings: make_responder(*arguments, **settings).start()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of the contract ask each way in, but for those of what only one has."""
    if "way" in metafunc.fixturenames:
        is_of_fastcgi = metafunc.definition.get_closest_marker("fastcgi")
        metafunc.parametrize("way", ["fastcgi"] if is_of_fastcgi else ["fastcgi", "lambda"])


@pytest.fixture
def start_site(way: str, request: pytest.FixtureRequest) -> Callable[..., Site]:
    """Starts a counter with these settings, and what serves it."""
    return request.getfixturevalue(f"start_{way}_site")


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


@pytest.fixture(scope="session")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of `dist/lambda.zip`."""
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
    """With every setting at its default."""
    return start_site()


@pytest.fixture
def one_day() -> None:
    """Keeps a test that counts a day's visitors from running into midnight."""
    until(lambda: time.time() % 86400 < 86400 - 20, "the new day")


@pytest.fixture(scope="session")
def moto() -> Iterator[Moto]:
    server = Moto().start()
    yield server
    server.stop()


@pytest.fixture
def guarded() -> Iterator[Moto]:
    """A server of this test's own, since it is the server that asks everybody for permission."""
    server = Moto("--as-aws").start()
    yield server
    server.stop()


@pytest.fixture
def project(guarded: Moto, directory: Path) -> Project:
    return Project(directory, guarded.endpoint)


@pytest.fixture
def account(guarded: Moto) -> Account:
    """Makes clients of somebody who may do anything, also when moto asks."""
    return partial(guarded.client, **make_administrator(guarded))


@pytest.fixture(scope="session")
def ministack() -> Iterator[Ministack]:
    server = Ministack().start()
    yield server
    server.stop()


@pytest.fixture
def dynamodb(request: pytest.FixtureRequest) -> Server:
    """moto, or the one that a test is parametrised with."""
    return request.getfixturevalue(getattr(request, "param", "moto"))


@pytest.fixture
def table(dynamodb: Server) -> Table:
    """A DynamoDB table with nothing in it."""
    return dynamodb.make_table()


@pytest.fixture
def clock(directory: Path) -> Clock:
    return Clock(directory)
