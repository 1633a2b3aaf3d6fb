"""The package that `make deb` has made last, on a server that all tests share: each leaves it as it was."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from figures import pytest_terminal_summary  # noqa: F401
from machine import Machine
from responder import REPOSITORY
from server import Server


@pytest.fixture(scope="session")
def package() -> Path:
    packages = sorted((REPOSITORY / "dist").glob("headcount_*.deb"), key=lambda path: path.stat().st_mtime)
    assert packages, "dist/headcount_*.deb is missing: run `make deb`"
    return packages[-1]


@pytest.fixture(scope="session")
def template() -> Path:
    assert os.geteuid() == 0, "a machine can be booted by root only"
    made = subprocess.run([REPOSITORY / "scripts/make-vps-root"], check=True, stdout=subprocess.PIPE, text=True)
    return Path(made.stdout.strip())


@pytest.fixture(scope="session")
def machine(template: Path) -> Iterator[Machine]:
    """Not in a folder that the tests of others clear: a machine that is not removed has to be seen."""
    folder = REPOSITORY / ".build/vps"
    folder.mkdir(parents=True, exist_ok=True)
    machine = Machine(folder, template)
    try:
        yield machine.start()
    finally:
        machine.remove()


@pytest.fixture(scope="session")
def server(machine: Machine, package: Path) -> Server:
    server = Server(machine)
    server.install(package)
    return server
