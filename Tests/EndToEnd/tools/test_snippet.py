"""The README's snippet in a browser."""

import re
import shutil
import subprocess
import tempfile
import textwrap
import threading
from collections.abc import Callable, Iterator
from subprocess import DEVNULL

import pytest
from deadline import until
from local_server import LocalServer, html_server
from playwright.sync_api import Browser
from responder import REPOSITORY
from sites import Site

SNIPPET = re.search(r"```html\n(<p>.*?</script>\n)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)[1]
COUNTER = "https://counter.example.com"


def page_with_snippet(site: Site, rest: str = "", wait: Callable[[str], object] = str) -> LocalServer:
    """Serves the snippet at every path, after `wait`."""

    def page(path: str) -> str:
        wait(path)
        return SNIPPET.replace(COUNTER, f"http://127.0.0.1:{site.port}") + rest

    return html_server(page)


@pytest.fixture
def site(start_fastcgi_site: Callable[..., Site]) -> Site:
    return start_fastcgi_site(HEADCOUNT_CRAWLERS="count")  # the browser says that it is headless


@pytest.mark.parametrize(
    ("path", "page"),
    [("/blog/", "/blog"), ("/caf%C3%A9", "/café"), ("/100%", "/100%"), ("/caf%E9", "/caf%E9")],
)
def test_it_counts_a_page_by_its_path(site: Site, browser: Browser, path: str, page: str) -> None:
    with page_with_snippet(site) as server, browser.new_page() as tab:
        tab.goto(server.endpoint + path)
        tab.wait_for_function("document.querySelector('#visitors').textContent === '1'")
    assert site.counters == {"": (1, 1), page: (1, 1)}


def test_it_counts_a_page_that_comes_back_from_the_cache(site: Site, browser: Browser) -> None:
    with page_with_snippet(site) as server, browser.new_page() as tab:
        tab.goto(f"{server.endpoint}/a")
        tab.wait_for_function("document.querySelector('#visits').textContent === '1'")
        tab.evaluate("window.isTheSame = true")
        tab.goto(f"{server.endpoint}/b")
        tab.wait_for_function("document.querySelector('#visits').textContent === '2'")
        tab.evaluate("history.back()")
        tab.wait_for_function("window.isTheSame && document.querySelector('#visits').textContent === '3'")
    assert site.counters == {"": (3, 1), "/a": (2, 1), "/b": (1, 1)}


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


def test_it_counts_a_prerendered_page_once_it_is_shown(site: Site, profile: str) -> None:
    has_run = threading.Event()
    uncounted = []
    asked = []

    def wait(path: str) -> None:
        asked.append(path)
        if path.startswith("/has-run"):
            uncounted.append(site.counters.get("/b"))
            has_run.set()
        elif path == "/wait":
            has_run.wait(60)

    # Chromium prerenders nothing while Playwright is attached.
    options = ["--headless", "--no-sandbox", "--no-first-run", f"--user-data-dir={profile}"]
    with page_with_snippet(site, PRERENDERING, wait) as server:
        browser = subprocess.Popen(
            [shutil.which("chromium"), *options, f"{server.endpoint}/a"], stdout=DEVNULL, stderr=DEVNULL
        )
        try:
            until(lambda: site.counters.get("/b"), "the second page is counted")
        finally:
            browser.terminate()
            browser.wait(60)
    assert "/has-run?true" in asked, "the second page was not prerendered"
    assert uncounted == [None]
    assert site.counters == {"": (2, 1), "/a": (1, 1), "/b": (1, 1)}


def test_the_demo_and_terraform_show_the_same() -> None:
    demo = (REPOSITORY / "deploy/demo/demo.js").read_text()
    shown = re.search(r"textContent = `(<p>.*?</script>)`;", demo, re.DOTALL)[1].replace("\\", "")
    assert shown.replace("${counter}", f"{COUNTER}/headcount") + "\n" == SNIPPET

    outputs = (REPOSITORY / "terraform/outputs.tf").read_text()
    shown = textwrap.dedent(re.search(r"<<-END\n(.*?)^  END$", outputs, re.DOTALL | re.MULTILINE)[1])
    assert shown.replace("${local.url}", COUNTER).replace("$${", "${") == SNIPPET
