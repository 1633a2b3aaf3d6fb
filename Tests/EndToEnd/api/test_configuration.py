"""Settings: what is wrong is said, once and clearly, before anything is touched."""

import pytest
import responder as program

BAD = [
    ("HEADCOUNT_STORE", "postgres", "sqlite"),
    ("HEADCOUNT_DATABASE", "headcount.db", "absolute"),
    ("HEADCOUNT_DATABASE", "/var/lib/", "file"),
    ("HEADCOUNT_COUNT_PATH", "count", "/count"),
    ("HEADCOUNT_COUNT_PATH", "/", "/count"),
    ("HEADCOUNT_COUNT_PATH", "/count?x=1", "query"),
    ("HEADCOUNT_COUNT_PATH", "/a b", "/count"),
    ("HEADCOUNT_COUNT_PATH", "/%63ount", "percent"),
    ("HEADCOUNT_COUNT_PATH", "/zähler", "/count"),
    ("HEADCOUNT_COUNT_PATH", "/healthz", "none that means something else"),
    ("HEADCOUNT_CRAWLERS", "yes", "ignore or count"),
    ("HEADCOUNT_STATS", "open", "private or public"),
    ("HEADCOUNT_BASE_PATH", "hc", "/"),
    ("HEADCOUNT_BASE_PATH", "/hc?", "query"),
    ("HEADCOUNT_BASE_PATH", "https://example.com/hc", "/"),
    ("HEADCOUNT_ALLOWED_ORIGINS", "example.com", "https://example.com"),
    ("HEADCOUNT_ALLOWED_ORIGINS", "https://example.com/", "https://example.com"),
    ("HEADCOUNT_ALLOWED_ORIGINS", "https://example.com/path", "https://example.com"),
    ("HEADCOUNT_ALLOWED_ORIGINS", "https://*example.com", "https://*.example.com"),
    ("HEADCOUNT_ALLOWED_ORIGINS", "https://a.*.example.com", "https://*.example.com"),
    ("HEADCOUNT_ALLOWED_ORIGINS", "https://*", "https://*.example.com"),
    ("HEADCOUNT_ALLOWED_ORIGINS", "https://example.com:port", "https://example.com"),
    ("HEADCOUNT_ALLOWED_ORIGINS", "https://example.com:70000", "https://example.com"),
    ("HEADCOUNT_ALLOWED_ORIGINS", "*, https://example.com", "*"),
    ("HEADCOUNT_ALLOWED_ORIGINS", "https://example.com https://example.org", "comma"),
    ("HEADCOUNT_ALLOWED_ORIGINS", "null", "https://example.com"),
    ("HEADCOUNT_ALLOWED_ORIGINS", ",", "comma"),
    ("HEADCOUNT_IGNORE", "localhost", "address"),
    ("HEADCOUNT_IGNORE", "10.0.0.0/33", "CIDR"),
    ("HEADCOUNT_IGNORE", "2001:db8::/129", "CIDR"),
    ("HEADCOUNT_IGNORE", "10.0.0.0/", "CIDR"),
    ("HEADCOUNT_IGNORE", "10.0.0.0/-1", "CIDR"),
    ("HEADCOUNT_IGNORE", "10.0.0", "address"),
    ("HEADCOUNT_IGNORE", "10.0.0.1-10.0.0.9", "CIDR"),
    ("HEADCOUNT_IGNORE", "192.0.2.1 192.0.2.2", "comma"),
    ("HEADCOUNT_IGNORE", "192.0.2.1, home", "comma"),
    ("HEADCOUNT_MAX_PAGES", "many", "number"),
    ("HEADCOUNT_MAX_PAGES", "-1", "number"),
    ("HEADCOUNT_MAX_PAGES", "1.5", "number"),
    ("HEADCOUNT_MAX_PAGES", "1e3", "number"),
    ("HEADCOUNT_MAX_PAGES", "1000001", "1000000"),
    ("HEADCOUNT_MAX_PAGES", "99999999999999999999", "1000000"),
    ("HEADCOUNT_LISTEN", "headcount.sock", "path"),
    ("HEADCOUNT_LISTEN", "/" + "x" * 107, "107"),
    ("HEADCOUNT_LISTEN", "127.0.0.1", "127.0.0.1:9000"),
    ("HEADCOUNT_LISTEN", "127.0.0.1:0", "127.0.0.1:9000"),
    ("HEADCOUNT_LISTEN", "127.0.0.1:65536", "127.0.0.1:9000"),
    ("HEADCOUNT_LISTEN", "localhost:9000", "127.0.0.1:9000"),
    ("HEADCOUNT_LISTEN", ":9000", "127.0.0.1:9000"),
    ("HEADCOUNT_LISTEN", "9000", "127.0.0.1:9000"),
    ("HEADCOUNT_LISTEN", "::1:9000", "127.0.0.1:9000"),
    ("HEADCOUNT_LOG_LEVEL", "loud", "warning"),
    ("HEADCOUNT_LOG_LEVEL", "INFO", "info"),
    ("HEADCOUNT_MAXPAGES", "3", "HEADCOUNT_MAX_PAGES"),
    ("HEADCOUNT_", "", "no such setting"),
]


