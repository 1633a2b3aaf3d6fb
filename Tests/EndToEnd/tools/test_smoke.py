"""scripts/smoke.py passes a counter that works and reports what is wrong with one that doesn't."""

import subprocess

import pytest
from lambda_front import RENAMED
from responder import REPOSITORY
from sites import LambdaSite
from webserver import free_port


def smoke(port: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [REPOSITORY / "scripts/smoke.py", f"http://127.0.0.1:{port}", "--wait", "0", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_a_working_counter_passes(start_site) -> None:
    site = start_site(HEADCOUNT_ALLOWED_ORIGINS="https://example.com")
    for arguments, expected, counted in ((["--read-only"], "no visit was counted", 0), ([], "all 6 checks passed", 2)):
        checked = smoke(site.port, *arguments)
        assert (checked.returncode, checked.stderr) == (0, "") and expected in checked.stdout
        assert site.numbers == (counted, counted), "each visit is by another visitor"


def test_it_reports_whether_browsers_ask_for_the_password(start_site) -> None:
    site = start_site(HEADCOUNT_STATS_PASSWORD="s3cret")
    checked = smoke(site.port, "--read-only")
    is_renamed = isinstance(site, LambdaSite)
    header = RENAMED["WWW-Authenticate"] if is_renamed else "WWW-Authenticate"
    browsers = "show the form to sign in" if is_renamed else "ask for the password"
    assert checked.returncode == 0 and f"the dashboard's 401 has {header}: browsers {browsers}\n" in checked.stdout


def test_it_waits_for_a_version_of_the_function(start_lambda_site) -> None:
    site = start_lambda_site(AWS_LAMBDA_FUNCTION_VERSION="7")
    assert smoke(site.port, "--read-only", "--version", "7").returncode == 0
    checked = smoke(site.port, "--read-only", "--version", "8")
    assert checked.returncode == 1 and "version 7 answers, not 8" in checked.stderr


@pytest.mark.fastcgi
def test_a_visit_that_is_not_counted_fails(start_site) -> None:
    checked = smoke(start_site(HEADCOUNT_IGNORE="127.0.0.0/8").port)
    assert checked.returncode == 1 and "is this machine in HEADCOUNT_IGNORE?" in checked.stderr


def test_a_counter_that_does_not_answer_is_reported() -> None:
    checked = smoke(free_port())
    assert checked.returncode == 1 and "check_health failed: ConnectionRefusedError" in checked.stderr


@pytest.mark.fastcgi
def test_make_smoke_accepts_a_url(site) -> None:
    command = ["make", "--no-print-directory", "smoke", f"URL=http://127.0.0.1:{site.port}"]
    checked = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert site.numbers[0] == 2
