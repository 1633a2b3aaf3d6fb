"""Plain CGI: the same program, started by a web server for one request (RFC 3875)."""

import concurrent.futures
import subprocess

import pytest
import records
import responder as program
from answer import Answer


@pytest.fixture
def database(directory):
    return directory / "headcount.db"


def answer_of(database, *arguments, method="GET", body=b"", settings=None, **variables):
    variables = {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "/cgi-bin/headcount",
        "PATH_INFO": "/count",
        "QUERY_STRING": "",
        "REMOTE_ADDR": "192.0.2.1",
        **variables,
    }
    ended = subprocess.run(
        [program.BINARY, *arguments],
        env=program.environment(HEADCOUNT_DATABASE=database, **(settings or {}), **variables),
        input=body,
        capture_output=True,
        timeout=20,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.startswith(b"Status: ")
    answer = Answer.from_cgi(ended.stdout)
    assert method == "HEAD" or len(answer.body) == int(answer.headers.get("Content-Length", 0))
    return answer


@pytest.mark.usefixtures("one_day")
def test_a_visit_is_counted(database):
    answer = answer_of(database)
    assert (answer.status, answer.json) == (200, {"count": 1, "unique": 1})
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer_of(database, QUERY_STRING="page=/a").json == {
        "count": 2,
        "unique": 1,
        "page": {"path": "/a", "count": 1, "unique": 1},
    }
    assert answer_of(database, method="POST", body=b"x" * 100_000, CONTENT_LENGTH="100000").json["count"] == 3
    records.assert_sound(database)


@pytest.mark.parametrize(
    ("variables", "status"),
    [
        ({"method": "OPTIONS"}, 204),
        ({"method": "HEAD"}, 200),
        ({"method": "DELETE"}, 405),
        ({"PATH_INFO": "/nowhere"}, 404),
        ({"PATH_INFO": "/healthz"}, 200),
        ({"QUERY_STRING": "page=%00"}, 400),
        ({"HTTP_ORIGIN": "https://evil.example"}, 403),
    ],
)
def test_other_answers_come_with_their_status_and_count_nothing(database, variables, status):
    settings = {"HEADCOUNT_ALLOWED_ORIGINS": "https://example.com"}
    assert answer_of(database, settings=settings, **variables).status == status
    assert answer_of(database).json["count"] == 1


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["page=/a"], ["-", "stats", "x" * 10_000]], ids=str)
def test_arguments_are_ignored(database, arguments):
    assert answer_of(database, *arguments).json == {"count": 1, "unique": 1}


def test_concurrent_processes_count_exactly(directory, soak):
    """On one new file after another, since the first of them meet while it is being made."""
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        for number in range(300 if soak else 12):
            database = directory / f"{number}.db"
            answers = list(pool.map(answer_of, [database] * 10))
            assert sorted(answer.json["count"] for answer in answers) == list(range(1, 11))
            assert records.site(database)[0] == 10
            records.assert_sound(database)


def test_a_script_counts_beside_a_responder(start_responder, database):
    responder = start_responder()
    counts = []
    for _ in range(5):
        counts += [responder.ask("/count").json["count"], answer_of(database).json["count"]]
    assert counts == list(range(1, 11))


@pytest.mark.parametrize(
    ("settings", "status"), [({"HEADCOUNT_DATABASE": "/nowhere/h.db"}, 73), ({"HEADCOUNT_MAX_PAGES": "many"}, 78)]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_script_that_can_not_start_answers_503(settings, status, method):
    ended = subprocess.run(
        [program.BINARY],
        env=program.environment(**settings, GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD=method, PATH_INFO="/badge.svg"),
        capture_output=True,
        text=True,
        timeout=20,
    )
    answer = Answer.from_cgi(ended.stdout.encode())
    assert (ended.returncode, answer.status) == (status, 503)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*", "the page may read why"
    assert bool(answer.body) == (method == "GET")
    [(name, value)] = settings.items()
    assert f"{name}={value}: " in ended.stderr
    assert value not in answer.body.decode()


@pytest.mark.parametrize("variables", [{"method": "OPTIONS"}, {"PATH_INFO": "/nowhere"}, {"method": "DELETE"}], ids=str)
def test_what_asks_for_no_numbers_touches_no_store(database, variables):
    assert answer_of(database, **variables).status in (204, 404, 405)
    assert not database.exists()


def test_the_base_path_is_not_looked_for_in_path_info(database):
    settings = {"HEADCOUNT_BASE_PATH": "/cgi-bin/headcount"}
    assert answer_of(database, settings=settings).status == 200
    assert answer_of(database, settings=settings, PATH_INFO="", REQUEST_URI="/cgi-bin/headcount/count").status == 200
    assert answer_of(database, settings=settings, PATH_INFO="", REQUEST_URI="/count").status == 404
