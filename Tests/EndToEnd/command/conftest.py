import pytest
from command import Command


@pytest.fixture
def command(start_responder) -> Command:
    """The command for a counter with five visits, each by another visitor to another page."""
    responder = start_responder()
    for number in range(5):
        responder.ask(f"/headcount?page=/{number}", REMOTE_ADDR=f"192.0.2.{number}")
    return Command.of(responder.database)
