"""What the tables of docs/api.md cannot say: what is in the store afterwards, and hostile pages on their way there."""

import concurrent.futures
from urllib.parse import quote

import pytest

STRANGE = [
    "/'; DROP TABLE counter; --",
    '/"><script>alert(1)</script>',
    '/","count":999999,"x":"',
    '/\\"\\u0000',
    "/a\u2028b\u202egnp.exe\ufeff",
    "/😀/👨‍👩‍👧/日本語",
    "/e\u0301",
    "/\u00e9",  # another spelling of the same letter is another page
    "/%2F..%2F",
    "/../../etc/passwd",
    "/" + "€" * 170 + "x",
]


@pytest.mark.usefixtures("one_day")
def test_an_answered_visit_is_in_the_store_whatever_its_body_says(site):
    bodies = [(b"", {}), (b'{"page": "/x"}', {"Content_Type": "application/json"}), (b"page=/x" * 4000, {})]
    for count, (body, headers) in enumerate(bodies, 1):
        answer = site.request("/count", "POST" if body else "GET", body=body, **headers)
        assert (answer.status, answer.json) == (200, {"count": count, "unique": 1})
        assert site.counters == {"": (count, 1)}
    site.assert_sound()


@pytest.mark.usefixtures("one_day")
def test_strange_pages_come_back_as_they_were_and_harm_nothing(site):
    for page in STRANGE:
        answer = site.request(f"/count?page={quote(page, safe='')}")
        assert (answer.status, answer.json["page"]) == (200, {"path": page, "count": 1, "unique": 1})
        # What a page's script could be tricked by, were the JSON pasted into one.
        assert "\u2028" not in answer.body.decode()
    assert site.counters == {"": (len(STRANGE), 1)} | dict.fromkeys(STRANGE, (1, 1))
    site.assert_sound()


def test_raw_bytes_are_taken_as_if_they_were_encoded(site):
    assert site.request(b"/count?page=/\xc3\xa9").json["page"]["path"] == "/é"
    assert site.request(b"/count?page=/\xff\xfe").status == 400


def test_the_limit_of_pages_holds_when_new_ones_come_all_at_once(start_site):
    site = start_site(HEADCOUNT_MAX_PAGES=10)
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda number: site.request(f"/count?page=/{number}").json, range(100)))
    assert sorted(answer["count"] for answer in answers) == list(range(1, 101))
    assert sum(answer["page"] is not None for answer in answers) == 10
    assert len(site.counters) == 11
    site.assert_sound()


def test_nothing_is_printed_and_no_line_is_logged_per_request(site):
    before = site.log
    assert len(before.splitlines()) <= 3
    for target in ("/count", "/count?page=/a", "/count?page=", "/nowhere", "/healthz"):
        for method in ("GET", "HEAD", "DELETE", "OPTIONS"):
            site.request(target, method)
    assert site.log == before
