"""The statistics: who may see them, and that the largest of them come whole."""

import base64
import contextlib
import sqlite3
import statistics
import time

import fastcgi
import pytest


def basic(credentials: str) -> str:
    return "Basic " + base64.b64encode(credentials.encode()).decode()


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_without_a_password_there_is_nothing(site, method):
    """Not even a trace of a difference to a path that does not exist."""
    answers = [site.request(path, method, Authorization=basic(":")) for path in ("/stats", "/nothing")]
    assert answers[0].status == answers[1].status == 404
    assert answers[0].body == answers[1].body
    headers = [[(n, v) for n, v in answer.headers.items() if n != "Date"] for answer in answers]
    assert headers[0] == headers[1]


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (basic("anyone:pässword:with colon"), 200),
        (basic(":pässword:with colon"), 200),
        (basic("anyone:pässword:with colon").replace("Basic", "BASIC"), 200),
        (basic("anyone:pässword:with colo"), 401),
        (basic("anyone:pässword:with colon "), 401),
        (basic("anyone:"), 401),
        (basic("pässword:with colon"), 401),
        ("Basic", 401),
        ("Basic ====", 401),
        ("Basic " + "A" * 6000, 401),
        ("Digest username=x", 401),
        ("", 401),
    ],
)
def test_only_the_password_opens_them(start_site, authorization, status):
    site = start_site(HEADCOUNT_STATS_PASSWORD="pässword:with colon")
    answer = site.request("/stats", Authorization=authorization)
    assert answer.status == status
    assert (answer.headers["WWW-Authenticate"] is not None) == (status == 401)
    # What else is wrong with the request is no business of a stranger's.
    assert site.request("/stats?days=x", Authorization=authorization).status == (400 if status == 200 else 401)
    assert site.request("/stats", "HEAD", Authorization=authorization).status == status


def test_the_password_is_nowhere_to_be_seen(start_site):
    site = start_site(HEADCOUNT_STATS_PASSWORD="hunter2-hunter2", HEADCOUNT_LOG_LEVEL="trace")
    for credentials in ("x:hunter2-hunter2", "x:wrong"):
        site.request("/stats", Authorization=basic(credentials))
    assert "hunter2" not in site.log
    assert b"hunter2" not in site.stored


def test_how_wrong_a_password_is_does_not_show_in_the_time(start_responder, record_property):
    """Medians of many in turn; a comparison that stopped at the first difference would be far below the noise, so this
    guards against larger mistakes only. That digests are compared in constant time is swift-crypto's promise."""
    password = "correct horse battery staple" * 8
    responder = start_responder(HEADCOUNT_STATS_PASSWORD=password)
    guesses = {"first letter wrong": "x" + password[1:], "last letter wrong": password[:-1] + "x"}
    times: dict[str, list[float]] = {name: [] for name in guesses}
    with responder.connect() as connection:
        for _ in range(400):
            for name, guess in guesses.items():
                began = time.perf_counter()
                assert connection.ask("/stats", HTTP_AUTHORIZATION=basic(f"x:{guess}")).status == 401
                times[name].append(time.perf_counter() - began)
    first, last = (statistics.median(values) for values in times.values())
    record_property("figure", f"a wrong password is refused in {first * 1e6:.0f} µs and {last * 1e6:.0f} µs")
    assert abs(first - last) < 50e-6


@pytest.mark.fastcgi
def test_who_asks_for_several_ranges_at_once_gets_them_all(start_site):
    site = start_site(HEADCOUNT_STATS="public")
    fill(site.responder.database, 30, 100)
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(site.responder.connect()) for _ in range(6)]
        for _ in range(5):
            for days, connection in enumerate(connections, 1):
                connection.send(fastcgi.request(fastcgi.parameters(f"/stats?days={days}")))
            answers = [connection.answer() for connection in connections]
            assert [answer.status for answer in answers] == [200] * 6
            assert [len(answer.json["days"]) for answer in answers] == [1, 2, 3, 4, 5, 6]


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
