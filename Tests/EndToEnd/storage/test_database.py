"""Files that the responder must refuse to write to, and reading one by hand. SQLiteStoreTests covers every kind of bad
file."""

import contextlib
import re
import sqlite3
import subprocess

import pytest
import records
import responder as program
from documents import blocks


def assert_refused(database, status, *expected):
    """The responder and the CGI script both refuse the file and leave it unchanged."""
    before = database.is_file() and database.read_bytes()
    result = program.run(HEADCOUNT_DATABASE=database, HEADCOUNT_LISTEN=database.parent / "refused.sock")
    assert (result.returncode, result.stdout) == (status, ""), result.stderr
    [line] = result.stderr.splitlines()
    assert f"HEADCOUNT_DATABASE={database}: " in line
    assert all(words in line for words in expected), line
    answered = program.run_script(HEADCOUNT_DATABASE=database)
    assert answered.returncode == status and answered.stdout.startswith(b"Status: 503")
    assert (database.is_file() and database.read_bytes()) == before


def test_a_file_that_is_not_a_database_is_refused(directory):
    database = directory / "headcount.db"
    database.write_bytes(b"Dear diary,\n")
    assert_refused(database, 65, "not a Headcount database", "name another file")


def test_a_folder_is_refused(directory):
    assert_refused(directory, 73)


@pytest.mark.parametrize(
    ("version", "expected"),
    [(1000, ("newer", "install that version")), (0, ("first release", "headcount export"))],
)
def test_a_database_of_another_version_is_refused_and_keeps_its_write_ahead_log(start_responder, version, expected):
    """As after a crash left visits in the log, and an older version was installed."""
    responder = start_responder()
    responder.ask("/headcount")
    assert responder.stop() == 0
    records.change(responder.database, f"PRAGMA user_version = {version}")
    with contextlib.closing(sqlite3.connect(responder.database)) as newer:
        newer.execute("UPDATE counter SET count = count + 1")
        newer.commit()
        log = responder.database.with_name("headcount.db-wal")
        before = log.read_bytes()
        assert before
        assert_refused(responder.database, 65, *expected)
        assert log.read_bytes() == before


@pytest.mark.usefixtures("one_day")
def test_the_file_can_be_read_while_the_service_runs_as_documented(start_responder):
    responder = start_responder()
    responder.ask("/headcount")
    document = (program.REPOSITORY / "docs/storage.md").read_text()
    [command] = re.findall(r"`(sqlite3 .*) /var/lib/headcount/headcount.db`", document)
    [sql] = blocks("docs/storage.md", "sql")
    output = subprocess.run([*command.split(), responder.database, sql], capture_output=True, check=True, text=True)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d\|1\|1\n", output.stdout)
