"""Settings: the responder reports every bad one, clearly and once, before it creates a file or a socket."""

import pytest
import responder as program


@pytest.fixture
def settings(directory):
    """Valid settings, with which a responder could start."""
    return {"HEADCOUNT_LISTEN": directory / "headcount.sock", "HEADCOUNT_DATABASE": directory / "headcount.db"}


def assert_refused(result, directory, *expected):
    assert (result.returncode, result.stdout) == (78, "")
    lines = result.stderr.splitlines()
    assert len(lines) == len(expected), result.stderr
    assert all(text in line for text, line in zip(expected, lines, strict=True)), result.stderr
    assert not (directory / "headcount.db").exists()
    assert not (directory / "headcount.sock").exists()


def test_every_bad_setting_is_reported_on_its_own_line(directory, settings):
    bad = {
        "HEADCOUNT_COUNT_PATH": "/a\nheadcount-fcgi: all is well\x1b[2J",
        "HEADCOUNT_LOG_LEVEL": "loud",
        "HEADCOUNT_TYPO": "1",
    }
    result = program.run(**settings | bad)
    assert_refused(result, directory, "HEADCOUNT_COUNT_PATH=", "HEADCOUNT_LOG_LEVEL=loud: ", "HEADCOUNT_TYPO: ")
    assert "\x1b" not in result.stderr


def test_the_environment_overrides_the_settings_file(make_responder, directory):
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "HEADCOUNT_CONFIG="),
        ("HEADCOUNT_MAX_PAGES=many\n", "HEADCOUNT_MAX_PAGES=many: "),
        ("# fine\nnonsense\n", "line 2"),
    ],
)
def test_a_missing_or_malformed_settings_file_is_an_error(directory, settings, text, expected):
    file = directory / "headcount.env"
    if text:
        file.write_text(text)
    assert_refused(program.run(**settings | {"HEADCOUNT_CONFIG": file}), directory, expected)
