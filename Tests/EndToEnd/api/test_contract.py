"""What the tables of docs/api.md can't show: what is stored after a visit, and what happens to hostile page paths."""

import concurrent.futures
from urllib.parse import quote

import pytest

HOSTILE_PATHS = [
    "/'; DROP TABLE counter; --",
    '/"><script>alert(1)</script>',
    '/","count":999999,"x":"',
    '/\\"\\u0000',
    "/a\u2028b\u202egnp.exe\ufeff",
    "/😀/👨‍👩‍👧/日本語",
    "/e\u0301",
    "/\u00e9",  # the same letter, composed: another page
    "/%2F..%2F",
    "/../../etc/passwd",
    "/" + "€" * 170 + "x",
]


@pytest.mark.usefixtures("one_day")
def test_an_answered_visit_is_stored_whatever_its_body(site):
    bodies = [(b"", {}), (b'{"page": "/x"}', {"Content_Type": "application/json"}), (b"page=/x" * 4000, {})]
    for count, (body, headers) in enumerate(bodies, 1):
        answer = site.request("/headcount", "POST" if body else "GET", body=body, **headers)
        assert (answer.status, answer.json) == (200, {"count": count, "unique": 1})
        assert site.counters == {"": (count, 1)}
    site.assert_sound()


@pytest.mark.usefixtures("one_day")
def test_hostile_paths_are_returned_unchanged_and_do_no_harm(site):
    for page in HOSTILE_PATHS:
        answer = site.request(f"/headcount?page={quote(page, safe='')}")
        assert (answer.status, answer.json["page"]) == (200, {"path": page, "count": 1, "unique": 1})
        # U+2028 ends a line in older JavaScript, so it is escaped in case the JSON is pasted into a script.
        assert "\u2028" not in answer.body.decode()
    assert site.counters == {"": (len(HOSTILE_PATHS), 1)} | dict.fromkeys(HOSTILE_PATHS, (1, 1))
    site.assert_sound()


def test_raw_bytes_in_a_query_are_read_as_if_percent_encoded(site):
    assert site.request(b"/headcount?page=/\xc3\xa9").json["page"]["path"] == "/é"
    assert site.request(b"/headcount?page=/\xff\xfe").status == 400


def test_concurrent_visits_can_not_exceed_the_page_limit(start_site):
    site = start_site(HEADCOUNT_MAX_PAGES=10)
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda number: site.request(f"/headcount?page=/{number}").json, range(100)))
    assert sorted(answer["count"] for answer in answers) == list(range(1, 101))
    assert sum(answer["page"] is not None for answer in answers) == 10
    assert len(site.counters) == 11
    site.assert_sound()


def test_requests_are_not_logged(site):
    before = site.log
    assert len(before.splitlines()) <= 3
    for target in ("/headcount", "/headcount?page=/a", "/headcount?page=", "/nowhere", "/headcount/healthz"):
        for method in ("GET", "HEAD", "DELETE", "OPTIONS"):
            site.request(target, method)
    assert site.log == before
