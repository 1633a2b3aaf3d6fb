"""The command at a terminal (a pseudo-terminal)."""

import re
import subprocess
from pathlib import Path

import exports
import pytest
import records
from command import BINARY, Command
from responder import REPOSITORY, environment

pytestmark = pytest.mark.usefixtures("one_day")

ESCAPE = re.compile(r"\x1b\[[0-9;]*[mK]")


def test_a_terminal_gets_the_same_text_in_colour_unless_the_user_declines(command: Command) -> None:
    status, seen = command.on_terminal("stats", "--days", "3")
    plain = command.ok("stats", "--days", "3")
    assert status == 0
    assert "\x1b[36m\u2588" in seen, "the bars are coloured"
    assert ESCAPE.sub("", seen) == plain
    for setting in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert Command(command.settings | setting).on_terminal("stats", "--days", "3") == (0, plain)


@pytest.mark.parametrize(("answer", "total"), [(b"y\n", 500), (b"n\n", 5), (b"\x04", 5)])
def test_set_asks_for_confirmation(command: Command, answer: bytes, total: int) -> None:
    status, seen = command.on_terminal("set", "--count", "500", answers=answer)
    assert "the site has 5 visits, 5 unique; it gets 500 visits, 5 unique" in seen
    assert "Set it? [y/N]" in seen
    assert records.site(command.settings["HEADCOUNT_DATABASE"]) == (total, 5)
    assert ("nothing was changed" in seen) == (total == 5)
    assert status == (1 if total == 5 else 0)


def test_the_version_is_that_of_the_description(command: Command) -> None:
    assert f"  version: {command.ok('--version')}" in (REPOSITORY / "openapi.yaml").read_text()


def test_concurrent_set_commands_do_not_add_up(command: Command) -> None:
    processes = [command.start("set", "--count", "1000", "--yes") for _ in range(8)]
    result = [process.wait(60) for process in processes]
    for process in processes:
        process.communicate()
    assert 0 in result and set(result) <= {0, 75}
    assert records.site(command.settings["HEADCOUNT_DATABASE"]) == (1000, 5)


@pytest.mark.parametrize("arguments", [["stats"], ["export"], ["--help"]], ids=" ".join)
def test_a_failed_write_to_standard_output_is_an_error(command: Command, arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [BINARY, *arguments],
            env=environment(**command.settings),
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert (result.returncode, result.stderr) == (74, "headcount: standard output: No space left on device\n")


@pytest.mark.parametrize("arguments", [["pages", "rm", "/0"], ["prune", "--keep", "1"]], ids=" ".join)
def test_irreversible_changes_need_a_confirmation(command: Command, arguments: list[str]) -> None:
    records.change(command.settings["HEADCOUNT_DATABASE"], "UPDATE daily SET day = day - 3")
    before = command.ok("export")
    assert "--yes" in command.fails(64, *arguments)
    _, seen = command.on_terminal(*arguments, answers=b"n\n")
    assert "[y/N]" in seen
    assert command.ok("export") == before


def test_a_long_import_shows_its_progress(command: Command, directory: Path) -> None:
    file = directory / "many.jsonl"
    file.write_text(exports.write({None: ((0, 0), {})} | {f"/p{n}": ((n + 1, 0), {}) for n in range(400)}))
    status, seen = command.on_terminal("import", "--replace", file)
    assert status == 0
    assert re.search(r"importing \u2588+\u2591+ \d+ %", seen) and "100 %" in seen
    assert seen.splitlines()[-1].endswith("the site has 0 visits, 0 unique")
    assert command.run("import", "--replace", file).stderr == ""


def test_paths_can_not_send_control_sequences_to_the_terminal(command: Command) -> None:
    records.change(
        command.settings["HEADCOUNT_DATABASE"], "UPDATE daily SET page = '/' || char(27) || '[2J' WHERE page = '/0'"
    )
    assert "\x1b" not in command.ok("stats")
    odd = "/\u202egnp.exe\u2066\u200f"
    records.change(command.settings["HEADCOUNT_DATABASE"], f"UPDATE daily SET page = '{odd}' WHERE page = '/1'")
    records.change(command.settings["HEADCOUNT_DATABASE"], f"UPDATE counter SET page = '{odd}' WHERE page = '/1'")
    shown = "/?gnp.exe??"
    assert shown in command.ok("stats") and odd not in command.ok("stats")
    assert shown in command.on_terminal("pages")[1]
    assert odd in command.ok("pages"), "a pipe gets the path unchanged"
