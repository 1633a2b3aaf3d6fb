"""The HTTP contract, through nginx."""

import pytest

JSON_FIELDS = {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def assert_problem(answer, status, title):
    """An error as RFC 9457 wants it, that a browser may read and no cache keeps."""
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"
    problem = answer.json
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", title, status)
    assert problem["detail"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_visit_is_counted_and_the_numbers_include_it(site, method):
    for count in (1, 2, 3):
        answer = site.request("/count", method)
        assert (answer.status, answer.json) == (200, {"count": count, "unique": 1})
        assert site.numbers == (count, 1)
    assert {name: answer.headers[name] for name in JSON_FIELDS} == JSON_FIELDS
    site.assert_sound()


def test_an_answer_says_its_length_and_comes_in_no_chunks(site):
    answer = site.request()
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    assert "Transfer-Encoding" not in answer.headers


def test_the_body_of_a_post_says_nothing(site):
    assert site.request(method="POST", body=b'{"page": "/x"}', Content_Type="application/json").json["count"] == 1
    assert site.request(method="POST", body=b"page=/x" * 4000).json["count"] == 2
    assert set(site.counters) == {""}


def test_a_page_has_numbers_of_its_own_beside_the_sites(site):
    site.request("/count")
    assert site.request("/count?page=/a").json == {
        "count": 2,
        "unique": 1,
        "page": {"path": "/a", "count": 1, "unique": 1},
    }
    assert site.request("/count?page=/a").json["page"] == {"path": "/a", "count": 2, "unique": 1}
    assert site.request("/count?page=/").json == {
        "count": 4,
        "unique": 1,
        "page": {"path": "/", "count": 1, "unique": 1},
    }


def test_head_answers_the_fields_of_get_without_a_body_and_counts_nothing(site):
    site.request("/count?page=/a")
    head = site.request("/count?page=/a", "HEAD")
    get = site.request("/count?page=/a")
    assert (head.status, head.body) == (200, b"")
    assert {name: head.headers[name] for name in JSON_FIELDS} == JSON_FIELDS
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert get.json["count"] == 2


def test_head_of_an_unknown_page_makes_no_page(site):
    assert site.request("/count?page=/new", "HEAD").status == 200
    assert set(site.counters) == {""}


@pytest.mark.fastcgi
def test_head_has_no_body_on_fastcgi_either(site):
    with site.responder.connect() as connection:
        head = connection.ask("/count", "HEAD")
        assert (head.status, head.body) == (200, b"")
        assert head.headers["Content-Length"] == str(len('{"count":0,"unique":0}'))
        assert connection.ask("/count").json == {"count": 1, "unique": 1}


@pytest.mark.parametrize("target", ["/count", "/count?page=/a", "/healthz", "/no/such/path", "/count?page="])
def test_a_preflight_is_answered_anywhere_and_counts_nothing(site, target):
    answer = site.request(target, "OPTIONS", Origin="https://example.com", Access_Control_Request_Method="POST")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert answer.headers["Access-Control-Max-Age"] == "86400"
    assert site.numbers == (0, 0)


def test_health_is_a_read_that_counts_nothing(site):
    answer = site.request("/healthz")
    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert site.request("/healthz", "HEAD").status == 200
    assert site.numbers == (0, 0)


@pytest.mark.parametrize("target", ["/", "/counter", "/count/x", "/COUNT", "/healthz/", "/favicon.ico", "/stats"])
def test_another_path_is_404_and_counts_nothing(site, target):
    assert_problem(site.request(target), 404, "Not Found")
    assert site.numbers == (0, 0)


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "PROPFIND"])
@pytest.mark.parametrize(
    ("target", "allowed"), [("/count", "GET, HEAD, POST, OPTIONS"), ("/healthz", "GET, HEAD, OPTIONS")]
)
def test_another_method_is_405_that_says_which_are_allowed(site, method, target, allowed):
    answer = site.request(target, method)
    assert_problem(answer, 405, "Method Not Allowed")
    assert answer.headers["Allow"] == allowed
    assert site.numbers == (0, 0)


def test_posting_to_health_is_405(site):
    assert site.request("/healthz", "POST").headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.fastcgi
