"""The script for pages does no harm to a page, nor to its visitors, also when it can't reach the counter."""

import base64
import gzip
import hashlib
import re
import textwrap
from collections.abc import Callable

import pytest
from documents import blocks
from playwright.sync_api import Route, expect
from responder import REPOSITORY
from web import PLACEHOLDERS, Web, shows

SOURCE = (REPOSITORY / "Sources/Headcount/headcount.js").read_bytes()


def test_it_is_small() -> None:
    assert len(SOURCE) <= 5000
    assert len(gzip.compress(SOURCE, 9)) <= 2200


def test_it_uses_nothing_that_it_promises_not_to() -> None:
    forbidden = r"cookie|document\.(title|referrer)|screen|language|location\.(search|href)|preventDefault|unload"
    assert re.findall(rf"{forbidden}|innerHTML|sendBeacon|MutationObserver|click|https?:", SOURCE.decode()) == []


def respond(**answer: object) -> Callable[[Route], None]:
    return lambda route: route.fulfill(headers={"Access-Control-Allow-Origin": "*"}, **answer)


@pytest.mark.parametrize(
    "answer",
    [
        respond(status=403, json={"detail": "Pages of this origin may not use this counter."}),
        respond(status=429),
        respond(status=503, json={"count": 1, "unique": 1}),
        respond(status=200, body="<title>Log in to this network</title>"),
        lambda route: route.abort("internetdisconnected"),
        lambda route: route.abort("blockedbyclient"),
    ],
    ids=["403", "429", "503", "not JSON", "offline", "blocked"],
)
def test_a_failure_leaves_the_page_as_it_is_and_is_not_tried_again(web: Web, answer: Callable) -> None:
    web.page = web.html(f"<p data-headcount-box hidden>{PLACEHOLDERS}</p>")
    tab = web.new_tab()
    tab.route("**/headcount*", lambda route: route.fallback() if "headcount.js" in route.request.url else answer(route))
    with tab.expect_console_message(lambda message: message.type == "debug"):
        tab.goto(web.url())
    tab.evaluate("headcount.show()")
    tab.evaluate("fetch('/')")
    shows(tab, "?", "?", "?", "?")
    expect(tab.locator("p")).to_be_hidden()
    assert web.requests == ["POST /headcount?page=%2F"]
    assert len(web.messages) == 1


def test_an_origin_that_may_not_use_the_counter_sees_its_own_text(make_web: Callable[..., Web]) -> None:
    web = make_web(HEADCOUNT_ALLOWED_ORIGINS="https://example.com")
    tab = web.new_tab()
    web.page = web.html()
    with tab.expect_console_message(lambda message: message.type == "debug"):
        tab.goto(web.url())
    shows(tab, "?", "?", "?", "?")
    assert web.messages == ["headcount: 403"]
    assert web.site.numbers == (0, 0)


def test_it_works_under_a_strict_policy_with_a_nonce_and_an_integrity_hash(web: Web) -> None:
    policy = (
        "default-src 'none'; script-src 'nonce-abc'; require-trusted-types-for 'script'; trusted-types 'none'; "
        f"connect-src {web.counter}"
    )
    integrity = "sha384-" + base64.b64encode(hashlib.sha384(SOURCE).digest()).decode()
    script = f'defer nonce="abc" integrity="{integrity}" crossorigin="anonymous"'
    html = web.html(script=script)
    web.page = html.replace("<link", f'<meta http-equiv="Content-Security-Policy" content="{policy}"><link', 1)
    tab = web.new_tab()
    violations = "document.addEventListener('securitypolicyviolation', ({blockedURI}) => violations.push(blockedURI))"
    tab.add_init_script(f"window.violations = []; {violations}")
    tab.goto(web.url("/#headcount-on"))
    shows(tab, "1", "1", "1", "1")
    expect(tab.get_by_text("Headcount counts your visits")).to_be_visible()
    assert [each for each in tab.evaluate("violations") if each != "data"] == []


RECORDS_FETCH = """
    window.fetched = [];
    const original = fetch;
    window.fetch = (...request) => { fetched.push(request[1]); return original(...request); };
"""


def test_the_request_outlives_the_page_and_sends_nothing_about_the_visitor(web: Web) -> None:
    tab = web.open(init=RECORDS_FETCH)
    shows(tab, "1", "1", "1", "1")
    private = {"credentials": "omit", "referrerPolicy": "no-referrer", "cache": "no-store", "keepalive": True}
    assert tab.evaluate("fetched") == [private | {"method": "POST"}]


def test_it_asks_only_the_counter_without_a_preflight_and_stores_nothing(web: Web) -> None:
    web.page = web.html()
    tab = web.new_tab()
    requests = []
    network = tab.context.new_cdp_session(tab)
    network.send("Network.enable")
    network.on("Network.requestWillBeSent", lambda event: requests.append((event["type"], event["request"]["url"])))
    tab.goto(web.url())
    shows(tab, "1", "1", "1", "1")
    assert [each for each in requests if not each[1].startswith("data:")] == [
        ("Document", web.url()),
        ("Script", f"{web.counter}/headcount.js"),
        ("Fetch", f"{web.counter}/headcount?page=%2F"),
    ]
    assert tab.context.cookies() == []
    assert tab.evaluate("localStorage.length + sessionStorage.length") == 0


COUNTER = "https://counter.example.com"


def test_terraform_shows_the_snippet_of_the_readme(web: Web) -> None:
    [snippet] = [block for block in blocks("README.md", "html") if block.startswith(f'<script defer src="{COUNTER}/')]
    outputs = (REPOSITORY / "terraform/modules/headcount/outputs.tf").read_text()
    shown = textwrap.dedent(re.search(r"<<-END\n(.*?)^  END$", outputs, re.DOTALL | re.MULTILINE)[1])
    assert shown.replace("${local.url}", COUNTER) == snippet

    web.page = snippet.replace(COUNTER, web.counter)
    tab = web.new_tab()
    tab.goto(web.url())
    shows(tab, "1")
