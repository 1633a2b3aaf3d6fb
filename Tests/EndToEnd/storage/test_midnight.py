"""Midnight, with a responder whose clock the test sets by libfaketime."""

import concurrent.futures
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import records
from clock import Clock
from deadline import until
from responder import Responder


def today() -> int:
    return int(time.time() // 86_400)


def days(database: Path) -> dict[str, tuple[int, int]]:
    sql = "SELECT date(day * 86400, 'unixepoch'), count, uniq FROM daily WHERE page = '' ORDER BY day"
    return {day: (count, unique) for day, count, unique in records.query(database, sql)}


def wait_until_gone(secrets: list[bytes], database: Path) -> None:
    def is_gone() -> bool:
        present = records.bytes_of(database)
        return not any(secret in present for secret in secrets)

    until(is_gone, "yesterday's salt and hashes are erased from the files")


def test_a_day_begins_under_load_without_losing_a_visit(clock: Clock, start_responder, record_property):
    clock.set("2026-12-31 23:00:00")
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
            until(lambda: min(answered) > 50, "every visitor has been counted")
            yesterdays = records.secrets(responder.database)
            assert len(yesterdays) == 1 + visitors
            present = records.bytes_of(responder.database)
            assert all(secret in present for secret in yesterdays), "the search works"
            clock.set("2027-01-01 00:00:10")
        finally:
            passed.set()
        for each in visiting:
            each.result()

    count, unique = records.site(responder.database)
    assert count == sum(answered), "no visit was lost or counted twice"
    assert unique == 2 * visitors, "each visitor is new once on each day"
    stored = days(responder.database)
    assert list(stored) == ["2026-12-31", "2027-01-01"]
    assert [numbers[1] for numbers in stored.values()] == [visitors, visitors]
    assert sum(numbers[0] for numbers in stored.values()) == count
    record_property("figure", f"midnight: {count} visits, {stored['2027-01-01'][0]} of them on the new day")
    wait_until_gone(yesterdays, responder.database)
    records.assert_sound(responder.database)


def test_an_idle_responder_erases_yesterday_at_midnight(clock: Clock, start_responder):
    clock.set("2026-11-24 23:59:40")
    responder = start_responder(**clock.settings)
    responder.ask()
    wait_until_gone(records.secrets(responder.database), responder.database)
    assert set(days(responder.database)) == {"2026-11-24"}
    assert responder.ask().json == {"count": 2, "unique": 2}


def fill_yesterday(database: Path, make: Callable[[], Responder], hashes: int) -> None:
    """Makes a database of yesterday with this many visitors."""
    first = make()
    first.ask()
    first.stop()
    yesterday = today() - 1
    records.change(database, "DELETE FROM visitor")
    records.change(database, "UPDATE salt SET day = ?", yesterday)
    sql = """
        INSERT INTO visitor
        WITH RECURSIVE crowd (key) AS (SELECT ?1 UNION ALL SELECT key + 1 FROM crowd WHERE key < ?2)
        SELECT key FROM crowd"""
    first = records.visitor_keys(yesterday).start
    records.change(database, sql, first, first + hashes - 1)


@pytest.mark.usefixtures("one_day")
def test_visits_are_answered_while_many_hashes_are_erased(directory: Path, start_responder, record_property, soak: int):
    hashes = 10_000_000 if soak else 300_000
    fill_yesterday(directory / "headcount.db", start_responder, hashes)
    responder = start_responder()
    keys = records.visitor_keys(today() - 1)
    count_keys = "SELECT count(*) FROM visitor WHERE key BETWEEN ? AND ?"
    left, between, slowest, visits = hashes, 0, 0.0, 0
    with responder.connect() as connection:
        while left:
            visits += 1
            began = time.perf_counter()
            assert connection.ask(REMOTE_ADDR=f"10.{visits >> 16}.{visits >> 8 & 255}.{visits & 255}").status == 200
            slowest = max(slowest, time.perf_counter() - began)
            before = left
            [(left,)] = records.query(responder.database, count_keys, keys.start, keys.stop - 1)
            between += 0 < left < before
    record_property(
        "figure", f"{hashes} hashes of yesterday erased during {visits} visits, the slowest {slowest * 1e3:.1f} ms"
    )
    assert between >= 2, "hashes are erased in slices, with visits in between"
    assert records.site(responder.database)[0] == visits + 1
