"""A web site that has the script for pages, and a browser that visits it."""

from collections.abc import Callable

from local_server import html_server
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect
from sites import Site

KINDS = ["visits", "visitors", "site-visits", "site-visitors"]
PLACEHOLDERS = "".join(f'<i data-headcount="{kind}">?</i> ' for kind in KINDS)
FILE = "/headcount.js"


class Web:
    """Each page has the same content. Chromium finds all hosts on this machine."""

    def __init__(self, browser: Browser, site: Site, base: str = "") -> None:
        self.site = site
        self.counter = f"http://counter.example.com:{site.port}{base}"
        self.page: str | Callable[[str], str] = ""  # the HTML of each, or a function of the target
        self.requests: list[str] = []  # to the counter
        self.messages: list[str] = []  # of console.debug
        self.errors: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._server = html_server(lambda target: self.page if isinstance(self.page, str) else self.page(target))
        self._server.start()

    def stop(self) -> None:
        for context in self._contexts:
            context.close()
        self._server.stop()

    def html(self, body: str = PLACEHOLDERS, script: str = "defer", lang: str = "en") -> str:
        """A page; `script` holds the attributes of the script."""
        head = f'<!doctype html><html lang="{lang}"><link rel="icon" href="data:,">'
        return f'{head}<script {script} src="{self.counter}{FILE}"></script><body>{body}'

    def url(self, path: str = "/", host: str = "www.example.com") -> str:
        return f"http://{host}:{self._server.port}{path}"

    def new_tab(self, init: str = "", **options: object) -> Page:
        """A tab of a new visitor; `init` runs before each page's scripts."""
        context = self._browser.new_context(**options)
        self._contexts.append(context)
        context.add_init_script(init)
        context.on("request", self._on_request)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        return context.new_page()

    def open(self, path: str = "/", host: str = "www.example.com", init: str = "", **page: str) -> Page:
        """Opens a page in a new visitor's tab; `page` is for `html`."""
        if page or not self.page:
            self.page = self.html(**page)
        tab = self.new_tab(init)
        tab.goto(self.url(path, host))
        return tab

    def _on_request(self, request: Request) -> None:
        if request.url.startswith(self.counter) and not request.url.endswith(FILE):
            self.requests.append(f"{request.method} {request.url.removeprefix(self.counter)}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "debug":
            self.messages.append(message.text)


def shows(tab: Page, *numbers: str) -> None:
    """Waits until all placeholders show these numbers."""
    expect(tab.locator("[data-headcount]")).to_have_text(list(numbers))
