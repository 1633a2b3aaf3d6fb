#!/usr/bin/env python3
"""Holds a counter that is live against its contract, and says what fails.

    scripts/smoke.py URL [--read-only] [--count-path /count] [--origin https://example.com] [--wait 60]

It may be behind nginx or on AWS, and others may be counting. It counts five visits of two visitors itself, to the page
`/.headcount-smoke`; or, with --read-only, none, and then cannot tell whether a visit is counted. Nothing but Python is
needed. Exit status 1: something failed; 2: there is no counter.
"""

import argparse
import http.client
import json
import secrets
import sys
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from typing import Any, NamedTuple

PAGE = "/.headcount-smoke"
NOBODYS = "https://headcount-smoke.invalid"  # an origin that may count only if all may
SECONDS = 15
# A crawler that says so and only fetches ahead: either is reason enough not to count it, whatever the settings.
UNCOUNTED = {"User_Agent": "headcount-smoke (monitoring bot)", "Sec_Purpose": "prefetch"}
ATTEMPTS = 5
MARGIN = 60  # in seconds: how far this clock and the counter's may be apart


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            raise ContractError(f"the answer is no JSON: {self}") from None

    def __str__(self) -> str:
        return f"{self.status} {self.headers.get('Content-Type')} {self.body[:200]!r}"


class ContractError(Exception):
    pass


class Numbers(NamedTuple):
    count: int
    unique: int
    is_of_page: bool  # otherwise of the site, to which others count, too

    def after(self, visits: int, visitors: int) -> "Numbers":
        return self._replace(count=self.count + visits, unique=self.unique + visitors)

    def __str__(self) -> str:
        return f"{self.count} visits and {self.unique} visitors"


def demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ContractError(otherwise)


