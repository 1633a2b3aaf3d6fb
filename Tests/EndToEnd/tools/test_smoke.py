"""scripts/smoke.py: it passes what is right, whichever way in, and says what is not."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from clock import Clock
from nginx_site import InstalledNginx
from responder import REPOSITORY
from webserver import free_port


def smoke(url: str, *arguments: str, **environment: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, REPOSITORY / "scripts/smoke.py", url, "--wait", "0", *arguments],
        env=os.environ | {name: str(value) for name, value in environment.items()},
        capture_output=True,
        text=True,
        timeout=60,
    )


RIGHT = pytest.mark.parametrize(
    ("settings", "arguments"),
    [
        ({}, []),
        ({"HEADCOUNT_COUNT_PATH": "/ResumeSiteCounter"}, ["--count-path", "/ResumeSiteCounter"]),
        ({"HEADCOUNT_ALLOWED_ORIGINS": "https://example.com"}, []),
        ({"HEADCOUNT_ALLOWED_ORIGINS": "https://example.com"}, ["--origin", "https://example.com"]),
        ({"HEADCOUNT_CRAWLERS": "count"}, []),
        ({"HEADCOUNT_MAX_PAGES": 0}, []),
    ],
)


@RIGHT
@pytest.mark.usefixtures("one_day")
def test_a_counter_that_is_right_passes(start_site, settings: dict[str, str], arguments: list[str]) -> None:
    site = start_site(**settings)
    for _ in range(2):
        checked = smoke(f"http://127.0.0.1:{site.port}", *arguments)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert "5 of 5 hold" in checked.stdout
    count, unique = site.numbers
    assert (count, unique) == (10, 4), "what --help says"


@RIGHT
def test_reading_alone_leaves_the_numbers_as_they_are(
    start_site, settings: dict[str, str], arguments: list[str]
) -> None:
    site = start_site(**settings)
    count = settings.get("HEADCOUNT_COUNT_PATH", "/count")
    assert [site.request(f"{count}?page={page}").status for page in ("/a", "/.headcount-smoke")] == [200, 200]
    before = site.counters
    checked = smoke(f"http://127.0.0.1:{site.port}", "--read-only", *arguments)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "5 of 5 hold; whether a visit is counted was not tried" in checked.stdout
    assert site.counters == before


@pytest.mark.fastcgi
@pytest.mark.usefixtures("one_day")
@pytest.mark.parametrize(("read_only", "counted"), [("yes", (0, 0)), ("no", (5, 2)), ("", (5, 2))])
def test_make_smoke_takes_an_address(site, read_only: str, counted: tuple[int, int]) -> None:
    command = ["make", "--no-print-directory", "smoke", f"URL=http://127.0.0.1:{site.port}", f"READ_ONLY={read_only}"]
    checked = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert site.numbers == counted


@pytest.mark.usefixtures("one_day")
def test_a_counter_with_no_room_for_another_page_passes(start_site) -> None:
    site = start_site(HEADCOUNT_MAX_PAGES=1)
    assert site.request("/count?page=/first").status == 200
    checked = smoke(f"http://127.0.0.1:{site.port}")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "HEADCOUNT_MAX_PAGES has no room for a page of this check's own" in checked.stdout
    assert site.counters == {"": (6, 3), "/first": (1, 1)}


def test_it_passes_through_the_nginx_files_as_they_are_installed(start_responder, directory) -> None:
    start_responder()
    nginx = InstalledNginx(directory)
    try:
        nginx.start()
        checked = smoke(nginx.url)
        assert checked.returncode == 0, checked.stdout + checked.stderr
    finally:
        nginx.stop()


def test_an_origin_that_may_not_count_fails(start_site) -> None:
    site = start_site(HEADCOUNT_ALLOWED_ORIGINS="https://example.com")
    checked = smoke(f"http://127.0.0.1:{site.port}", "--origin", "https://example.org")
    assert checked.returncode == 1
    assert "FAIL  CORS: from https://example.org: 403" in checked.stdout


def test_a_machine_that_is_ignored_fails(start_site) -> None:
    site = start_site(HEADCOUNT_IGNORE="127.0.0.0/8")
    checked = smoke(f"http://127.0.0.1:{site.port}")
    assert checked.returncode == 1
    assert "is this machine in HEADCOUNT_IGNORE?" in checked.stdout


def test_where_nothing_answers_it_says_so() -> None:
    checked = smoke(f"http://127.0.0.1:{free_port()}")
    assert checked.returncode == 2
    assert "GET /healthz" in checked.stdout and "refused" in checked.stdout


def test_an_address_without_a_scheme_is_refused() -> None:
    checked = smoke("counter.example.com")
    assert checked.returncode == 2
    assert "is no address like https://counter.example.com" in checked.stderr


Spoil = Callable[["Spoilt"], None]


class Spoilt:
    """An answer on its way through a proxy that spoils it."""

    def __init__(self, method: str, target: str, answer) -> None:
        self.method = method
        self.is_count = target.startswith("/count")
        self.status = answer.status
        self.headers = dict(answer.headers.items())
        self.body = answer.body

    def replace(self, old: bytes, new: bytes) -> None:
        self.body = self.body.replace(old, new)
        self.headers["Content-Length"] = str(len(self.body))


@pytest.fixture
def start_proxy(start_site) -> Iterator[Callable[..., str]]:
    """Starts a site and a proxy before it; returns its URL. It may send each request of a kind twice, and do something
    before a request.
    """
    servers = []

    def start(
        spoil: Spoil = lambda _: None,
        repeated: tuple[str, ...] = (),
        dropped: tuple[str, ...] = (),
        before: Callable[..., None] = lambda *_: None,
        **settings: object,
    ) -> str:
        site = start_site(**settings)

        class Handler(BaseHTTPRequestHandler):
            def __getattr__(self, name: str):
                if name.startswith("do_"):
                    return self._pass_on
                raise AttributeError(name)

            def _pass_on(self) -> None:
                before(site, self.command, self.path)
                fields = {name.replace("-", "_"): value for name, value in self.headers.items() if name not in dropped}
                method = "GET" if self.command in repeated else self.command
                times = 2 if self.command in repeated else 1
                answer = [site.request(self.path, method, **fields) for _ in range(times)][-1]
                spoilt = Spoilt(self.command, self.path, answer)
                spoil(spoilt)
                self.send_response_only(spoilt.status)
                for name, value in spoilt.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(spoilt.body)

            def log_message(self, *_: object) -> None:
                pass

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, kwargs={"poll_interval": 0.05}).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def number_as_text(answer: Spoilt) -> None:
    """The contract of the counter that Headcount replaces."""
    for digit in range(10):
        answer.replace(b'"count":%d' % digit, b'"count":"%d"' % digit)


def without(name: str, status: int) -> Spoil:
    return lambda answer: answer.headers.pop(name, None) if answer.status == status else None


def success_for_errors(answer: Spoilt) -> None:
    answer.status = 200 if answer.status == 400 else answer.status


def ill(answer: Spoilt) -> None:
    answer.status = 503 if answer.is_count and answer.method == "GET" else answer.status


def a_page_as_picture(answer: Spoilt) -> None:
    if answer.headers.get("Content-Type", "").startswith("image/"):
        answer.headers["Content-Type"] = "text/html"


COUNTING_FAULTS = {
    "each visit counted twice": ({"repeated": ("GET",)}, "a repeated visit made"),
    "HEAD counted": ({"repeated": ("HEAD",)}, "a HEAD and a prefetch made"),
    "prefetches counted": ({"dropped": ("Sec-Purpose",)}, "a HEAD and a prefetch made"),
    "all visitors are one": ({"dropped": ("User-Agent",)}, "a visit by another visitor made"),
}
FAULTS = {
    "through a proxy that spoils nothing": ({}, None),
    "numbers as text": ({"spoil": number_as_text}, "count and unique in"),
    "may be kept": ({"spoil": without("Cache-Control", 200)}, "Cache-Control is not no-store"),
    "no CORS": ({"spoil": without("Access-Control-Allow-Origin", 200)}, "Access-Control-Allow-Origin is None"),
    "no CORS on errors": ({"spoil": without("Access-Control-Allow-Origin", 400)}, "no Access-Control-Allow-Origin"),
    "no preflight": ({"spoil": without("Access-Control-Allow-Methods", 204)}, "Access-Control-Allow-Methods is None"),
    "a 200 that did not count": ({"spoil": success_for_errors}, "400 was expected"),
    "no Allow": ({"spoil": without("Allow", 405)}, "Allow is None"),
    "no store": ({"spoil": ill}, "200 was expected"),
    "the badge is a page": ({"spoil": a_page_as_picture}, "a picture"),
}


def expect(checked: subprocess.CompletedProcess[str], reason: str | None) -> None:
    if reason is None:
        assert checked.returncode == 0, checked.stdout + checked.stderr
    else:
        assert checked.returncode == 1, checked.stdout + checked.stderr
        assert any(line.startswith("FAIL") and reason in line for line in checked.stdout.splitlines()), checked.stdout


@pytest.mark.fastcgi
@pytest.mark.parametrize("fault", FAULTS | COUNTING_FAULTS)
def test_what_is_broken_fails(start_proxy, fault: str) -> None:
    how, reason = (FAULTS | COUNTING_FAULTS)[fault]
    expect(smoke(start_proxy(**how)), reason)


@pytest.mark.fastcgi
@pytest.mark.parametrize("fault", COUNTING_FAULTS)
def test_what_is_counted_wrongly_fails_with_no_room_for_a_page(start_proxy, fault: str) -> None:
    how, reason = COUNTING_FAULTS[fault]
    expect(smoke(start_proxy(**how, HEADCOUNT_MAX_PAGES=0)), reason)


@pytest.mark.fastcgi
@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_broken_fails_by_reading_alone(start_proxy, fault: str) -> None:
    how, reason = FAULTS[fault]
    expect(smoke(start_proxy(**how), "--read-only"), reason)


@pytest.mark.fastcgi
@pytest.mark.parametrize(
    ("dropped", "reason"),
    [
        (("Sec-Purpose",), None),
        (("User-Agent",), None),
        (("Sec-Purpose", "User-Agent"), "it was counted though it says that it is no visitor"),
    ],
)
def test_reading_alone_is_not_counted_for_two_reasons(
    start_proxy, dropped: tuple[str, ...], reason: str | None
) -> None:
    expect(smoke(start_proxy(dropped=dropped), "--read-only"), reason)


def at_count(number: int, act: Callable[..., None]) -> Callable[..., None]:
    """Does something before the request that is the so manieth to count."""
    counts = iter(range(1, 1000))

    def before(site, method: str, target: str) -> None:
        if method == "GET" and target.startswith("/count") and next(counts) == number:
            act(site)

    return before


@pytest.mark.fastcgi
@pytest.mark.parametrize("number", [2, 3, 5])
@pytest.mark.parametrize("pages", [1000, 0])
def test_others_may_count_meanwhile(start_proxy, number: int, pages: int) -> None:
    others = at_count(number, lambda site: site.request("/count", User_Agent="curl/8.5.0"))
    expect(smoke(start_proxy(before=others, HEADCOUNT_MAX_PAGES=pages)), None)


@pytest.mark.fastcgi
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("pages", [1000, 0])
def test_a_run_may_cross_midnight(start_proxy, clock: Clock, number: int, pages: int) -> None:
    clock.set("2026-11-24 23:59:50")
    midnight = at_count(number, lambda _: clock.set("2026-11-25 00:00:01"))
    checked = smoke(start_proxy(before=midnight, HEADCOUNT_MAX_PAGES=pages, **clock.settings), **clock.settings)
    expect(checked, None)


@pytest.mark.fastcgi
def test_what_is_broken_fails_at_midnight_too(start_proxy, clock: Clock) -> None:
    clock.set("2026-11-24 23:59:50")
    midnight = at_count(2, lambda _: clock.set("2026-11-25 00:00:01"))
    url = start_proxy(before=midnight, repeated=("GET",), **clock.settings)
    expect(smoke(url, **clock.settings), "a repeated visit made")


@pytest.mark.fastcgi
def test_a_visitor_who_is_new_again_at_noon_fails(start_proxy, clock: Clock) -> None:
    """What midnight excuses is excused at no other time."""
    clock.set("2026-11-24 12:00:00")
    day = {"LD_PRELOAD": "", "FAKETIME_TIMESTAMP_FILE": ""}
    midnight = at_count(2, lambda _: clock.set("2026-11-25 12:00:00"))
    url = start_proxy(before=midnight, **clock.settings)
    expect(smoke(url, **day), "a repeated visit made")
