"""Statistics: the password stays secret, and the largest answer arrives complete."""

import sqlite3
import time

import fastcgi
import pytest
from webserver import basic


def test_the_password_is_neither_logged_nor_stored(start_site):
    site = start_site(HEADCOUNT_STATS_PASSWORD="hunter2-hunter2", HEADCOUNT_LOG_LEVEL="trace")
    for password in ("hunter2-hunter2", "wrong"):
        site.request("/headcount/stats", Authorization=basic(password))
    assert "hunter2" not in site.log
    assert b"hunter2" not in site.stored


def fill(database, days: int, pages: int) -> None:
    """Stores the longest answer there can be: paths of maximum length, with characters that JSON escapes."""
    today = int(time.time() // 86400)
    paths = [f"/{page:06}" + '"' * 505 for page in range(pages)]
    with sqlite3.connect(database) as connection:
        connection.executemany("INSERT OR REPLACE INTO counter VALUES (?, ?, ?)", [(path, 10**15, 9) for path in paths])
        connection.executemany(
            "INSERT INTO daily VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET count = excluded.count, uniq = excluded.uniq",
            (
                (today - day, path, 10**12, 10**11, 10**10, 10**10, 10**10)
                for day in range(days)
                for path in ["", *paths]
            ),
        )
    connection.close()


@pytest.mark.fastcgi
@pytest.mark.usefixtures("one_day")
def test_the_largest_answer_arrives_complete(start_site, record_property):
    site = start_site(HEADCOUNT_STATS="public")
    fill(site.responder.database, 366, 120)
    began = time.monotonic()
    answer = site.request("/headcount/stats?days=366")
    took = time.monotonic() - began
    assert answer.status == 200
    assert len(answer.json["days"]) == 366
    assert len(answer.json["pages"]) == 100
    assert answer.json["pages"][0] == {"path": "/000000" + '"' * 505, "count": 366 * 10**12, "unique": 366 * 10**11}
    # A client that starts to read late still gets all of it, and delays no other client.
    with site.responder.connect() as connection:
        for _ in range(3):
            connection.send(fastcgi.request(fastcgi.parameters("/headcount/stats?days=366")))
            site.responder.health()
            assert connection.answer().body == answer.body
    fill(site.responder.database, 1, 200)
    pages = site.request("/headcount/pages.csv?days=1").body.splitlines(keepends=True)
    assert len(pages) > 100 and sum(map(len, pages)) <= 150_000
    assert all(line.endswith(b",1000000000000,100000000000\r\n") for line in pages[1:])
    record_property("figure", f"the largest statistics: {len(answer.body)} bytes, {took * 1000:.0f} ms")