class Counter:
    def __init__(self, url: str, count_path: str, is_read_only: bool) -> None:
        self.url = urllib.parse.urlsplit(url.rstrip("/"))
        self.count_path = count_path
        self.headers = UNCOUNTED if is_read_only else {"User_Agent": new_browser()}
        self.read: list[Numbers] = []

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """`User_Agent` is User-Agent."""
        connection = {"https": http.client.HTTPSConnection, "http": http.client.HTTPConnection}[self.url.scheme](
            self.url.netloc, timeout=SECONDS
        )
        fields = self.headers | headers
        try:
            connection.request(
                method, self.url.path + path, headers={name.replace("_", "-"): value for name, value in fields.items()}
            )
            response = connection.getresponse()
            return Answer(response.status, response.msg, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise ContractError(f"{method} {path}: {error or type(error).__name__}") from error
        finally:
            connection.close()

    def count(self, method: str = "GET", page: str = PAGE, **headers: str) -> Answer:
        return self.ask(f"{self.count_path}?page={urllib.parse.quote(page)}", method, **headers)

    def numbers(self, method: str = "GET", **headers: str) -> Numbers:
        """By an answer that has to be right: the page's; the site's, where there is no room for another page."""
        answer = self.count(method, **headers)
        demand(answer.status == 200, f"200 was expected: {answer}")
        demand(answer.headers.get_content_type() == "application/json", f"application/json was expected: {answer}")
        demand(answer.headers.get("Cache-Control") == "no-store", "Cache-Control is not no-store: it could be kept")
        site = answer.json
        demand(isinstance(site, dict) and "page" in site, f"there is no page in {answer}")
        page = site["page"]
        for numbers in (site,) if page is None else (site, page):
            demand(isinstance(numbers, dict), f"count and unique in {answer}")
            demand(all(type(numbers.get(name)) is int for name in ("count", "unique")), f"count and unique in {answer}")
            demand(0 <= numbers["unique"] <= numbers["count"], f"more visitors than visits in {answer}")
        demand(page is None or page.get("path") == PAGE, f"another page was counted: {answer}")
        numbers = site if page is None else page
        self.read.append(Numbers(numbers["count"], numbers["unique"], page is not None))
        return self.read[-1]

    def wait(self, seconds: float) -> None:
        """A counter that was made just now may take a moment."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = self.ask("/healthz")
                demand(answer.status == 200 and answer.json == {"status": "ok"}, f"/healthz answers {answer}")
                return
            except ContractError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(1)


Check = Callable[[Counter, str | None], None]


def new_browser() -> str:
    """One that nobody has seen before."""
    return f"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 {secrets.token_hex(8)}"


def expect_problem(answer: Answer, status: int, is_readable: bool = True) -> dict[str, Any]:
    demand(answer.status == status, f"{status} was expected: {answer}")
    demand(answer.headers.get_content_type() == "application/problem+json", f"a problem was expected: {answer}")
    if is_readable:
        demand("Access-Control-Allow-Origin" in answer.headers, "no Access-Control-Allow-Origin: pages cannot read why")
    return answer.json


def alone(check: Check) -> Check:
    """Repeats what fails where there is no page of this check's own, so that others may have counted in between."""

    def repeat(counter: Counter, origin: str | None) -> None:
        for attempts_left in reversed(range(ATTEMPTS)):
            try:
                check(counter, origin)
                return
            except ContractError as failure:
                if not counter.read or counter.read[-1].is_of_page:
                    raise
                if not attempts_left:
                    others = "there is no room for a page of this check's own, so it may be others who count"
                    raise ContractError(f"{failure} ({ATTEMPTS} times; {others})") from failure

    return repeat


def on_one_day(check: Check) -> Check:
    """Repeats once what fails around midnight of UTC, when everybody becomes a new visitor."""

    def repeat(counter: Counter, origin: str | None) -> None:
        began = time.time()
        try:
            check(counter, origin)
        except ContractError:
            if int(began - MARGIN) // 86_400 == int(time.time() + MARGIN) // 86_400:
                raise
            check(counter, origin)

    return repeat


@on_one_day
@alone
def check_visits(counter: Counter, _: str | None) -> None:
    before = counter.numbers()
    after = counter.numbers()
    demand(after != before, f"a visit was not counted ({before}): is this machine in HEADCOUNT_IGNORE?")
    demand(after == before.after(visits=1, visitors=0), f"from {before}, a repeated visit made {after}")
    other = counter.numbers(User_Agent=new_browser())
    demand(other == after.after(visits=1, visitors=1), f"from {after}, a visit by another visitor made {other}")


@on_one_day
@alone
def check_not_counted(counter: Counter, _: str | None) -> None:
    before = counter.numbers()
    head = counter.count("HEAD")
    demand((head.status, head.body) == (200, b""), f"HEAD: 200 with no body was expected: {head}")
    ahead = counter.count(Sec_Purpose="prefetch")
    demand(ahead.status == 200, f"prefetch: 200 was expected: {ahead}")
    after = counter.numbers()
    demand(after == before.after(visits=1, visitors=0), f"from {before}, a visit, a HEAD and a prefetch made {after}")


def check_reading(counter: Counter, _: str | None) -> None:
    counter.numbers()
    head = counter.count("HEAD")
    demand((head.status, head.body) == (200, b""), f"HEAD: 200 with no body was expected: {head}")
    counter.numbers("POST")


def check_unmoved(counter: Counter, _: str | None) -> None:
    counter.numbers()
    of_page = {numbers for numbers in counter.read if numbers.is_of_page}
    demand(len(of_page) <= 1, f"it was counted though it says that it is no visitor: {', '.join(map(str, of_page))}")


def check_badge(counter: Counter, _: str | None) -> None:
    answer = counter.ask("/badge.svg")
    demand(answer.status == 200 and answer.headers.get_content_type() == "image/svg+xml", f"a picture: {answer}")


def check_cors(counter: Counter, origin: str | None) -> None:
    preflight = counter.count("OPTIONS", Origin=origin or NOBODYS, Access_Control_Request_Method="POST")
    answer = counter.count("HEAD", Origin=origin or NOBODYS)
    if origin is None and answer.status == 403:
        expect_problem(counter.count(Origin=NOBODYS), 403)
        return
    allowed = answer.headers.get("Access-Control-Allow-Origin")
    demand(answer.status == 200, f"from {origin or NOBODYS}: {answer}")
    demand(allowed in ("*", origin or NOBODYS), f"Access-Control-Allow-Origin is {allowed}")
    demand(allowed == "*" or "Origin" in answer.headers.get("Vary", ""), "no Vary: Origin, and not all are allowed")
    demand(preflight.status == 204, f"preflight: {preflight}")
    demand(preflight.headers.get("Access-Control-Allow-Origin") == allowed, "the preflight allows another origin")
    for name, value in (
        ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
        ("Access-Control-Allow-Headers", "Content-Type"),
        ("Access-Control-Max-Age", "86400"),
    ):
        demand(preflight.headers.get(name) == value, f"preflight: {name} is {preflight.headers.get(name)}")


def check_errors(counter: Counter, origin: str | None) -> None:
    """Of a page that may count; or, if it is not known which may, of no page."""
    is_page = origin is not None or counter.count("HEAD", Origin=NOBODYS).status != 403
    page = {"Origin": origin or NOBODYS} if is_page else {}
    problem = expect_problem(counter.count(page="no-path", **page), 400, is_page)
    demand(problem.get("field") == "page", f"which field is wrong? {problem}")
    refused = counter.count("DELETE", **page)
    expect_problem(refused, 405, is_page)
    demand(refused.headers.get("Allow") == "GET, HEAD, POST, OPTIONS", f"Allow is {refused.headers.get('Allow')}")


COUNTING = {
    "visits and visitors are counted": check_visits,
    "HEAD and prefetches are not": check_not_counted,
}
NEUTRAL = {
    "the badge is a picture": check_badge,
    "CORS": check_cors,
    "errors are problems that a page can read": check_errors,
}
READING = {"the numbers can be read": check_reading}
UNMOVED = {"none of this was counted": check_unmoved}  # last, when all has been sent


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Holds a counter that is live against its contract.",
        epilog=f"It counts five visits of two visitors, to the page {PAGE}; more where HEADCOUNT_MAX_PAGES has no room "
        "for that page and others count meanwhile. With --read-only it counts nobody.",
    )
    parser.add_argument("url", help="where it answers: https://counter.example.com")
    parser.add_argument("--count-path", default="/count")
    parser.add_argument("--origin", help="an origin that may count; by default, one that nobody has")
    parser.add_argument("--wait", type=float, default=60, metavar="SECONDS", help="for it to come up")
    parser.add_argument(
        "--read-only",
        action="store_true",
        help="send only what is answered and not counted; whether a visit is counted remains unknown",
    )
    options = parser.parse_args()
    counter = Counter(options.url, options.count_path, options.read_only)
    checks = READING | NEUTRAL | UNMOVED if options.read_only else COUNTING | NEUTRAL
    if counter.url.scheme not in ("http", "https") or not counter.url.netloc:
        parser.error(f"{options.url!r} is no address like https://counter.example.com")

    try:
        counter.wait(options.wait)
    except ContractError as failure:
        print(f"FAIL  {options.url}: {failure}")
        return 2

    failed = 0
    for name, check in checks.items():
        try:
            check(counter, options.origin)
            print(f"ok    {name}")
        except ContractError as failure:
            failed += 1
            print(f"FAIL  {name}: {failure}")
    untried = "; whether a visit is counted was not tried" if options.read_only else ""
    print(f"{options.url}: {len(checks) - failed} of {len(checks)} hold{untried}")
    if not all(numbers.is_of_page for numbers in counter.read):
        print("By the site's numbers: HEADCOUNT_MAX_PAGES has no room for a page of this check's own.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
