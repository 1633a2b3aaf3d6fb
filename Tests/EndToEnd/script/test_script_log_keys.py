"""A page has the same name whether the script counts it or `headcount import-log` reads it from the server's log."""

import time
from collections.abc import Callable
from pathlib import Path

import exports
import pytest
from command import Command
from local_server import html_server
from nginx_site import InstalledNginx
from playwright.sync_api import Browser
from responder import Responder

HTML = '<!doctype html><link rel="icon" href="data:,"><script defer src="{}/headcount.js"></script>'
RESERVED = ";/?:@&=+$,#"

PATHS = [
    *(f"/raw{character}x" for character in RESERVED),
    *(f"/escaped%{ord(character):02X}x" for character in RESERVED),
    *(f"/escaped%{ord(character):02x}x" for character in RESERVED),
    *(f"/other{character}x" for character in " \"<>{}|^`\\'~!*()[]é😀\ud83d"),
    *(f"/other%{ord(character):02X}x" for character in " \"<>{}|^`\\'~!*()[]%A"),
    "/caf%C3%A9",
    "/caf%c3%a9",
    "/%F0%9F%98%80",
    # Not UTF-8: Latin-1, a lone surrogate, an overlong form, one cut short.
    *("/caf%E9", "/caf%e9/%2F", "/%ED%A0%80", "/%C0%80", "/%C3%2F"),
    *("/", "//", "//a", "/a//b", "/a/", "/a//", "/tag/node.js/", "/a%2F", "/a%2F/"),
    *("/.", "/a/./b", "/a/../b", "/a/%2e/b", "/a/%2E%2e/b", "/a/..%2Fb", "/..."),
]

# nginx and Apache answer 400, but other servers may have a page there. One that writes a log stands for them.
MALFORMED = ["/100%", "/100%/", "/%zz", "/%4", "/%%41%2F", "/é%", '/"<>{}^`%', "/%u00e9"]

# A page can't have such a name: control characters, or more than 512 bytes.
NAMELESS = ["/%01", "/a%0Ab", "/a\x02b", "/%7F", "/%C2%85", f"/{'x' * 512}"]


@pytest.mark.usefixtures("one_day")
def test_a_page_has_one_name_live_and_in_the_log(
    browser: Browser,
    nginx: InstalledNginx,
    start_responder: Callable[..., Responder],
    directory: Path,
) -> None:
    live = start_responder(HEADCOUNT_CRAWLERS="count")  # the browser says that it is headless
    from_log = start_responder("from-log", HEADCOUNT_DATABASE=directory / "from-log.db")
    nginx.edit("conf.d/headcount.conf", "rate=10r/s", "rate=10000r/s")
    nginx.start(f"location / {{ default_type text/html; return 200 '{HTML.format('')}'; }}")
    odd_log: list[str] = []
    agent = ""

    def odd_page(target: str) -> str:
        stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
        odd_log.append(f'127.0.0.1 - - [{stamp}] "GET {target} HTTP/1.1" 200 512 "-" "{agent}"\n')
        return HTML.format(f"http://www.example.com:{nginx.port}")

    with html_server(odd_page) as odd_server, browser.new_context() as context:
        tab = context.new_page()
        agent = tab.evaluate("navigator.userAgent")

        def visit(port: int, path: str) -> None:
            with tab.expect_response(lambda response: response.request.method == "POST") as counted:
                # Not `goto`: Playwright itself would encode the path.
                tab.evaluate("url => { location.href = url }", f"http://www.example.com:{port}{path}")
            assert counted.value.ok, path

        for path in PATHS + NAMELESS:
            visit(nginx.port, path)
        for path in MALFORMED:
            visit(odd_server.port, path)

    odd = directory / "odd.log"
    odd.write_text("".join(odd_log))
    Command.of(from_log.database, HEADCOUNT_CRAWLERS="count").ok(
        "import-log", "--apply", nginx.prefix / "access.log", odd
    )
    expected, imported = (exports.read(Command.of(each.database).ok("export")) for each in (live, from_log))
    site, site_in_log = expected.pop(None), imported.pop(None)
    assert imported == expected
    assert {"/raw;x", "/escaped%2fx", "/other%x", "/café", "/caf%E9", "/a%2F", "/tag/node.js", "/100%"} <= set(imported)
    # A visit to a page without a name counts for the site, but `import-log` leaves it out.
    visits = len(PATHS) + len(MALFORMED)
    [(day, count)] = site[1].items()
    assert count == (visits + len(NAMELESS), 1)
    assert site_in_log[1] == {day: (visits, 1)}
