"""The form before a private dashboard: what it sends on each way in, and how it works in a browser.

The server in front of the Lambda function renames `WWW-Authenticate`, so there no browser asks for the password.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from answer import Answer
from cgi_front import CGIFront
from playwright.sync_api import Browser, Page, expect
from webserver import basic, request

PASSWORD = "pässword: 1"
PRIVATE = {"HEADCOUNT_STATS_PASSWORD": PASSWORD}


def assert_it_signs_in(ask: Callable[..., Answer]) -> None:
    form = ask("/headcount/")
    assert form.status == 401 and b'type="password"' in form.body and "Set-Cookie" not in form.headers
    refused = ask("/headcount/", "POST", Authorization=basic("wrong"))
    assert refused.status == 403 and "Set-Cookie" not in refused.headers and "Basic" not in str(refused.headers)
    signed_in = ask("/headcount/", "POST", Authorization=basic(PASSWORD))
    assert (signed_in.status, signed_in.body) == (204, b"")
    cookie, *attributes = signed_in.headers["Set-Cookie"].split("; ")
    assert attributes == ["Secure", "HttpOnly", "SameSite=Strict"]
    for path in ("/headcount/", "/headcount/stats", "/headcount/days.csv", "/headcount/pages.csv"):
        answer = ask(path, Cookie=f"a=b; {cookie}; c=d")
        assert answer.status == 200 and "Set-Cookie" not in answer.headers
        assert ask(path).status == ask(path, Cookie=cookie[:-4]).status == 401


def test_a_session_opens_the_dashboard_and_the_downloads(start_site) -> None:
    assert_it_signs_in(start_site(**PRIVATE).request)


def test_a_session_opens_them_in_a_cgi_script(directory: Path) -> None:
    with CGIFront(HEADCOUNT_DATABASE=directory / "headcount.db", **PRIVATE) as front:
        assert_it_signs_in(partial(request, front.port))


@pytest.fixture
def open_form(browser: Browser) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_tab(url: str, **options: object) -> Page:
        # Behind nginx the browser asks first. These answer its dialog in vain, so that the form appears.
        wrong = {"username": "me", "password": "wrong"}
        contexts.append(browser.new_context(http_credentials=wrong, **options))
        tab = contexts[-1].new_page()
        tab.blocked = []
        tab.on("console", lambda message: "Content Security Policy" in message.text and tab.blocked.append(message))
        tab.on("pageerror", lambda error: tab.blocked.append(error))
        assert tab.goto(url).status == 401
        return tab

    yield open_tab
    for context in contexts:
        context.close()


def test_the_owner_signs_in_with_the_keyboard_and_downloads_the_days(start_site, open_form) -> None:
    site = start_site(HEADCOUNT_BASE_PATH="/counter", **PRIVATE)
    site.request("/counter/headcount?page=/a")
    tab = open_form(f"http://127.0.0.1:{site.port}/counter/headcount/?range=7d")
    field, problem = tab.get_by_label("Password"), tab.get_by_role("alert")
    expect(field).to_be_focused()
    tab.keyboard.type("wrong")
    tab.keyboard.press("Enter")
    expect(problem).to_have_text("That is not the password.")
    tab.context.set_offline(True)
    tab.keyboard.press("Enter")
    expect(problem).to_have_text("That did not work. Try again in a moment.")
    tab.context.set_offline(False)
    assert tab.context.cookies() == []
    tab.keyboard.type(PASSWORD)  # replaces the selected text
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="Visits by day")).to_be_visible()
    assert tab.url.endswith("/counter/headcount/?range=7d")
    [cookie] = tab.context.cookies()
    assert (cookie["name"], cookie["path"], cookie["expires"]) == ("headcount", "/counter/headcount", -1)
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
    with tab.expect_download() as download:
        tab.get_by_role("link", name="Days as CSV").click()
    assert download.value.path().read_text().startswith("day,count,unique")
    assert tab.blocked == []


@pytest.mark.fastcgi
def test_without_encryption_it_says_why_it_can_not_sign_in(start_site, open_form) -> None:
    site = start_site(**PRIVATE)
    tab = open_form(f"http://counter.example.com:{site.port}/headcount/")
    expect(tab.get_by_role("alert")).to_contain_text("Use https")
    expect(tab.get_by_role("button")).to_be_disabled()


@pytest.mark.fastcgi
def test_without_javascript_it_names_a_command_and_sends_no_password(start_site, open_form) -> None:
    site = start_site(**PRIVATE)
    tab = open_form(f"http://127.0.0.1:{site.port}/headcount/", java_script_enabled=False)
    expect(tab.locator("pre")).to_have_text(f"curl --user owner 'http://127.0.0.1:{site.port}/headcount/stats'")
    tab.get_by_label("Password").fill("s3cret")
    requests = []
    tab.on("request", lambda request: requests.append(request.url))
    with tab.expect_console_message(lambda message: "form-action" in message.text):
        tab.keyboard.press("Enter")
    assert requests == []
