"""Files that are not ours to write to, or not fit to be."""

import contextlib
import fcntl
import hashlib
import os
import sqlite3

import pytest
import records
import responder as program


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(database):
    return program.run(HEADCOUNT_DATABASE=database, HEADCOUNT_LISTEN=database.parent / "headcount.sock")


def assert_refused(database, *said):
    before = digest(database)
    ended = run(database)
    assert ended.returncode == 65, ended.stderr
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    assert f"HEADCOUNT_DATABASE={database}: " in line
    for words in said:
        assert words in line
    assert digest(database) == before
    # Nor may a script be answered from it.
    answered = program.run(
        HEADCOUNT_DATABASE=database, GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD="GET", REQUEST_URI="/count"
    )
    assert "200" not in answered.stdout
    assert digest(database) == before


@pytest.fixture
def used(start_responder, directory):
    """A database with a few visits in it, closed and alone in its directory."""
    home = directory / "database"
    home.mkdir()
    responder = start_responder(HEADCOUNT_DATABASE=home / "headcount.db")
    for number in range(200):
        responder.ask(f"/count?page=/{number}", REMOTE_ADDR=f"192.0.2.{number}")
    assert responder.stop() == 0
    assert [path.name for path in home.iterdir()] == ["headcount.db"]
    return responder


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        b"Dear diary,\n",
        b"\n" * 5000,
        bytes(4096),
        bytes(range(256)) * 64,
        b"SQLite format 3\0",
        b"SQLite format 3\0" * 512,
    ],
    ids=["a byte", "a diary", "lines", "zeros", "bytes", "a header cut short", "a header of nothing"],
)
def test_a_file_that_is_no_database_is_refused(directory, content):
    home = directory / "home"
    home.mkdir()
    database = home / "headcount.db"
    database.write_bytes(content)
    assert_refused(database, "not a Headcount database", "name another file")


@pytest.mark.parametrize("wal", [False, True])
@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE note (text)",
        "CREATE TABLE counter (page TEXT PRIMARY KEY, count INTEGER, uniq INTEGER)",
        "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)",
        "PRAGMA application_id = 252006674",
    ],
)
def test_the_database_of_another_program_is_refused(directory, sql, wal):
    home = directory / "home"
    home.mkdir()
    database = home / "headcount.db"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        if wal:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE other (x)")
        connection.execute(sql)
        connection.commit()
    assert_refused(database, "not a Headcount database", "name another file")


def test_a_database_of_a_newer_version_is_refused(used):
    records.change(used.database, "INSERT INTO grdb_migrations VALUES ('2099 holograms')")
    assert_refused(used.database, "newer", "install that version")


def test_a_damaged_database_is_refused(used):
    size = used.database.stat().st_size
    assert size > 5 * 4096
    whole = used.database.read_bytes()
    for page in range(1, size // 4096):
        damaged = bytearray(whole)
        damaged[page * 4096 : (page + 1) * 4096] = b"\xa5" * 4096
        used.database.write_bytes(damaged)
        if whole[page * 4096 : (page + 1) * 4096].strip(b"\0"):
            assert_refused(used.database, "damaged", "restore a backup")


def test_a_database_cut_short_is_refused(used):
    whole = used.database.read_bytes()
    for pages in (1, 2, len(whole) // 4096 - 1):
        used.database.write_bytes(whole[: pages * 4096])
        assert_refused(used.database, "damaged", "restore a backup")


def test_a_refused_database_gets_no_files_beside_it(used):
    """They would be root's when root has tried it, and then in the way of the service."""
    records.change(used.database, "INSERT INTO grdb_migrations VALUES ('2099 holograms')")
    assert run(used.database).returncode == 65
    assert [path.name for path in used.database.parent.iterdir()] == ["headcount.db"]


def test_a_refused_database_keeps_its_log(used):
    """A crash has left visits in the log, then somebody installed an older version."""
    records.change(used.database, "INSERT INTO grdb_migrations VALUES ('2099 holograms')")
    log = used.database.with_name("headcount.db-wal")
    with contextlib.closing(sqlite3.connect(used.database)) as newer:
        newer.execute("UPDATE counter SET count = count + 1")
        newer.commit()
        assert log.stat().st_size > 0
        before = digest(log)
        assert_refused(used.database, "newer")
        assert digest(log) == before


def test_an_empty_file_becomes_a_database(make_responder, directory):
    database = directory / "headcount.db"
    database.touch()
    responder = make_responder().start()
    assert responder.ask("/count").json["count"] == 1
    responder.stop()
    records.assert_sound(database)


def test_a_database_keeps_its_numbers_from_start_to_start(used):
    used.start()
    assert used.ask("/count?page=/7", REMOTE_ADDR="192.0.2.7").json["count"] == 201
    assert records.counters(used.database)["/7"][0] == 2


@pytest.mark.parametrize("kind", ["a directory", "in no directory", "in a file"])
def test_a_path_that_can_not_be_a_database_is_a_clear_error(directory, kind):
    database = directory / "place"
    if kind == "a directory":
        database.mkdir()
    elif kind == "in no directory":
        database = database / "headcount.db"
    else:
        database.write_text("x")
        database = database / "headcount.db"
    ended = program.run(HEADCOUNT_DATABASE=database, HEADCOUNT_LISTEN=directory / "headcount.sock")
    assert ended.returncode not in (0, -6, -11)
    [line] = ended.stderr.splitlines()
    assert f"HEADCOUNT_DATABASE={database}: " in line


def test_the_file_is_made_as_designed(start_responder):
    responder = start_responder()
    responder.ask("/count?page=/a")
    tables = dict(records.query(responder.database, "SELECT name, sql FROM sqlite_schema WHERE type = 'table'"))
    assert set(tables) >= {"counter", "daily", "visitor", "salt"}
    assert all("STRICT" in tables[name] for name in ("counter", "daily", "visitor", "salt"))
    assert "WITHOUT ROWID" in tables["visitor"]
    assert records.query(responder.database, "PRAGMA journal_mode") == [("wal",)]


def test_a_directory_that_somebody_keeps_locked_delays_the_start_and_ends_it(directory):
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        ended = run(directory / "headcount.db")
    finally:
        os.close(descriptor)
    assert ended.returncode == 75
    assert "another process holds a lock" in ended.stderr
    assert not (directory / "headcount.db").exists()
