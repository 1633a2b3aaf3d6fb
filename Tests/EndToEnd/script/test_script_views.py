"""What the script for pages counts."""

import contextlib
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from subprocess import DEVNULL

import pytest
from deadline import until
from playwright.sync_api import Error
from web import Web, shows


def test_a_page_of_another_origin_counts_with_one_request(web: Web) -> None:
    tab = web.open("/blog/")
    shows(tab, "1", "1", "1", "1")
    assert web.requests == ["POST /headcount?page=%2Fblog"]
    assert web.site.counters == {"": (1, 1), "/blog": (1, 1)}


def test_it_counts_below_a_base_path(make_web: Callable[..., Web]) -> None:
    web = make_web(HEADCOUNT_BASE_PATH="/tools")
    shows(web.open("/blog"), "1", "1", "1", "1")
    assert web.site.counters == {"": (1, 1), "/blog": (1, 1)}


def test_a_visible_page_counts_before_it_has_loaded(web: Web) -> None:
    loads = threading.Event()

    def page(target: str) -> str:
        if target == "/slow":
            loads.wait(60)
        return web.html('<img src="/slow">')

    web.page = page
    tab = web.new_tab()
    tab.goto(web.url(), wait_until="commit")
    until(lambda: web.site.counters.get("/"), "the page is counted")
    loads.set()


def test_a_reload_counts_and_is_the_same_visitor(web: Web) -> None:
    tab = web.open()
    shows(tab, "1", "1", "1", "1")
    tab.reload()
    shows(tab, "2", "1", "2", "1")


def test_two_browsers_are_two_visitors(web: Web) -> None:
    web.page = web.html()
    for visitors in ("1", "2"):
        tab = web.new_tab(user_agent=f"Firefox/{visitors}")
        tab.goto(web.url())
        shows(tab, visitors, visitors, visitors, visitors)


PAGES = {
    "/caf%C3%A9/": "/café",
    "/a+b%20c": "/a+b c",
    "/what%3F": "/what%3F",
    "/100%": "/100%",
    "/caf%E9": "/caf%E9",
    "/blog/?utm_source=x#top": "/blog",
    "/" + "a" * 511: "/" + "a" * 511,
}


def test_a_page_is_its_decoded_path(web: Web) -> None:
    web.page = web.html()
    tab = web.new_tab()
    for visits, path in enumerate(PAGES, start=1):
        tab.goto(web.url(path))
        shows(tab, "1", "1", str(visits), "1")
    assert web.site.counters == dict.fromkeys(PAGES.values(), (1, 1)) | {"": (len(PAGES), 1)}


def test_a_name_that_the_counter_refuses_counts_for_the_site_alone(web: Web) -> None:
    web.page = web.html()
    tab = web.new_tab()
    for visits, path in enumerate(["/%0A", "/%C2%85", "/" + "a" * 512, "/" + "%C3%A9" * 256], start=1):
        tab.goto(web.url(path))
        shows(tab, "?", "?", str(visits), "1")
    assert web.site.counters == {"": (4, 1)}
    assert web.requests == ["POST /headcount"] * 4


def test_data_page_names_the_page(web: Web) -> None:
    shows(web.open("/no/such/page", script='defer data-page="/404"'), "1", "1", "1", "1")
    assert web.site.counters == {"": (1, 1), "/404": (1, 1)}


# Playwright's tabs are always visible.
HIDDEN = """
    let state = "hidden";
    Object.defineProperty(document, "visibilityState", {get: () => state});
    Object.defineProperty(document, "hidden", {get: () => state === "hidden"});
    window.set = (next) => { state = next; document.dispatchEvent(new Event("visibilitychange")); };
"""


def test_a_hidden_tab_counts_once_when_it_is_first_visible(web: Web) -> None:
    tab = web.open(init=HIDDEN)
    tab.evaluate("set('hidden')")
    assert web.requests == []
    tab.evaluate("set('visible'), set('hidden'), set('visible')")
    shows(tab, "1", "1", "1", "1")
    tab.evaluate("headcount.count('/last')")
    shows(tab, "1", "1", "2", "1")


@pytest.fixture
def profile() -> Iterator[str]:
    """A directory for Chromium, whose helper processes may still write when it has ended."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as path:
        yield path


# The first page asks for the second one ahead, and goes there once that has run.
PRERENDERING = """
    <script type="speculationrules">{"prerender": [{"urls": ["/b"], "eagerness": "immediate"}]}</script>
    <script>
      if (location.pathname === "/a") fetch("/wait").then(() => location.assign("/b"));
      else fetch(`/has-run?${document.prerendering}`);
    </script>
