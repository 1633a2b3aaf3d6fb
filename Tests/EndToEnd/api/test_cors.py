"""Who may count across origins, as a browser asks and reads it (Fetch, “CORS protocol”)."""

import pytest

LIST = "https://example.com, https://*.example.org,http://localhost:8080, https://*.example.net:8443"

ALLOWED = [
    "https://example.com",
    "https://www.example.org",
    "https://a.b.example.org",
    "http://localhost:8080",
    "https://www.example.net:8443",
]

REFUSED = [
    "http://example.com",
    "https://example.com:8443",
    "https://www.example.com",
    "https://example.com.evil.example",
    "https://evil.example/https://example.com",
    "https://example.org",
    "https://evil-example.org",
    "https://evilexample.org",
    "https://.example.org",
    "http://www.example.org",
    "https://www.example.org:8443",
    "https://www.example.org.evil.example",
    "https://example.net:8443",
    "https://www.example.net",
    "http://localhost",
    "http://localhost:80801",
    "https://localhost:8080",
    "null",
    "*",
    "https://*.example.org",
    "example.com",
    "https://example.com/",
    "https://example.com https://evil.example",
    "https://user@example.com",
    "file://",
]


@pytest.fixture
def listed(start_site):
    return start_site(HEADCOUNT_ALLOWED_ORIGINS=LIST)


@pytest.mark.parametrize("origin", ["https://example.com", "http://localhost:3000", "null", "chrome-extension://abc"])
def test_by_default_every_origin_may_count_and_read(site, origin):
    answer = site.request(Origin=origin)
    assert (answer.status, answer.json["count"]) == (200, 1)
    assert answer.headers.get_all("Access-Control-Allow-Origin") == ["*"]


@pytest.mark.parametrize(
    ("target", "method", "status"),
    [("/count?page=", "GET", 400), ("/nowhere", "GET", 404), ("/count", "DELETE", 405), ("/healthz", "GET", 200)],
)
def test_every_answer_can_be_read_across_origins(site, target, method, status):
    answer = site.request(target, method, Origin="https://example.com")
    assert answer.status == status
    assert answer.headers.get_all("Access-Control-Allow-Origin") == ["*"]


@pytest.mark.parametrize("origin", ALLOWED)
def test_an_origin_on_the_list_counts_and_is_echoed(listed, origin):
    answer = listed.request(Origin=origin)
    assert (answer.status, answer.json["count"]) == (200, 1)
    assert answer.headers.get_all("Access-Control-Allow-Origin") == [origin]
    assert answer.headers.get_all("Vary") == ["Origin"]


def test_a_page_of_the_counters_own_origin_need_not_be_listed(listed):
    """Browsers name the origin of every POST, and say of it what no script can."""
    own = {"method": "POST", "Origin": "https://counter.example"}
    assert listed.request(**own, Sec_Fetch_Site="same-site").status == 403
    answer = listed.request(**own, Sec_Fetch_Site="same-origin")
    assert (answer.status, answer.json["count"]) == (200, 1)
    assert answer.headers.get_all("Vary") == ["Origin"]


@pytest.mark.parametrize("origin", REFUSED)
def test_an_origin_off_the_list_is_refused_and_not_counted(listed, origin):
    for method in ("GET", "POST", "HEAD"):
        answer = listed.request(method=method, Origin=origin)
        assert answer.status == 403
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers.get_all("Access-Control-Allow-Origin") == ["*"], "the page may read why"
        assert answer.headers.get_all("Vary") == ["Origin"]
    problem = listed.request(Origin=origin).json
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", "Forbidden", 403)
    assert listed.numbers == (0, 0)


def test_the_preflight_of_an_origin_on_the_list_is_granted(listed):
    answer = listed.request("/count", "OPTIONS", Origin=ALLOWED[1], Access_Control_Request_Method="POST")
    assert answer.status == 204
    assert answer.headers.get_all("Access-Control-Allow-Origin") == [ALLOWED[1]]
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert answer.headers["Access-Control-Max-Age"] == "86400"
    assert answer.headers.get_all("Vary") == ["Origin"]


def test_the_preflight_of_an_origin_off_the_list_is_refused(listed):
    answer = listed.request("/count", "OPTIONS", Origin="https://evil.example", Access_Control_Request_Method="POST")
    assert answer.status == 403
    assert answer.headers.get_all("Vary") == ["Origin"]
    assert "Access-Control-Allow-Methods" not in answer.headers


def test_a_request_without_an_origin_is_served_and_caches_keep_it_apart(listed):
    answer = listed.request()
    assert (answer.status, answer.json["count"]) == (200, 1)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers.get_all("Vary") == ["Origin"]


@pytest.mark.parametrize(
    ("target", "method", "status"),
    [("/count?page=", "GET", 400), ("/nowhere", "GET", 404), ("/count", "DELETE", 405), ("/healthz", "GET", 200)],
)
def test_errors_are_echoed_to_an_origin_on_the_list_too(listed, target, method, status):
    answer = listed.request(target, method, Origin=ALLOWED[0])
    assert answer.status == status
    assert answer.headers.get_all("Access-Control-Allow-Origin") == [ALLOWED[0]]
    assert answer.headers.get_all("Vary") == ["Origin"]


def test_visits_from_several_origins_are_one_count(listed):
    counts = [listed.request(Origin=origin).json["count"] for origin in ALLOWED]
    assert counts == [1, 2, 3, 4, 5]
