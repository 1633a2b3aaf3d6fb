"""Several processes share one database file: responders, CGI scripts and backups."""

import concurrent.futures
import subprocess
import threading
from pathlib import Path

import pytest
import records
from answer import Answer
from deadline import until
from responder import run_script


def ask_as_script(database: Path) -> int:
    """Makes one visit through a CGI process; returns its count."""
    result = run_script(HEADCOUNT_DATABASE=database, REMOTE_ADDR="203.0.113.1")
    return Answer.from_cgi(result.stdout).json["count"]


@pytest.mark.usefixtures("one_day")
def test_responders_scripts_and_a_backup_share_a_file(make_responder, directory, record_property, soak: int):
    database = directory / "headcount.db"
    responders = [make_responder(name, HEADCOUNT_DATABASE=database) for name in ("one", "two")]
    # Both start at once, so they race to create the file and the day's salt.
    for each in responders:
        each.launch()
    for each in responders:
        each.wait()
    visits = 20_000 if soak else 500
    stop = threading.Event()
    # A backup contains every visit that was answered before it began.
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
        with responder.connect() as connection:
            for _ in range(visits):
                # A visit that waits too long for the lock gets a 503, is not counted, and is sent again.
                answer = until(lambda: (got := connection.ask("/headcount?page=/a")).status == 200 and got, "an answer")
                answered.append(answer.json["count"])

    with concurrent.futures.ThreadPoolExecutor(13) as pool:
        backing_up = pool.submit(back_up)
        try:
            loads = [pool.submit(visit, each) for each in responders for _ in range(4)]
            scripts = list(pool.map(ask_as_script, [database] * 60))
            for load in loads:
                load.result()
        finally:
            stop.set()
        backups = backing_up.result()
    numbers = answered + scripts
    record_property(
        "figure",
        f"two responders, {len(scripts)} scripts, {backups} backups: {len(numbers)} answered, each number once",
    )
    assert backups > 0
    assert sorted(numbers) == list(range(1, 8 * visits + 61))
    assert records.site(database) == (len(numbers), 2), "one visitor of the responders and one of the scripts"
    records.assert_sound(database)


def test_a_request_sent_again_to_another_process_is_not_counted_twice(make_responder, directory: Path):
    """nginx gives SSI subrequests the `$request_id` of their main request: each of them is still a visit."""
    database = directory / "headcount.db"
    one, two = (make_responder(name, HEADCOUNT_DATABASE=database).start() for name in ("one", "two"))
    name = f"{1 << 64:032x}"
    for responder, target in ((one, "/headcount?page=/header"), (two, "/headcount?page=/body"), (one, "/headcount")):
        assert responder.ask(target, REQUEST_ID=name).status == 200
    assert records.site(database)[0] == 3
    assert two.ask("/headcount", REQUEST_ID=name).json == {"count": 3, "unique": 1}
    assert records.site(database) == (3, 1)
