"""The line for cron in docs/dashboard.md mails the numbers of a week."""

import subprocess
from collections.abc import Callable

from command import BINARY
from documents import read
from responder import Responder, environment


def test_cron_mails_the_numbers_of_a_week(start_responder: Callable[..., Responder]) -> None:
    responder = start_responder()
    responder.ask("/headcount?page=/a")
    [block] = read("docs/dashboard.md").section("A mail each week").blocks
    *_, user, command = block.text.split(maxsplit=6)
    stubs = f'headcount() {{ {BINARY} "$@"; }}; mail() {{ echo "$@"; cat; }}'
    settings = environment(HEADCOUNT_DATABASE=responder.database)
    mailed = subprocess.check_output(["sh", "-euc", f"{stubs}; {command}"], env=settings, text=True, timeout=60)
    assert user == "root"
    assert mailed.startswith("-s Visits this week you@example.com\nThe site: 1 visit")
