"""Plain CGI (RFC 3875): the web server starts the same program for each request."""

import concurrent.futures

import pytest
import records
from answer import Answer
from responder import run_script


@pytest.fixture
def database(directory):
    return directory / "headcount.db"


def ask(database, *arguments, **variables):
    result = run_script(*arguments, HEADCOUNT_DATABASE=database, **variables)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.startswith(b"Status: ")
    answer = Answer.from_cgi(result.stdout)
    assert len(answer.body) == int(answer.headers.get("Content-Length", 0))
    return answer


@pytest.mark.usefixtures("one_day")
def test_a_visit_is_counted(database):
    answer = ask(database)
    assert (answer.status, answer.json) == (200, {"count": 1, "unique": 1})
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert ask(database, "--help", QUERY_STRING="page=/a").json == {
        "count": 2,
        "unique": 1,
        "page": {"path": "/a", "count": 1, "unique": 1},
    }
    assert ask(database, REQUEST_METHOD="POST", body=b"x" * 100_000, CONTENT_LENGTH="100000").json["count"] == 3
    records.assert_sound(database)


def test_concurrent_scripts_count_exactly(directory, soak):
    """Each round starts without a database, so the scripts also race to create it."""
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        for number in range(150 if soak else 6):
            database = directory / f"{number}.db"
            answers = list(pool.map(ask, [database] * 20))
            assert sorted(answer.json["count"] for answer in answers) == list(range(1, 21))
            assert records.site(database)[0] == 20
            records.assert_sound(database)


@pytest.mark.parametrize(
    ("settings", "status"), [({"HEADCOUNT_DATABASE": "/nowhere/h.db"}, 73), ({"HEADCOUNT_MAX_PAGES": "many"}, 78)]
)
def test_a_script_that_can_not_start_answers_503(settings, status):
    result = run_script(**settings)
    answer = Answer.from_cgi(result.stdout)
    assert (result.returncode, answer.status) == (status, 503)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*", "any page may read the reason"
    [(name, value)] = settings.items()
    assert f"{name}={value}: " in result.stderr.decode()
    assert value not in answer.body.decode()


def test_requests_that_need_no_numbers_create_no_database(database):
    assert ask(database, REQUEST_METHOD="OPTIONS").status == 204
    assert ask(database, PATH_INFO="/nowhere").status == 404
    assert ask(database, REQUEST_METHOD="DELETE").status == 405
    assert not database.exists()