@pytest.fixture
def settings(directory):
    """Good ones, of a responder that could start."""
    return {"HEADCOUNT_LISTEN": directory / "headcount.sock", "HEADCOUNT_DATABASE": directory / "headcount.db"}


def assert_refused(ended, directory, *, lines=1):
    assert ended.returncode == 78
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == lines, ended.stderr
    assert not (directory / "headcount.db").exists()
    assert not (directory / "headcount.sock").exists()


@pytest.mark.parametrize(("name", "value", "allowed"), BAD, ids=lambda text: text[:40])
def test_a_bad_value_stops_the_start_with_one_clear_line(directory, settings, name, value, allowed):
    ended = program.run(**settings | {name: value})
    assert_refused(ended, directory)
    assert f"{name}={value}: " in ended.stderr
    assert allowed in ended.stderr.partition(f"{name}={value}: ")[2]


def test_a_line_break_in_a_value_does_not_make_a_second_line(directory, settings):
    ended = program.run(**settings | {"HEADCOUNT_COUNT_PATH": "/a\nheadcount-fcgi: all is well\x1b[2J"})
    assert_refused(ended, directory)
    assert "\x1b" not in ended.stderr


def test_everything_that_is_wrong_is_said_at_once(directory, settings):
    bad = {"HEADCOUNT_MAX_PAGES": "many", "HEADCOUNT_LOG_LEVEL": "loud", "HEADCOUNT_TYPO": "1"}
    ended = program.run(**settings | bad)
    assert_refused(ended, directory, lines=3)
    for name, value in bad.items():
        assert sum(f"{name}={value}: " in line for line in ended.stderr.splitlines()) == 1


def test_a_database_that_is_there_is_not_touched(start_responder, settings):
    responder = start_responder()
    responder.ask("/count")
    responder.stop()
    before = responder.database.read_bytes(), responder.database.stat().st_mtime_ns
    assert program.run(**settings | {"HEADCOUNT_MAX_PAGES": "many"}).returncode == 78
    assert (responder.database.read_bytes(), responder.database.stat().st_mtime_ns) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEADCOUNT_STORE", "sqlite"),
        ("HEADCOUNT_COUNT_PATH", ""),
        ("HEADCOUNT_BASE_PATH", "/"),
        ("HEADCOUNT_ALLOWED_ORIGINS", "*"),
        ("HEADCOUNT_ALLOWED_ORIGINS", "https://[2001:db8::1]:8443 , http://localhost"),
        ("HEADCOUNT_IGNORE", ""),
        ("HEADCOUNT_IGNORE", "10.1.2.3/8"),
        ("HEADCOUNT_MAX_PAGES", "0"),
        ("HEADCOUNT_MAX_PAGES", "1000000"),
        ("HEADCOUNT_LOG_LEVEL", "debug"),
    ],
)
def test_a_good_value_starts(start_responder, name, value):
    assert start_responder(**{name: value}).ask("/count").json["count"] == 1


def test_a_file_gives_settings_and_the_environment_goes_before_it(make_responder, directory):
    file = directory / "headcount.env"
    file.write_text(
        '# A comment\n; another\n\nHEADCOUNT_COUNT_PATH=/visits\nHEADCOUNT_MAX_PAGES = "0"\n'
        f"HEADCOUNT_DATABASE='{directory}/elsewhere.db'\n"
    )
    responder = make_responder(HEADCOUNT_CONFIG=file, HEADCOUNT_DATABASE=directory / "here.db")
    responder.start()
    assert responder.ask("/visits?page=/a").json == {"count": 1, "unique": 1, "page": None}
    assert (directory / "here.db").exists()
    assert not (directory / "elsewhere.db").exists()


def test_a_file_that_is_named_and_missing_is_an_error(directory, settings):
    ended = program.run(**settings | {"HEADCOUNT_CONFIG": directory / "missing.env"})
    assert_refused(ended, directory)
    assert f"HEADCOUNT_CONFIG={directory}/missing.env" in ended.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("HEADCOUNT_MAX_PAGES=many\n", "HEADCOUNT_MAX_PAGES=many: "),
        ("HEADCOUNT_TYPO=1\n", "HEADCOUNT_TYPO=1: "),
        ("# fine\nnonsense\n", "line 2"),
        ('HEADCOUNT_COUNT_PATH="/never closed\n', "line 1"),
    ],
)
def test_a_bad_file_is_an_error(directory, settings, text, said):
    file = directory / "headcount.env"
    file.write_text(text)
    ended = program.run(**settings | {"HEADCOUNT_CONFIG": file})
    assert_refused(ended, directory)
    assert said in ended.stderr
