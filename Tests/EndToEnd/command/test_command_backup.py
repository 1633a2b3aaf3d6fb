"""`headcount backup`, and what docs/command.md says about putting a backup back."""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import records
from command import BINARY, Command
from deadline import until
from dynamodb import Table
from responder import environment


@pytest.fixture
def responder(start_responder):
    responder = start_responder()
    for number in range(50):
        responder.ask(f"/count?page=/{number % 5}", REMOTE_ADDR=f"192.0.2.{number}")
    return responder


def test_a_backup_is_whole_while_visits_come_and_holds_no_visitor(responder, directory: Path) -> None:
    backups = directory / "backups"
    backups.mkdir()
    stop = threading.Event()
    answered = [50]

    def visit() -> None:
        number = 0
        with responder.connect() as connection:
            while not stop.is_set():
                number += 1
                answered.append(
                    connection.ask("/count?page=/0", REMOTE_ADDR=f"198.51.{number >> 8}.{number & 255}").json["count"]
                )

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        for number in range(10):
            before = answered[-1]
            backup = backups / f"{number}.db"
            said = Command.of(responder.database).ok("backup", backup)
            after = answered[-1] + 1
            records.assert_sound(backup)
            assert before <= records.site(backup)[0] <= after
            assert said.startswith(f"{backup}: {records.site(backup)[0]:,} visits")
            assert records.query(backup, "SELECT (SELECT count(*) FROM salt) + (SELECT count(*) FROM visitor)") == [
                (0,)
            ]
            assert backup.stat().st_mode & 0o777 == 0o600
    finally:
        stop.set()
        visitor.join()
    assert len(list(backups.iterdir())) == 10, "nothing is left beside them"
    salt = records.query(responder.database, "SELECT salt FROM salt")[0][0]
    ids = [row[0] for row in records.query(responder.database, "SELECT id FROM visitor LIMIT 50")]
    for backup in backups.iterdir():
        content = backup.read_bytes()
        assert salt not in content and not any(visitor in content for visitor in ids)


def test_a_backup_is_put_back_as_documented(responder, directory: Path) -> None:
    backup = directory / "backup.db"
    Command.of(responder.database).ok("backup", backup)
    responder.ask("/count")
    assert responder.stop() == 0
    for suffix in ("-wal", "-shm"):
        Path(f"{responder.database}{suffix}").unlink(missing_ok=True)
    shutil.copyfile(backup, responder.database)
    responder.start()
    assert responder.ask("/count?page=/0").json["count"] == 51


def test_nothing_is_replaced_by_accident(responder, directory: Path) -> None:
    backup = directory / "backup.db"
    backup.write_text("precious")
    command = Command.of(responder.database)
    assert "--overwrite" in command.fails(73, "backup", backup)
    assert backup.read_text() == "precious"
    command.ok("backup", "--overwrite", backup)
    records.assert_sound(backup)


def test_a_damaged_database_makes_no_backup(responder, directory: Path) -> None:
    responder.stop()
    content = bytearray(responder.database.read_bytes())
    content[8192:12288] = b"\xa5" * 4096
    responder.database.write_bytes(content)
    backup = directory / "backup.db"
    assert "damaged" in Command.of(responder.database).fails(65, "backup", backup)
    assert not backup.exists()


@pytest.mark.parametrize("command", [["backup", "x.db"], ["export"], ["stats"], ["set", "--count", "1", "--yes"]])
def test_a_mistyped_path_makes_no_database(directory: Path, command: list[str]) -> None:
    database = directory / "mistyped.db"
    line = Command.of(database).fails(66, *command)
    assert f"HEADCOUNT_DATABASE={database}: there is no database" in line
    assert not list(directory.iterdir())


def test_a_place_that_can_not_be_written_is_told(responder, directory: Path) -> None:
    line = Command.of(responder.database).fails(73, "backup", directory / "missing" / "backup.db")
    assert "No such file or directory" in line


def test_a_table_is_kept_otherwise(table: Table, directory: Path) -> None:
    line = Command.of(table).fails(64, "backup", directory / "backup.db")
    assert "point-in-time recovery" in line and "headcount export" in line


@pytest.fixture
def large(responder) -> Command:
    """A database that takes a while to copy."""
    insert = """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
        INSERT INTO {table} SELECT {row} FROM n
    """
    records.change(responder.database, insert.format(table="receipt", row="'name ' || i, hex(randomblob(64))"))
    records.change(responder.database, insert.format(table="visitor", row="(SELECT day FROM salt), randomblob(16)"))
    return Command.of(responder.database)


def parts(directory: Path) -> list[Path]:
    return list(directory.glob("*.part"))


def is_copying(directory: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return any(part.stat().st_size > 1 << 20 for part in parts(directory))
    return False


def interrupt(command: Command, arguments: list, is_at_it: Callable[[], bool], ending: signal.Signals) -> None:
    """Ends it in the middle, which a busy machine may miss."""
    if signal.getsignal(ending) == signal.SIG_IGN:
        # As under nohup(1); what is started here would inherit that.
        signal.signal(ending, signal.SIG_DFL)
    for _ in range(10):
        process = command.start(*arguments)
        until(lambda process=process: is_at_it() or process.poll() is not None, "it is at it")
        process.send_signal(ending)
        process.communicate(timeout=30)
        if process.returncode != 0:
            break
        arguments[-1].unlink()
    assert process.returncode == -ending


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_an_interrupted_backup_leaves_no_visitor(large: Command, directory: Path, ending: signal.Signals) -> None:
    backups = directory / "backups"
    backups.mkdir()
    interrupt(large, ["backup", backups / "backup.db"], lambda: is_copying(backups), ending)
    if ending != signal.SIGKILL:
        assert not list(backups.iterdir())
        return
    [part] = parts(backups)
    content = part.read_bytes()
    assert not any(secret in content for secret in records.secrets(large.settings["HEADCOUNT_DATABASE"])[:1000])
    own = backups / f"backup.db.{os.getpid()}.part"
    own.write_text("of one that is at it")
    large.ok("backup", backups / "backup.db")
    assert {path.name for path in backups.iterdir()} == {"backup.db", own.name}


def test_an_interrupted_export_leaves_nothing(large: Command, directory: Path) -> None:
    records.change(
        large.settings["HEADCOUNT_DATABASE"],
        """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
        INSERT INTO counter SELECT '/new-' || i, 1, 0 FROM n
        """,
    )
    interrupt(large, ["export", directory / "numbers.jsonl"], lambda: bool(parts(directory)), signal.SIGINT)
    assert not list(directory.glob("numbers.jsonl*"))


def test_whoever_ignores_an_interruption_gets_a_backup(large: Command, directory: Path) -> None:
    backup = directory / "backup.db"
    process = subprocess.Popen(
        ["nohup", BINARY, "backup", backup], env=environment(**large.settings), stdout=subprocess.DEVNULL
    )
    until(lambda: parts(directory), "it has begun")
    process.send_signal(signal.SIGHUP)
    assert process.wait(60) == 0
    records.assert_sound(backup)


@pytest.mark.parametrize("small_disk", ["32k"], indirect=True)
def test_a_full_disk_is_told(responder, small_disk: Path) -> None:
    line = Command.of(responder.database).fails(74, "backup", small_disk / "backup.db")
    assert "database or disk is full" in line
    assert not list(small_disk.iterdir())
