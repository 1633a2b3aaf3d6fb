"""Settings: every problem is reported, on one line each, before any file is touched."""

import pytest
import responder as program


@pytest.fixture
def settings(directory):
    """Good ones, of a responder that could start."""
    return {"HEADCOUNT_LISTEN": directory / "headcount.sock", "HEADCOUNT_DATABASE": directory / "headcount.db"}


def assert_refused(ended, directory, *said):
    assert (ended.returncode, ended.stdout) == (78, "")
    lines = ended.stderr.splitlines()
    assert len(lines) == len(said), ended.stderr
    assert all(text in line for text, line in zip(said, lines, strict=True)), ended.stderr
    assert not (directory / "headcount.db").exists()
    assert not (directory / "headcount.sock").exists()


def test_all_that_is_wrong_is_said_at_once_each_on_its_line(directory, settings):
    bad = {
        "HEADCOUNT_COUNT_PATH": "/a\nheadcount-fcgi: all is well\x1b[2J",
        "HEADCOUNT_LOG_LEVEL": "loud",
        "HEADCOUNT_TYPO": "1",
    }
    ended = program.run(**settings | bad)
    assert_refused(ended, directory, "HEADCOUNT_COUNT_PATH=", "HEADCOUNT_LOG_LEVEL=loud: ", "HEADCOUNT_TYPO: ")
    assert "\x1b" not in ended.stderr


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "HEADCOUNT_CONFIG="),
        ("HEADCOUNT_MAX_PAGES=many\n", "HEADCOUNT_MAX_PAGES=many: "),
        ("# fine\nnonsense\n", "line 2"),
    ],
)
def test_a_file_that_is_missing_or_bad_is_an_error(directory, settings, text, said):
    file = directory / "headcount.env"
    if text:
        file.write_text(text)
    assert_refused(program.run(**settings | {"HEADCOUNT_CONFIG": file}), directory, said)
