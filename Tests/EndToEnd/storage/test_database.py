"""Files that are not ours to write to."""

import contextlib
import hashlib
import sqlite3

import pytest
import records
import responder as program


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def assert_refused(database, *said):
    """By a responder and by a script; the folder stays as it is."""
    before = digests(database.parent)
    ended = program.run(HEADCOUNT_DATABASE=database, HEADCOUNT_LISTEN=database.parent / "headcount.sock")
    assert (ended.returncode, ended.stdout) == (65, ""), ended.stderr
    [line] = ended.stderr.splitlines()
    assert f"HEADCOUNT_DATABASE={database}: " in line
    for words in said:
        assert words in line
    answered = program.run(
        HEADCOUNT_DATABASE=database, GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD="GET", REQUEST_URI="/count"
    )
    assert answered.returncode == 65 and answered.stdout.startswith("Status: 503")
    assert digests(database.parent) == before


@pytest.mark.parametrize("content", [b"Dear diary,\n", b"SQLite format 3\0"], ids=["a diary", "a header cut short"])
def test_a_file_that_is_no_database_is_refused(directory, content):
    database = directory / "headcount.db"
    database.write_bytes(content)
    assert_refused(database, "not a Headcount database", "name another file")


def test_the_database_of_another_program_is_refused(directory):
    database = directory / "headcount.db"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.executescript("PRAGMA journal_mode = WAL; CREATE TABLE counter (page TEXT, count INTEGER)")
    assert_refused(database, "not a Headcount database", "name another file")


@pytest.mark.parametrize(
    ("version", "said"),
    [(1000, ("newer", "install that version")), (0, ("before its first release", "headcount export"))],
)
def test_a_database_of_another_version_is_refused_and_keeps_its_log(start_responder, directory, version, said):
    """A crash has left visits in the log, then somebody installed an older version."""
    home = directory / "home"
    home.mkdir()
    responder = start_responder(HEADCOUNT_DATABASE=home / "headcount.db")
    responder.ask("/count")
    assert responder.stop() == 0
    records.change(responder.database, f"PRAGMA user_version = {version}")
    assert_refused(responder.database, *said)
    assert [path.name for path in home.iterdir()] == ["headcount.db"]
    with contextlib.closing(sqlite3.connect(responder.database)) as newer:
        newer.execute("UPDATE counter SET count = count + 1")
        newer.commit()
        log = responder.database.with_name("headcount.db-wal")
        before = log.read_bytes()
        assert before
        ended = program.run(HEADCOUNT_DATABASE=responder.database, HEADCOUNT_LISTEN=directory / "second.sock")
        assert ended.returncode == 65
        assert log.read_bytes() == before


@pytest.mark.parametrize("kind", ["a folder", "in no folder"])
def test_a_path_that_can_not_be_a_database_is_a_clear_error(directory, kind):
    database = directory / "place"
    if kind == "a folder":
        database.mkdir()
    else:
        database = database / "headcount.db"
    ended = program.run(HEADCOUNT_DATABASE=database, HEADCOUNT_LISTEN=directory / "headcount.sock")
    assert ended.returncode == 73
    [line] = ended.stderr.splitlines()
    assert f"HEADCOUNT_DATABASE={database}: " in line
