"""Several programs on one file at once: responders, CGI processes and a running backup."""

import concurrent.futures
import sqlite3
import subprocess
import threading
from pathlib import Path

import records
import responder as program
from answer import Answer


def ask_as_script(database: Path) -> int:
    """One visit by a process of its own; returns its number, 0 for a failure."""
    variables = {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/count",
        "REMOTE_ADDR": "203.0.113.1",
    }
    environment = program.environment(HEADCOUNT_DATABASE=database, **variables)
    ended = subprocess.run([program.BINARY], env=environment, capture_output=True, check=True, timeout=60)
    answer = Answer.from_cgi(ended.stdout)
    return answer.json["count"] if answer.status == 200 else 0


def test_responders_scripts_and_a_backup_share_a_file(make_responder, directory, record_property, soak: int):
    database = directory / "headcount.db"
    responders = [make_responder(name, HEADCOUNT_DATABASE=database).start() for name in ("one", "two")]
    visits = 20_000 if soak else 1500
    stop = threading.Event()
    backups = 0

    def back_up() -> None:
        """As `sqlite3 … .backup` does: page by page, while others write."""
        nonlocal backups
        while not stop.is_set():
            copy = directory / "backup.db"
            copy.unlink(missing_ok=True)
            with sqlite3.connect(database) as source, sqlite3.connect(copy) as target:
                source.backup(target, pages=16)
                assert target.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                assert target.execute("SELECT count FROM counter WHERE page = ''").fetchone()[0] >= 0
            source.close()
            target.close()
            backups += 1

    def visit(responder) -> list[int]:
        with responder.connect(30) as connection:
            answers = [connection.ask("/count?page=/a") for _ in range(visits)]
        return [answer.json["count"] if answer.status == 200 else 0 for answer in answers]

    keeper = threading.Thread(target=back_up)
    keeper.start()
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        loads = [pool.submit(visit, each) for each in responders for _ in range(4)]
        scripts = list(pool.map(ask_as_script, [database] * 60))
        numbers = scripts + [number for load in loads for number in load.result()]
    stop.set()
    keeper.join()
    answered = [number for number in numbers if number]
    failed = len(numbers) - len(answered)
    count, _ = records.site(database)
    record_property(
        "figure",
        f"two responders, {len(scripts)} scripts, {backups} backups: answered {len(answered)} <= count {count} "
        f"<= answered + {failed} failed",
    )
    assert len(set(answered)) == len(answered), "each number once"
    assert len(answered) <= count <= len(answered) + failed
    assert failed <= len(numbers) / 100
    assert backups > 0
    records.assert_sound(database)
