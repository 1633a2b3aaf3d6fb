"""The front end of the counter that Headcount replaces works unchanged in a browser."""

from collections.abc import Callable

import httpx
from local_server import html_server
from nginx_site import InstalledNginx
from playwright.sync_api import Browser

LOCATION = "location = /ResumeSiteCounter { include snippets/headcount-location.conf; }"

PAGE = """<!doctype html>
<link rel="icon" href="data:,">
<p id="count"></p>
<script>
    fetch("URL")
        .then(response => response.json())
        .then(data => { document.getElementById("count").innerText = data.count })
</script>
"""


def test_a_page_of_another_origin_shows_each_visit(
    browser: Browser, nginx: InstalledNginx, start_responder: Callable
) -> None:
    start_responder(HEADCOUNT_COUNT_PATH="/ResumeSiteCounter")
    nginx.start(LOCATION)
    messages = []
    with html_server(lambda _: PAGE.replace("URL", f"{nginx.url}/ResumeSiteCounter")) as site:
        # A headless browser's own User-Agent would not be counted.
        page = browser.new_page(user_agent="Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36")
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.goto(site.endpoint)
        page.get_by_text("1", exact=True).wait_for()
        page.reload()
        page.get_by_text("2", exact=True).wait_for()
        page.close()
    assert messages == []
    assert httpx.get(f"{nginx.url}/headcount").json()["count"] == 3
