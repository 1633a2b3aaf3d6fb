"""Fixtures. All tests share one server with the latest package of `make deb`; each restores what it changes."""

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
    assert os.geteuid() == 0, "only root can boot a machine"
    made = subprocess.run([REPOSITORY / "scripts/make-vps-root"], check=True, stdout=subprocess.PIPE, text=True)
    return Path(made.stdout.strip())


@pytest.fixture(scope="session")
def machine(template: Path) -> Iterator[Machine]:
    """In .build, so that a machine that was not removed is noticed."""
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
