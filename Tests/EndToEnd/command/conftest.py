from collections.abc import Callable
from pathlib import Path

import pytest
from access_log import Logs
from command import Command


@pytest.fixture
def command(start_responder) -> Command:
    """The command for a counter with five visits, each by another visitor to another page."""
    responder = start_responder()
    for number in range(5):
        responder.ask(f"/headcount?page=/{number}", REMOTE_ADDR=f"192.0.2.{number}")
    return Command.of(responder.database)


@pytest.fixture
def make_database(make_responder, directory: Path) -> Callable[[str], Path]:
    """Makes empty databases, as the service does."""

    def make(name: str) -> Path:
        responder = make_responder(name, HEADCOUNT_DATABASE=directory / f"{name}.db").start()
        assert responder.stop() == 0
        responder.process = None
        return responder.database

    return make


@pytest.fixture
def logs(start_responder, directory: Path) -> Logs:
    folder = directory / "logs"
    folder.mkdir()
    return Logs(folder, Command.of(start_responder().database))
