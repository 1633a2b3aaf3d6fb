"""`headcount check`: each finding with its remedy, and a status of its own."""

import os
import re
from pathlib import Path

import pytest
import records
from clock import Clock
from command import Command
from dynamodb import Table


@pytest.fixture
def command(start_responder) -> Command:
    responder = start_responder()
    for number in range(5):
        responder.ask(f"/count?page=/{number}", REMOTE_ADDR=f"192.0.2.{number}")
    return Command.of(responder.database)


def findings(command: Command) -> tuple[int, list[str]]:
    """The status, and what it finds but for the clock of this machine, which may not be kept right."""
    ended = command.run("check", "--quiet")
    assert ended.stderr == ""
    return ended.returncode, [line for line in ended.stdout.splitlines() if "nothing keeps it right" not in line]


def test_nothing_is_wrong_while_the_service_runs(command: Command) -> None:
    said = command.ok("check")
    assert "ok: the database is whole: 5 visits, 5 unique" in said
    assert "PROBLEM" not in said
    assert findings(command) == (0, [])


def test_it_tells_what_the_service_would_do_and_no_secret(command: Command) -> None:
    command.settings = command.settings | {
        "HEADCOUNT_STATS_PASSWORD": "open sesame",
        "HEADCOUNT_IGNORE": "192.0.2.0/24, 2001:db8::1",
        "HEADCOUNT_ALLOWED_ORIGINS": "https://example.com,https://*.example.org:8443",
        "HEADCOUNT_LISTEN": "[::1]:9000",
        "HEADCOUNT_BASE_PATH": "/hc",
    }
    said = command.ok("check")
    assert "sesame" not in said and "HEADCOUNT_STATS_PASSWORD=***" in said
    assert "HEADCOUNT_IGNORE=192.0.2.0/24,2001:db8::1\n" in said
    assert "counts at /hc/count, for pages of https://example.com,https://*.example.org:8443" in said
    assert "leaves out crawlers and 192.0.2.0/24, 2001:db8::1" in said
    assert "else on [::1]:9000" in said
    assert "statistics to whoever has the password" in said


def test_a_password_that_everybody_may_read_is_told(command: Command, directory: Path) -> None:
    file = directory / "headcount.env"
    file.write_text("HEADCOUNT_STATS_PASSWORD=open sesame\n")
    command.settings = command.settings | {"HEADCOUNT_CONFIG": file}
    file.chmod(0o644)
    assert findings(command) == (0, [f"warning: everybody here may read the password in {file}; run: chmod o-r {file}"])
    file.chmod(0o640)
    assert findings(command) == (0, [])


def test_it_shows_settings_as_they_could_be_set_again(command: Command) -> None:
    shown = dict(re.findall(r"^  (HEADCOUNT_\w+)=(.*)$", command.ok("check"), re.MULTILINE))
    again = Command(command.settings | shown).ok("check")
    assert dict(re.findall(r"^  (HEADCOUNT_\w+)=(.*)$", again, re.MULTILINE)) == shown


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "UPDATE counter SET count = 3 WHERE page = ''",
            "the days of the site add up to 5 visits, 5 unique; its total is 3",
        ),
        ("DELETE FROM counter WHERE page = '/1'", "the days of /1 add up to 1 visits, 1 unique; its total is 0"),
    ],
)
def test_numbers_that_can_not_be_are_found(command: Command, sql: str, said: str) -> None:
    records.change(command.settings["HEADCOUNT_DATABASE"], sql)
    status, [line] = findings(command)
    assert status == 65
    assert line.startswith("PROBLEM: the database is damaged: ") and said in line and "restore a backup" in line


def test_a_damaged_file_is_found(command: Command) -> None:
    database: Path = command.settings["HEADCOUNT_DATABASE"]
    copy = database.with_name("copy.db")
    command.ok("backup", copy)
    content = bytearray(copy.read_bytes())
    content[8192:12288] = b"\xa5" * 4096
    copy.write_bytes(content)
    status, [line] = findings(Command.of(copy))
    assert status == 65 and "damaged" in line and "restore a backup" in line


def test_a_file_that_others_may_read_is_told(command: Command) -> None:
    database: Path = command.settings["HEADCOUNT_DATABASE"]
    database.chmod(0o644)
    status, [line] = findings(command)
    assert status == 0
    assert line.startswith("warning: ") and f"chmod 600 {database}" in line


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_files_of_several_owners_are_told(command: Command) -> None:
    database: Path = command.settings["HEADCOUNT_DATABASE"]
    os.chown(database, 12345, 12345)
    status, lines = findings(command)
    assert status == 77
    assert any(f"chown --reference={database} {database}-wal" in line for line in lines)
    assert any(f"the owner of {database} may not write in {database.parent}" in line for line in lines)


def test_a_clock_that_is_wrong_is_told(command: Command, clock: Clock) -> None:
    clock.set("1999-12-31 23:00:00")
    status, lines = findings(Command(command.settings | clock.settings))
    assert status == 71
    assert any("the clock says 1999-12-31T23:00:0" in line and "set it" in line for line in lines)


def test_a_database_that_is_missing_is_told(directory: Path) -> None:
    status, [line] = findings(Command.of(directory / "none.db"))
    assert status == 66 and "there is no database" in line
    assert not list(directory.iterdir())


def test_a_table_is_asked(table: Table) -> None:
    assert "ok: the table answers: 0 visits, 0 unique" in Command.of(table).ok("check")
    status, [line] = findings(Command.of(table, HEADCOUNT_DYNAMODB_TABLE="not-there"))
    assert status == 69 and "check HEADCOUNT_DYNAMODB_TABLE" in line
    status, [line] = findings(Command.of(table, AWS_REGION=""))
    assert status == 78 and "AWS_REGION" in line


def test_settings_that_are_wrong_are_all_told() -> None:
    ended = Command({"HEADCOUNT_STORE": "paper", "HEADCOUNT_MAX_PAGES": "many"}).run("check")
    assert ended.returncode == 78
    assert len(ended.stderr.splitlines()) == 2