@pytest.mark.parametrize("method", ["get", "Post", "X" * 1000, ""])
def test_a_method_that_nginx_would_not_pass_is_405_too(site, method):
    answer = site.responder.ask("/count", method)
    assert_problem(answer, 405, "Method Not Allowed")
    assert site.numbers == (0, 0)


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("page=/a/", "/a"),
        ("page=/a///", "/a"),
        ("page=/", "/"),
        ("page=//", "/"),
        ("page=%2Fa%2Fb%2F", "/a/b"),
        ("page=/a%2520b", "/a%20b"),
        ("page=/a%20b", "/a b"),
        ("page=/a%2Bb", "/a+b"),
        ("page=/a?utm_source=x", "/a"),
        ("page=/a%3Fx%3D1%23top", "/a"),
        ("page=/a%23top", "/a"),
        ("page=/a/?x=/", "/a"),
        ("page=/a=b", "/a=b"),
        ("page=/A", "/A"),
        ("page=/a/../b", "/a/../b"),
        ("p%61ge=/a", "/a"),
        ("_=1732406400&page=/a", "/a"),
        ("page=/a&cachebuster&x=%zz&=", "/a"),
        ("Page=/b&page=/a&pages=/c", "/a"),
    ],
)
def test_a_page_is_decoded_once_and_folded(site, query, page):
    answer = site.request(f"/count?{query}")
    assert (answer.status, answer.json["page"]["path"]) == (200, page)
    assert site.counters == {"": (1, 1), page: (1, 1)}


@pytest.mark.parametrize("query", ["", "x=1", "utm_source=/a&_=2", "&&", "%70ages=/a"])
def test_without_a_page_only_the_site_counts(site, query):
    assert site.request(f"/count?{query}").json == {"count": 1, "unique": 1}


def test_an_existing_front_end_keeps_its_path(start_site):
    """The original one fetches /ResumeSiteCounter from another origin and shows `data.count`."""
    site = start_site(HEADCOUNT_COUNT_PATH="/ResumeSiteCounter")
    answer = site.request("/ResumeSiteCounter", Origin="https://resume.example")
    assert (answer.status, answer.json["count"]) == (200, 1)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert site.request("/count").status == 404
    assert site.request("/healthz").status == 200


def test_a_base_path_is_taken_off(start_site):
    site = start_site(HEADCOUNT_BASE_PATH="/hc")
    assert site.request("/hc/count?page=/a").json["count"] == 1
    assert site.request("/hc/healthz").status == 200
    for target in ("/count", "/healthz", "/hc", "/hc/", "/hccount", "/hcx/count", "/x/hc/count", "/hc/hc/count"):
        assert site.request(target).status == 404, target
    assert site.numbers == (1, 1)


def test_a_base_path_may_end_in_a_slash_and_stand_before_another_count_path(start_site):
    site = start_site(HEADCOUNT_BASE_PATH="/a/b/", HEADCOUNT_COUNT_PATH="/visits")
    assert site.request("/a/b/visits").json["count"] == 1
    assert site.request("/a/b/count").status == 404


def test_path_info_is_the_path_where_the_server_sets_it(start_responder):
    responder = start_responder()
    script = {"SCRIPT_NAME": "/cgi-bin/headcount", "REQUEST_URI": "/cgi-bin/headcount/count?page=/a"}
    answer = responder.ask("/?page=/a", PATH_INFO="/count", **script)
    assert answer.json["page"]["path"] == "/a"
    assert responder.ask("/count", PATH_INFO="").json["count"] == 2
    assert responder.ask("/count", PATH_INFO="/x").status == 404


@pytest.mark.usefixtures("one_day")
def test_the_address_is_no_header(site):
    """Anyone can send one."""
    for number in range(1, 4):
        answer = site.request(
            X_Forwarded_For=f"198.51.100.{number}",
            Forwarded=f"for=198.51.100.{number}",
            X_Real_IP=f"198.51.100.{number}",
        )
        assert answer.json == {"count": number, "unique": 1}


def test_nothing_is_printed_and_no_line_is_logged_per_request(site):
    before = site.log
    assert len(before.splitlines()) <= 3
    for target in ("/count", "/count?page=/a", "/count?page=", "/nowhere", "/healthz"):
        for method in ("GET", "HEAD", "DELETE", "OPTIONS"):
            site.request(target, method)
    assert site.log == before
