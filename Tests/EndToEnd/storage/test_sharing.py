"""Several programs on one file at once: responders, CGI processes and a running backup."""

import concurrent.futures
import subprocess
import threading
from pathlib import Path

import records
import responder as program
from answer import Answer
from deadline import until


def ask_as_script(database: Path) -> int:
    """One visit by a process of its own; returns its number."""
    variables = {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/count",
        "REMOTE_ADDR": "203.0.113.1",
    }
    environment = program.environment(HEADCOUNT_DATABASE=database, **variables)
    ended = subprocess.run([program.BINARY], env=environment, capture_output=True, check=True, timeout=60)
    return Answer.from_cgi(ended.stdout).json["count"]


def test_responders_scripts_and_a_backup_share_a_file(make_responder, directory, record_property, soak: int):
    database = directory / "headcount.db"
    responders = [make_responder(name, HEADCOUNT_DATABASE=database).start() for name in ("one", "two")]
    visits = 20_000 if soak else 1500
    stop = threading.Event()
    # Everything that was answered before a backup began is in it.
    answered: list[int] = []

    def back_up() -> int:
        copy = directory / "backup.db"
        backups = 0
        while not stop.is_set():
            copy.unlink(missing_ok=True)
            before = len(answered)
            subprocess.run(["sqlite3", "-cmd", ".timeout 10000", database, f".backup {copy}"], check=True, timeout=60)
            records.assert_sound(copy)
            assert before <= records.site(copy)[0] <= records.site(database)[0]
            backups += 1
        return backups

    def visit(responder) -> None:
        with responder.connect(30) as connection:
            for _ in range(visits):
                # Who waits for the lock for too long gets a 503, is not counted, and asks again.
                answer = until(lambda: (got := connection.ask("/count?page=/a")).status == 200 and got, "an answer", 60)
                answered.append(answer.json["count"])

    with concurrent.futures.ThreadPoolExecutor(13) as pool:
        keeper = pool.submit(back_up)
        try:
            loads = [pool.submit(visit, each) for each in responders for _ in range(4)]
            scripts = list(pool.map(ask_as_script, [database] * 60))
            for load in loads:
                load.result()
        finally:
            stop.set()
        backups = keeper.result()
    numbers = answered + scripts
    record_property(
        "figure",
        f"two responders, {len(scripts)} scripts, {backups} backups: {len(numbers)} answered, each number once",
    )
    assert backups > 0
    assert sorted(numbers) == list(range(1, 8 * visits + 61))
    assert records.site(database)[0] == len(numbers)
    records.assert_sound(database)


ONE, TWO = (f"{number:032x}" for number in (1 << 64, 2 << 64))


def test_subrequests_that_share_a_name_are_visits_of_their_own(make_responder, directory: Path):
    """nginx gives those of a page (SSI) the name of their main request, and spreads them over the responders."""
    database = directory / "headcount.db"
    responders = [make_responder(name, HEADCOUNT_DATABASE=database).start() for name in ("one", "two")]
    targets = ["/count?page=/header", "/count?page=/body", "/count.svg?page=/body", "/count"]
    for number, target in enumerate(targets):
        assert responders[number % 2].ask(target, REQUEST_ID=ONE).status == 200
    assert records.site(database)[0] == 4
    # The same one again is known.
    responders[0].ask(targets[3], REQUEST_ID=TWO)
    again = [each.ask("/count", REQUEST_ID=TWO).json for each in responders[1:]]
    assert again == [{"count": 5, "unique": 1}]
    assert records.site(database) == (5, 1)


def test_a_visit_that_is_sent_again_on_the_next_day_leaves_that_day_alone(start_responder, clock):
    clock.set("2026-11-30 23:59:58")
    responder = start_responder(**clock.settings)
    first = responder.ask("/count?page=/a", REQUEST_ID=ONE)
    responder.kill()
    clock.set("2026-12-01 00:00:01")
    responder.start()
    assert responder.ask("/count?page=/a", REQUEST_ID=ONE).json == first.json
    assert responder.ask("/count?page=/a", REQUEST_ID=TWO).json["page"] == {"path": "/a", "count": 2, "unique": 2}
    days = records.query(
        responder.database, "SELECT date(day * 86400, 'unixepoch'), count, uniq FROM daily WHERE page = '/a'"
    )
    assert days == [("2026-11-30", 1, 1), ("2026-12-01", 1, 1)]
