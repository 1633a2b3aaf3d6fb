"""Page names and queries from people who mean no good."""

import concurrent.futures
from urllib.parse import quote

import pytest

STRANGE = [
    "/'; DROP TABLE counter; --",
    "/' OR 1=1 --",
    '/"><script>alert(1)</script>',
    "/<img src=x onerror=alert(1)>&amp;",
    '/","count":999999,"x":"',
    "/\\",
    '/\\"',
    "/\\u0000",
    "/a\u2028b\u2029c",
    "/\ufeff",
    "/\u202egnp.exe",
    "/😀/👨‍👩‍👧",
    "/日本語",
    "/e\u0301",
    "/\u00e9",
    "/\U0010ffff",
    "/%2F..%2F",
    "/../../etc/passwd",
    "/{{7*7}}${7*7}%s%n",
    "/a b+c&d=e;f",
    "/" + "x" * 511,
    "/" + "€" * 170 + "x",
]

BAD = {
    "empty": b"page=",
    "no value": b"page",
    "relative": b"page=a",
    "an address": b"page=https://example.com/",
    "a query alone": b"page=%3Fx",
    "decoded twice it would be a path": b"page=%252Fa",
    "half a percent code": b"page=/a%2",
    "a lone percent sign": b"page=/100%",
    "no hexadecimal digits": b"page=/%zz",
    "a sign for a digit": b"page=/%+1",
    "NUL": b"page=/a%00b",
    "a line break": b"page=/a%0D%0AX-Evil:%201",
    "a tab": b"page=/%09",
    "delete": b"page=/%7F",
    "C1 control": b"page=/%C2%85",
    "not UTF-8": b"page=/%FF",
    "not UTF-8, raw": b"page=/\xff\xfe",
    "cut UTF-8": b"page=/%E2%82",
    "overlong UTF-8": b"page=/%C0%AF",
    "a surrogate": b"page=/%ED%A0%80",
    "past Unicode": b"page=/%F4%90%80%80",
    "twice": b"page=/a&page=/b",
    "twice the same": b"page=/a&x=1&page=/a",
    "twice, once encoded": b"page=/a&p%61ge=/b",
    "513 bytes": b"page=/" + b"x" * 512,
    "513 bytes of UTF-8": b"page=/" + "€".encode() * 170 + b"xx",
    "7 KB": b"page=/" + b"x" * 7000,
}


def assert_refused(answer):
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "page" in answer.json["detail"]


@pytest.mark.parametrize("page", STRANGE, ids=ascii)
def test_a_strange_page_comes_back_as_it_was_and_harms_nothing(site, page):
    for count in (1, 2):
        answer = site.request(f"/count?page={quote(page, safe='')}")
        assert (answer.status, answer.json["page"]) == (200, {"path": page, "count": count, "unique": 1})
    # What a page's script could be tricked by, were the JSON pasted into one.
    assert "\u2028" not in answer.body.decode()
    assert site.counters == {"": (2, 1), page: (2, 1)}
    site.assert_sound()


def test_two_spellings_of_one_letter_are_two_pages(site):
    for page in ("/e\u0301", "/\u00e9"):
        assert site.request(f"/count?page={quote(page)}").json["page"]["count"] == 1


def test_raw_utf8_is_taken_as_if_it_were_encoded(site):
    assert site.request(b"/count?page=/\xc3\xa9").json["page"]["path"] == "/é"


@pytest.mark.parametrize("query", BAD.values(), ids=BAD.keys())
def test_a_bad_page_is_refused_and_not_counted(site, query):
    assert_refused(site.request(b"/count?" + query))
    assert_refused(site.request(b"/count?" + query))
    assert site.counters == {"": (0, 0)}


@pytest.mark.fastcgi
def test_nginx_refuses_a_query_of_a_megabyte(site):
    assert site.request("/count?page=/" + "x" * 1_000_000).status == 414
    assert site.request().json["count"] == 1


@pytest.mark.fastcgi
def test_nginx_refuses_a_raw_nul(site):
    assert site.request(b"/count?page=/a\0b").status == 400
    assert site.request().json["count"] == 1


@pytest.mark.parametrize("limit", [3, 1, 0])
def test_past_the_limit_only_the_site_counts(start_site, limit):
    site = start_site(HEADCOUNT_MAX_PAGES=limit)
    for number in range(1, limit + 1):
        assert site.request(f"/count?page=/{number}").json["page"]["count"] == 1
    for number in range(limit + 1, limit + 4):
        answer = site.request(f"/count?page=/{number}").json
        assert answer == {"count": number, "unique": 1, "page": None}
    for number in range(1, limit + 1):
        assert site.request(f"/count?page=/{number}").json["page"]["count"] == 2
    assert set(site.counters) == {"", *(f"/{number}" for number in range(1, limit + 1))}
    site.assert_sound()


def test_the_limit_holds_after_a_restart_and_can_be_raised(start_site):
    site = start_site(HEADCOUNT_MAX_PAGES=1)
    site.request("/count?page=/a")
    site.restart()
    assert site.request("/count?page=/b").json == {"count": 2, "unique": 1, "page": None}
    site.restart(HEADCOUNT_MAX_PAGES=2)
    assert site.request("/count?page=/b").json["page"] == {"path": "/b", "count": 1, "unique": 1}


def test_the_limit_holds_when_new_pages_come_all_at_once(start_site):
    site = start_site(HEADCOUNT_MAX_PAGES=10)
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda number: site.request(f"/count?page=/{number}").json, range(100)))
    assert sorted(answer["count"] for answer in answers) == list(range(1, 101))
    assert sum(answer["page"] is not None for answer in answers) == 10
    assert len(site.counters) == 11
    site.assert_sound()
