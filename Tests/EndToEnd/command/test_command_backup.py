"""`headcount backup`, and how docs/vps.md says to restore one."""

import shutil
import threading
from pathlib import Path

import pytest
import records
from command import Command
from dynamodb import Table


@pytest.fixture
def responder(start_responder):
    responder = start_responder()
    for number in range(50):
        responder.ask(f"/headcount?page=/{number % 5}", REMOTE_ADDR=f"192.0.2.{number}")
    return responder


def test_a_backup_under_load_is_complete_and_holds_no_visitor(responder, directory: Path) -> None:
    backups = directory / "backups"
    backups.mkdir()
    stop = threading.Event()
    answered = [50]

    def visit() -> None:
        number = 0
        with responder.connect() as connection:
            while not stop.is_set():
                number += 1
                answer = connection.ask("/headcount?page=/0", REMOTE_ADDR=f"198.51.{number >> 8}.{number & 255}")
                answered.append(answer.json["count"])

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        for number in range(10):
            before = answered[-1]
            backup = backups / f"{number}.db"
            output = Command.of(responder.database).ok("backup", backup)
            count = records.site(backup)[0]
            assert before <= count <= answered[-1] + 1
            assert output.startswith(f"{backup}: {count:,} visits")
            records.assert_sound(backup)
            assert backup.stat().st_mode & 0o777 == 0o600
    finally:
        stop.set()
        visitor.join()
    assert len(list(backups.iterdir())) == 10, "no temporary files remain"
    for backup in backups.iterdir():
        content = backup.read_bytes()
        assert not any(secret in content for secret in records.secrets(responder.database)[:50])


def test_a_backup_is_restored_as_documented(responder, directory: Path) -> None:
    backup = directory / "backup.db"
    Command.of(responder.database).ok("backup", backup)
    responder.ask("/headcount")
    assert responder.stop() == 0
    for suffix in ("-wal", "-shm"):
        Path(f"{responder.database}{suffix}").unlink(missing_ok=True)
    shutil.copyfile(backup, responder.database)
    responder.start()
    assert responder.ask("/headcount?page=/0").json["count"] == 51


def test_a_damaged_database_is_not_backed_up(responder, directory: Path) -> None:
    responder.stop()
    content = bytearray(responder.database.read_bytes())
    content[8192:12288] = b"\xa5" * 4096
    responder.database.write_bytes(content)
    backup = directory / "backup.db"
    assert "damaged" in Command.of(responder.database).fails(65, "backup", backup)
    assert not backup.exists()


@pytest.mark.parametrize("command", [["backup", "x.db"], ["export"], ["stats"], ["set", "--count", "1", "--yes"]])
def test_a_mistyped_path_creates_no_database(directory: Path, command: list[str]) -> None:
    database = directory / "mistyped.db"
    line = Command.of(database).fails(66, *command)
    assert f"HEADCOUNT_DATABASE={database}: there is no database" in line
    assert not list(directory.iterdir())


def test_an_unwritable_target_is_reported(responder, directory: Path) -> None:
    line = Command.of(responder.database).fails(73, "backup", directory / "missing" / "backup.db")
    assert "No such file or directory" in line


def test_backing_up_a_table_points_to_the_alternatives(table: Table, directory: Path) -> None:
    line = Command.of(table).fails(64, "backup", directory / "backup.db")
    assert "point-in-time recovery" in line and "headcount export" in line


@pytest.mark.parametrize("small_disk", ["16k"], indirect=True)
def test_a_full_disk_is_reported(responder, small_disk: Path) -> None:
    line = Command.of(responder.database).fails(74, "backup", small_disk / "backup.db")
    assert "full" in line or "No space" in line
    assert not list(small_disk.iterdir())
