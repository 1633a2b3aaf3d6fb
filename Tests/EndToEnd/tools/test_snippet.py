"""The README's snippet in a browser."""

import re
import textwrap
from collections.abc import Callable

import pytest
from local_server import Handler, LocalServer
from playwright.sync_api import Browser
from responder import REPOSITORY
from sites import Site

SNIPPET = re.search(r"```html\n(<p>.*?</script>\n)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)[1]
COUNTER = "https://counter.example.com"


@pytest.mark.parametrize(
    ("path", "page"),
    [("/blog/", "/blog"), ("/caf%C3%A9", "/café"), ("/100%", "/100%"), ("/caf%E9", "/caf%E9")],
)
def test_it_counts_a_page_by_its_path(
    start_fastcgi_site: Callable[..., Site], browser: Browser, path: str, page: str
) -> None:
    site = start_fastcgi_site(HEADCOUNT_CRAWLERS="count")  # the browser says that it is headless

    class OwnPage(Handler):
        def do_GET(self) -> None:
            body = SNIPPET.replace(COUNTER, f"http://127.0.0.1:{site.port}").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with LocalServer(OwnPage) as server, browser.new_page() as tab:
        tab.goto(server.endpoint + path)
        tab.wait_for_function("document.querySelector('#visitors').textContent === '1'")
    assert site.counters == {"": (1, 1), page: (1, 1)}


def test_the_demo_and_terraform_show_the_same() -> None:
    demo = (REPOSITORY / "deploy/demo/demo.js").read_text()
    shown = re.search(r"textContent = `(<p>.*?</script>)`;", demo, re.DOTALL)[1].replace("\\", "")
    assert shown.replace("${counter}", f"{COUNTER}/headcount") + "\n" == SNIPPET

    outputs = (REPOSITORY / "terraform/outputs.tf").read_text()
    shown = textwrap.dedent(re.search(r"<<-END\n(.*?)^  END$", outputs, re.DOTALL | re.MULTILINE)[1])
    assert shown.replace("${local.url}", COUNTER).replace("$${", "${") == SNIPPET
