"""A web site with the script for pages."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser
from sites import Site
from web import Web


@pytest.fixture
def make_web(browser: Browser, start_fastcgi_site: Callable[..., Site]) -> Iterator[Callable[..., Web]]:
    """Starts a counter with these settings, and a web site. After the test, no script must have thrown."""
    webs: list[Web] = []

    def make(**settings: str | int) -> Web:
        # The browser says that it is headless.
        site = start_fastcgi_site(HEADCOUNT_CRAWLERS="count", **settings)
        webs.append(Web(browser, site, settings.get("HEADCOUNT_BASE_PATH", "")))
        return webs[-1]

    yield make
    for web in webs:
        web.stop()
    assert [web.errors for web in webs if web.errors] == []


@pytest.fixture
def web(make_web: Callable[..., Web]) -> Web:
    return make_web()
