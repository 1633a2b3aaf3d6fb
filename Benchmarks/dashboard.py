#!/usr/bin/env python3
"""The dashboard's time with ten years of 1,000 pages, and how long its readers hold up visits. See README.md."""

import argparse
import contextlib
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
sys.path.insert(0, str(REPOSITORY / "Tests/EndToEnd/support"))

from responder import Responder  # noqa: E402

RANGES = ["range=7d", "range=30d", "range=90d", "range=12m", "range=all"]
VIEWS = [*RANGES, "range=12m&pages=100", "range=12m&q=no-01", "range=12m&page=/posts/2016/some-title-no-0000"]
DAYS, PAGES = 3653, 1000
VISITS_A_SECOND = 200
READS_A_SECOND = 4

# Every page is counted on every day: 3.65 million rows.
FILL = f"""
WITH RECURSIVE
    days (day) AS (VALUES (:today - {DAYS - 1}) UNION ALL SELECT day + 1 FROM days WHERE day < :today),
    pages (rank) AS (VALUES (0) UNION ALL SELECT rank + 1 FROM pages WHERE rank < {PAGES - 1})
INSERT INTO daily
    SELECT day, path, visits, 1 + visits * 3 / 5, 0, 0, 0 FROM (
        SELECT day, printf('/posts/%d/some-title-no-%04d', 2016 + rank % 11, rank) AS path,
            1 + 2000 / (rank + 2) * (50 + (day * 7919 + rank * 104729) % 100) / 100 AS visits
        FROM days, pages
    )
"""
SITE = "INSERT INTO daily SELECT day, '', sum(count), sum(uniq), 0, 0, 0 FROM daily GROUP BY day"
TOTALS = "INSERT OR REPLACE INTO counter SELECT page, sum(count), sum(uniq) FROM daily GROUP BY page"


def fill(database: Path) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(FILL, {"today": int(time.time() // 86400)})
        connection.execute(SITE)
        connection.execute(TOTALS)


def read(responder: Responder, view: str) -> tuple[float, int]:
    """Milliseconds until the whole answer has arrived, and its bytes."""
    with responder.connect() as connection:
        began = time.monotonic()
        answer = connection.ask(f"/headcount/?{view}")
        assert answer.status == 200, answer
        return (time.monotonic() - began) * 1000, len(answer.body)


def cpu(responder: Responder) -> float:
    """The milliseconds that its thread has run. Other load on the machine doesn't change them."""
    return int(Path(f"/proc/{responder.process.pid}/schedstat").read_text().split()[0]) / 1e6


def visit_steadily(responder: Responder, seconds: float) -> list[float]:
    """The milliseconds that each visit takes from the time when it is due."""
    times = []
    with responder.connect() as connection:
        began = time.monotonic()
        for number in range(int(seconds * VISITS_A_SECOND)):
            due = began + number / VISITS_A_SECOND
            time.sleep(max(0, due - time.monotonic()))
            assert connection.ask("/headcount?page=/posts/2016/some-title-no-0000", "POST").status == 200
            times.append((time.monotonic() - due) * 1000)
    return times


@contextlib.contextmanager
def reader(responder: Responder, view: str | None):
    """Reads a view again and again meanwhile."""
    done = threading.Event()

    def read_steadily() -> None:
        while view and not done.wait(1 / READS_A_SECOND):
            read(responder, view)

    thread = threading.Thread(target=read_steadily)
    thread.start()
    yield
    done.set()
    thread.join()


def row(name: str, size: str, *milliseconds: float | str) -> None:
    print(
        f"{name:<52} {size:>5}",
        *(f"{time:>9.1f}" if isinstance(time, float) else f"{time:>9}" for time in milliseconds),
    )


def measure(responder: Responder, reads: int, seconds: float) -> None:
    row("view", "kB", "CPU ms", "median ms", "worst")
    for view in VIEWS:
        before = cpu(responder)
        answers = [read(responder, view) for _ in range(reads)]
        used = (cpu(responder) - before) / reads
        times = [time for time, _ in answers]
        row(view, f"{answers[0][1] / 1000:.1f}", used, statistics.median(times), max(times))
    print(f"\n{VISITS_A_SECOND} visits a second while somebody reads {READS_A_SECOND} times a second")
    row("view", "", "median ms", "99 %", "worst")
    for view in [None, *RANGES]:
        with reader(responder, view):
            times = sorted(visit_steadily(responder, seconds))
        row(view or "none", "", statistics.median(times), times[len(times) * 99 // 100], times[-1])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reads", type=int, default=20, help="of each view")
    options.add_argument("--seconds", type=float, default=10, help="of visits for each view")
    options.add_argument(
        "--folder", default=REPOSITORY / ".build", help="of the database; /dev/shm leaves out the disk"
    )
    arguments = options.parse_args()
    # The path of a socket may have 107 bytes.
    with (
        tempfile.TemporaryDirectory(dir=arguments.folder) as folder,
        tempfile.TemporaryDirectory(prefix="headcount-") as sockets,
    ):
        responder = Responder(Path(folder), HEADCOUNT_STATS="public")
        responder.address = responder.settings["HEADCOUNT_LISTEN"] = Path(sockets) / "socket"
        responder.start()
        try:
            fill(responder.database)
            print(f"{PAGES:,} pages, {DAYS:,} days, {responder.database.stat().st_size / 1e6:.0f} MB\n")
            measure(responder, arguments.reads, arguments.seconds)
        finally:
            responder.stop()


if __name__ == "__main__":
    main()