"""


def test_a_prerendered_page_counts_once_it_is_shown(web: Web, profile: str) -> None:
    has_run = threading.Event()
    uncounted = []
    asked = []

    def page(target: str) -> str:
        asked.append(target)
        if target.startswith("/has-run"):
            uncounted.append(web.site.counters.get("/b"))
            has_run.set()
        elif target == "/wait":
            has_run.wait(60)
        return web.html(PRERENDERING, script='data-hosts="127.0.0.1"')

    web.page = page
    # Chromium prerenders nothing while Playwright is attached.
    options = ["--headless", "--no-sandbox", "--no-first-run", "--host-resolver-rules=MAP * 127.0.0.1"]
    browser = subprocess.Popen(
        [shutil.which("chromium"), *options, f"--user-data-dir={profile}", web.url("/a", "127.0.0.1")],
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    try:
        until(lambda: web.site.counters.get("/b"), "the second page is counted")
    finally:
        browser.terminate()
        browser.wait(60)
    assert "/has-run?true" in asked, "the second page was not prerendered"
    assert uncounted == [None]
    assert web.site.counters == {"": (2, 1), "/a": (1, 1), "/b": (1, 1)}


def test_a_page_that_comes_back_from_the_cache_counts(web: Web) -> None:
    tab = web.open("/a")
    shows(tab, "1", "1", "1", "1")
    tab.evaluate("window.isTheSame = true")
    tab.goto(web.url("/b"))
    shows(tab, "1", "1", "2", "1")
    tab.evaluate("history.back()")
    shows(tab, "2", "1", "3", "1")
    assert tab.evaluate("window.isTheSame")
    assert web.site.counters == {"": (3, 1), "/a": (2, 1), "/b": (1, 1)}


def test_a_page_that_is_closed_at_once_counts(web: Web) -> None:
    web.page = web.html(script="", body="<script>location.replace('about:blank')</script>")
    tab = web.new_tab()
    with contextlib.suppress(Error):  # its navigation is interrupted
        tab.goto(web.url())
    tab.wait_for_url("about:blank")
    tab.close()
    until(lambda: web.site.counters.get("/"), "the page is counted")


def test_a_script_that_is_included_twice_or_run_again_counts_once(web: Web) -> None:
    tag = f'<script defer src="{web.counter}/headcount.js"></script>'
    tab = web.open("/a", body='<i data-headcount="visits">?</i>' + tag)
    shows(tab, "1")
    tab.evaluate(
        """src => {
            document.body.innerHTML = '<i data-headcount="site-visits">?</i>';
            document.body.append(Object.assign(document.createElement("script"), {src}));
        }""",
        f"{web.counter}/headcount.js",
    )
    shows(tab, "1")
    assert web.requests == ["POST /headcount?page=%2Fa"]


def test_an_element_with_the_id_headcount_does_no_harm(web: Web) -> None:
    shows(web.open(body='<b id="headcount" data-headcount="visits">?</b>'), "1")


def test_data_auto_off_leaves_counting_to_the_page(web: Web) -> None:
    tab = web.open(script='defer data-auto="off"')
    tab.evaluate("headcount.count('/made-up/')")
    shows(tab, "1", "1", "1", "1")
    assert web.requests == ["POST /headcount?page=%2Fmade-up"]


def test_without_javascript_a_picture_counts(web: Web) -> None:
    web.page = web.html(f'<noscript><img alt="" src="{web.counter}/headcount.svg"></noscript>')
    tab = web.new_tab(java_script_enabled=False)
    tab.goto(web.url())
    assert web.site.counters == {"": (1, 1)}
    with_script = web.open("/a")
    with_script.wait_for_function("window.headcount")
    until(lambda: web.site.counters.get("/a"), "the page is counted")
    assert web.site.numbers == (2, 1)


def test_the_event_has_the_answer(web: Web) -> None:
    listener = "document.addEventListener('headcount', (event) => { window.detail = event.detail; })"
    tab = web.open("/a", init=listener)
    tab.wait_for_function("window.detail")
    page = {"path": "/a", "count": 1, "unique": 1}
    assert tab.evaluate("detail") == {"count": 1, "unique": 1, "page": page}
