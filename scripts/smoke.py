#!/usr/bin/env python3
"""Checks a live counter: does it count, and can a page read its answers?

    scripts/smoke.py URL [--read-only] [--wait 60] [--version 7]

It makes two visits by two visitors to the page `/.headcount-smoke`. With --read-only it makes none, so it can't check
that visits are stored. It also reports, without failing, whether browsers can ask for the dashboard's password.
"""

import argparse
import contextlib
import http.client
import json
import secrets
import sys
import time
import urllib.parse

PAGE = "/.headcount-smoke"
COUNTING = f"/headcount?page={PAGE}"
ORIGIN = "https://headcount-smoke.invalid"
UNCOUNTED = {"User-Agent": "headcount-smoke (monitoring bot)", "Sec-Purpose": "prefetch"}
FAILURES = (AssertionError, OSError, ValueError, http.client.HTTPException)


class Counter:
    def __init__(self, url: str, patience: float, version: str | None) -> None:
        self.url = urllib.parse.urlsplit(url.rstrip("/"))
        self.version = version
        self.deadline = time.monotonic() + patience

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
        """Returns status, headers and body. Counts as a visit only with another `User_Agent` and `Sec_Purpose`."""
        kind = http.client.HTTPSConnection if self.url.scheme == "https" else http.client.HTTPConnection
        connection = kind(self.url.netloc, timeout=15)
        fields = UNCOUNTED | {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, self.url.path + path, headers=fields)
            answer = connection.getresponse()
            return answer.status, answer.msg, answer.read().decode()
        finally:
            connection.close()

    def numbers(self, **headers: str) -> tuple[int, int]:
        """Visits and visitors of the page, or of the site if HEADCOUNT_MAX_PAGES leaves no room for the page."""
        status, _, body = self.ask(COUNTING, **headers)
        assert status == 200, f"{status} {body}"
        try:
            numbers = json.loads(body)["page"] or json.loads(body)
            return numbers["count"], numbers["unique"]
        except (ValueError, KeyError, TypeError):
            raise AssertionError(f"no numbers in {body}") from None


def check_health(counter: Counter) -> None:
    """A new deployment may take a moment to answer, and on Lambda the old version may still do so."""
    while True:
        try:
            status, _, body = counter.ask("/headcount/healthz")
            assert status == 200, f"{status} {body}"
            answered = json.loads(body).get("version")
            assert counter.version in (None, answered), f"version {answered} answers, not {counter.version}"
            return
        except FAILURES:
            if time.monotonic() > counter.deadline:
                raise
        time.sleep(1)


def check_counting(counter: Counter) -> None:
    one, other = (f"Mozilla/5.0 Firefox/140.0 {secrets.token_hex(8)}" for _ in range(2))
    before = counter.numbers(User_Agent=one, Sec_Purpose="")
    counter.ask(COUNTING, "HEAD", User_Agent=one, Sec_Purpose="")
    counter.ask(COUNTING, User_Agent=one)
    after = counter.numbers(User_Agent=other, Sec_Purpose="")
    made = f"one visit changed (visits, visitors) from {before} to {after}"
    assert after[0] > before[0] and after[1] > before[1], f"{made}: is this machine in HEADCOUNT_IGNORE?"
    assert after[0] == before[0] + 1, f"{made}: was a HEAD or a prefetch counted, or did others visit?"


def check_prefetch(counter: Counter) -> None:
    before, after = counter.numbers(), counter.numbers()
    assert after == before, f"a prefetch changed (visits, visitors) from {before} to {after}"


def check_reading(counter: Counter) -> None:
    status, _, body = counter.ask(f"/headcount.json?page={PAGE}")
    assert status == 200, f"{status} {body}"
    answer = json.loads(body)
    assert answer.keys() == {"count", "unique", "pages"} and len(answer["pages"]) == 1, body


def check_picture(counter: Counter) -> None:
    status, headers, body = counter.ask("/headcount/badge.svg")
    assert (status, headers.get_content_type()) == (200, "image/svg+xml"), f"{status} {body}"


def check_cors(counter: Counter) -> None:
    status, headers, body = counter.ask(COUNTING, "OPTIONS", Origin=ORIGIN, Access_Control_Request_Method="POST")
    assert status in (204, 403), f"{status} {body}"  # 403 where HEADCOUNT_ALLOWED_ORIGINS is set
    assert "Access-Control-Allow-Origin" in headers or status == 403, "no Access-Control-Allow-Origin"


def check_errors(counter: Counter) -> None:
    status, headers, body = counter.ask(f"{COUNTING}&page=/twice")
    assert (status, headers.get_content_type()) == (400, "application/problem+json"), f"{status} {body}"


def challenge(counter: Counter) -> str | None:
    """The header of the dashboard's 401 that makes a browser ask for the password; gateways of AWS rename it."""
    status, headers, _ = counter.ask("/headcount/")
    if status != 401:
        return None  # public, off, or too many requests
    names = [name for name in headers if name.lower().endswith("www-authenticate")]
    asks = "ask for the password" if "WWW-Authenticate" in headers else "show the form to sign in"
    return f"the dashboard's 401 has {' and '.join(names) or 'no WWW-Authenticate'}: browsers {asks}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="the counter's address, like https://counter.example.com")
    parser.add_argument(
        "--wait", type=float, default=60, metavar="SECONDS", help="how long to wait for the counter to answer"
    )
    parser.add_argument("--version", help="wait until this version of the Lambda function answers")
    parser.add_argument("--read-only", action="store_true", help="count no visit")
    options = parser.parse_args()
    counter = Counter(options.url, options.wait, options.version)
    counting = check_prefetch if options.read_only else check_counting
    checks = [check_health, counting, check_reading, check_picture, check_cors, check_errors]
    for check in checks:
        try:
            check(counter)
        except FAILURES as failure:
            sys.exit(f"{options.url}: {check.__name__} failed: {failure!r}")
    with contextlib.suppress(*FAILURES):
        if report := challenge(counter):
            print(f"{options.url}: {report}")
    print(
        f"{options.url}: all {len(checks)} checks passed" + (", and no visit was counted" if options.read_only else "")
    )


if __name__ == "__main__":
    main()
