"""Midnight, month's and year's end under load: the real responder, with the clock of libfaketime in the test's hand."""

import concurrent.futures
import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import fastcgi
import pytest
import records
from clock import Clock
from deadline import until
from responder import Responder

DAY = 86_400


def days(database: Path) -> dict[str, tuple[int, int]]:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        rows = connection.execute(
            "SELECT date(day * 86400, 'unixepoch'), count, uniq FROM daily WHERE page = '' ORDER BY day"
        ).fetchall()
    connection.close()
    return {day: (count, unique) for day, count, unique in rows}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2026-11-24 23:59:50", "2026-11-25 00:00:10"),
        ("2026-11-30 23:59:50", "2026-12-01 00:00:10"),
        ("2026-12-31 23:59:50", "2027-01-01 00:00:10"),
        ("2028-02-28 23:59:50", "2028-02-29 00:00:10"),
    ],
    ids=["day", "month", "year", "leap day"],
)
def test_the_next_day_begins_under_load(clock: Clock, start_responder, record_property, before: str, after: str):
    clock.set(before)
    responder = start_responder(**clock.settings)
    visitors = 8
    answered = [0] * visitors
    passed = threading.Event()

    def visit(number: int) -> None:
        with responder.connect() as connection:
            left = 100
            while left > 0:
                answer = connection.ask(REMOTE_ADDR=f"192.0.2.{number + 1}")
                assert answer.status == 200
                answered[number] += 1
                left -= passed.is_set()

    with concurrent.futures.ThreadPoolExecutor(visitors) as pool:
        visiting = [pool.submit(visit, number) for number in range(visitors)]
        try:
            until(lambda: min(answered) > 50, "all are there")
            yesterdays = records.secrets(responder.database)
            assert len(yesterdays) == 1 + visitors
            present = records.bytes_of(responder.database)
            assert all(secret in present for secret in yesterdays), "the search finds what is there"
            clock.set(after)
        finally:
            passed.set()
        for each in visiting:
            each.result()

    count, unique = records.site(responder.database)
    assert count == sum(answered), "no visit was lost or counted twice"
    assert unique == 2 * visitors, "each visitor is new once on each day"
    today, yesterday = after[:10], before[:10]
    stored = days(responder.database)
    assert list(stored) == [yesterday, today]
    assert stored[yesterday][1] == stored[today][1] == visitors
    assert stored[yesterday][0] + stored[today][0] == count
    record_property("figure", f"midnight of {today}: {count} visits, {stored[today][0]} of them on the new day")

    def is_gone() -> bool:
        present = records.bytes_of(responder.database)
        return not any(secret in present for secret in yesterdays)

    began = time.monotonic()
    until(is_gone, "yesterday's salt and hashes are gone from the bytes", seconds=10)
    assert time.monotonic() - began < 5, "the visit that opened the day had it swept"
    records.assert_sound(responder.database)


def test_a_reader_holds_yesterday_up_until_it_ends(clock: Clock, start_responder):
    """The log can't be emptied while somebody reads from it, as a long backup does."""
    clock.set("2026-11-24 22:00:00")
    responder = start_responder(**clock.settings)
    assert responder.ask().status == 200
    yesterdays = records.secrets(responder.database)

    def left() -> int:
        present = records.bytes_of(responder.database)
        return sum(secret in present for secret in yesterdays)

    with contextlib.closing(sqlite3.connect(f"file:{responder.database}?mode=ro", uri=True)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count FROM counter").fetchone() == (1,)
        clock.set("2026-11-25 00:00:10")
        assert [responder.ask().status for _ in range(100)] == [200] * 100, "nobody waits for the reader"
        assert records.query(responder.database, "SELECT count(*) FROM salt") == [(1,)]
        assert left() > 0, "what the documents say of it"
    until(lambda: left() == 0, "the salt and the hashes are gone", seconds=10)


def test_an_idle_responder_forgets_at_midnight_by_itself(clock: Clock, start_responder):
    clock.set("2026-11-24 23:59:58")
    responder = start_responder(**clock.settings)
    responder.ask()
    yesterdays = records.secrets(responder.database)
    until(
        lambda: not any(secret in records.bytes_of(responder.database) for secret in yesterdays),
        "nobody asks, and the day is closed",
        seconds=10,
    )
    assert set(days(responder.database)) == {"2026-11-24"}
    assert responder.ask().json == {"count": 2, "unique": 2}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        # A little back over midnight: the newer day stays open, and nobody is counted anew.
        (["2026-11-25 00:00:05", "2026-11-24 23:59:55", "2026-11-25 00:00:10"], {"2026-11-25": (3, 1)}),
        # Far back: the newer day was the error.
        (
            ["2036-01-01 12:00:00", "2026-11-24 12:00:00", "2026-11-24 13:00:00"],
            {"2026-11-24": (2, 1), "2036-01-01": (1, 1)},
        ),
    ],
    ids=["a little", "ten years"],
)
def test_a_clock_that_steps_back_does_no_harm(clock: Clock, start_responder, steps: list, expected: dict):
    clock.set(steps[0])
    responder = start_responder(**clock.settings)
    for step in steps:
        clock.set(step)
        assert responder.ask().status == 200
    assert days(responder.database) == expected
    records.assert_sound(responder.database)


def crowded(database: Path, make: Callable[[], Responder], hashes: int) -> None:
    """Makes yesterday's database of so many visitors."""
    first = make()
    first.ask()
    first.stop()
    yesterday = int(time.time() // DAY) - 1
    with sqlite3.connect(database) as connection:
        connection.executescript(
            f"""
            DELETE FROM visitor;
            UPDATE salt SET day = {yesterday};
            INSERT INTO visitor SELECT {yesterday}, id FROM (
                WITH RECURSIVE crowd (number, id) AS (
                    SELECT 1, randomblob(16) UNION ALL SELECT number + 1, randomblob(16) FROM crowd
                    WHERE number < {hashes}
                ) SELECT id FROM crowd
            ) ORDER BY id;
            """
        )
    connection.close()


@pytest.mark.usefixtures("one_day")
def test_the_hashes_of_a_crowd_are_erased_while_nobody_waits(
    directory: Path, start_responder, record_property, soak: int
):
    hashes = 10_000_000 if soak else 500_000
    crowded(directory / "headcount.db", start_responder, hashes)
    responder = start_responder()
    yesterday = int(time.time() // DAY) - 1
    slowest, visits = 0.0, 0
    with (
        responder.connect(timeout=30) as connection,
        sqlite3.connect(f"file:{responder.database}?mode=ro", uri=True) as reader,
    ):
        left = True
        while left:
            for _ in range(200):
                visits += 1
                request = fastcgi.parameters(REMOTE_ADDR=f"10.{visits >> 16}.{visits >> 8 & 255}.{visits & 255}")
                began = time.perf_counter()
                connection.send(fastcgi.request(request))
                assert connection.answer().status == 200
                slowest = max(slowest, time.perf_counter() - began)
            left = reader.execute("SELECT 1 FROM visitor WHERE day = ? LIMIT 1", (yesterday,)).fetchone()
    reader.close()
    record_property(
        "figure", f"{hashes} hashes of yesterday erased during {visits} visits, the slowest {slowest * 1e3:.1f} ms"
    )
    # On a machine that other tests keep busy, the short form allows more than the 50 ms of the long one.
    assert slowest < (0.05 if soak else 0.25)
    assert records.site(responder.database)[0] == visits + 1
