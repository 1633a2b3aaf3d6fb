"""The dashboard of a responder with a made-up history, on a fixed day."""

from collections.abc import Callable, Iterator

import history
import pytest
from clock import Clock
from dashboard import OpenDashboard
from playwright.sync_api import Browser, Page
from sites import FastCGISite


@pytest.fixture
def start_dashboard(clock: Clock, start_fastcgi_site: Callable[..., FastCGISite]) -> Callable[..., FastCGISite]:
    """Starts a counter whose numbers anybody may read. It has made-up ones, and an early evening for now."""

    def start(made_up: history.History | None = None, **settings: str | int) -> FastCGISite:
        clock.set(history.NOW)
        site = start_fastcgi_site(**{"HEADCOUNT_STATS": "public"} | clock.settings | settings)
        if made_up:
            made_up.store(site.responder.database)
        return site

    return start


@pytest.fixture
def open_dashboard(browser: Browser) -> Iterator[OpenDashboard]:
    """Opens a dashboard in a new tab. Each has to be one request, without a complaint in the browser's console."""
    tabs: list[Page] = []

    def open_tab(port: int, query: str = "", **options: object) -> Page:
        tab = browser.new_page(**options)
        tabs.append(tab)
        tab.messages, tab.requests = [], []
        tab.on("console", lambda message: tab.messages.append(message.text))
        tab.on("pageerror", lambda error: tab.messages.append(str(error)))
        tab.on("dialog", lambda dialog: (tab.messages.append(dialog.message), dialog.dismiss()))
        tab.on("request", lambda request: tab.requests.append(request.url))
        url = f"http://127.0.0.1:{port}/headcount/{query}"
        assert tab.goto(url).status == 200
        assert [request for request in tab.requests if not request.startswith("data:")] == [tab.url]
        assert tab.messages == []
        return tab

    yield open_tab
    for tab in tabs:
        tab.close()
