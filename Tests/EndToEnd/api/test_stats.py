"""The statistics: the password stays secret, and the largest of them come whole."""

import base64
import sqlite3
import time

import fastcgi
import pytest


def basic(credentials: str) -> str:
    return "Basic " + base64.b64encode(credentials.encode()).decode()


def test_the_password_is_nowhere_to_be_seen(start_site):
    site = start_site(HEADCOUNT_STATS_PASSWORD="hunter2-hunter2", HEADCOUNT_LOG_LEVEL="trace")
    for credentials in ("x:hunter2-hunter2", "x:wrong"):
        site.request("/stats", Authorization=basic(credentials))
    assert "hunter2" not in site.log
    assert b"hunter2" not in site.stored


def fill(database, days: int, pages: int) -> None:
    """The longest paths there are, each character of which is escaped in JSON."""
    today = int(time.time() // 86400)
    paths = [f"/{page:06}" + '"' * 505 for page in range(pages)]
    with sqlite3.connect(database) as connection:
        connection.executemany("INSERT OR REPLACE INTO counter VALUES (?, ?, ?)", [(path, 10**15, 9) for path in paths])
        connection.executemany(
            "INSERT OR REPLACE INTO daily VALUES (?, ?, ?, ?)",
            ((today - day, path, 10**12, 10**11) for day in range(days) for path in ["", *paths]),
        )
    connection.close()


@pytest.mark.fastcgi
@pytest.mark.usefixtures("one_day")
def test_the_largest_answer_comes_whole(start_site, record_property):
    site = start_site(HEADCOUNT_STATS="public")
    fill(site.responder.database, 366, 120)
    began = time.monotonic()
    answer = site.request("/stats?days=366")
    took = time.monotonic() - began
    assert answer.status == 200
    assert len(answer.json["days"]) == 366
    assert len(answer.json["pages"]) == 100
    assert answer.json["pages"][0] == {"path": "/000000" + '"' * 505, "count": 366 * 10**12, "unique": 366 * 10**11}
    # For a peer that begins to read late, once others have been answered, it waits in the socket.
    with site.responder.connect() as connection:
        for _ in range(3):
            connection.send(fastcgi.request(fastcgi.parameters("/stats?days=366")))
            site.responder.health()
            assert connection.answer().body == answer.body
    record_property("figure", f"the largest statistics: {len(answer.body)} bytes, {took * 1000:.0f} ms")
