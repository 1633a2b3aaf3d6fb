"""What the dashboard sends: who may read it, its headers, its links, and what strangers can't do."""

import base64
import hashlib
import html
import re
import urllib.parse

import history
import pytest
from answer import Answer
from dashboard import OpenDashboard, open_details
from playwright.sync_api import Browser
from responder import run_script

PASSWORD = {"HEADCOUNT_STATS": "private", "HEADCOUNT_STATS_PASSWORD": "hunter2-hunter2"}


def test_a_document_without_scripts_that_nobody_may_store_frame_or_index(start_site) -> None:
    site = start_site(HEADCOUNT_STATS="public")
    site.request("/headcount?page=/a")
    answer = site.request("/headcount/")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
    style = re.search(r"<style>(.*)</style>", answer.body.decode(), re.DOTALL)[1]
    assert policy == {
        "default-src": "'none'",
        "style-src": f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'",
        "img-src": "data:",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert b"<script" not in answer.body and b">/a<" in answer.body
    head = site.request("/headcount/", "HEAD")
    assert (head.status, head.body, head.headers["Content-Type"]) == (200, b"", answer.headers["Content-Type"])


def test_all_links_stay_on_the_dashboard_and_work(start_site) -> None:
    site = start_site(HEADCOUNT_STATS="public")
    for page in ("/a", "//evil.example/x", "/%3Cb%3E"):
        site.request(f"/headcount?page={page}")
    for view in ("", "?page=//evil.example/x", "?page=/none", "?q=none"):
        body = site.request("/headcount/" + view).body.decode()
        links = {html.unescape(link) for link in re.findall(r'(?:href|action)="([^"]*)"', body)}
        assert len(links) >= 3
        for link in links - {"#main"}:
            if not link.startswith("data:"):
                assert re.match(r"\?range=|(days\.csv|pages\.csv|stats)\?days=", link), link
                assert site.request("/headcount/" + link.partition("#")[0]).status == 200, link


@pytest.mark.fastcgi
def test_a_wrong_query_is_a_problem_that_names_the_field(start_site) -> None:
    site = start_site(HEADCOUNT_STATS="public")
    for query in ("range=1y", "range=7d&range=7d", "pages=50", "q=" + "x" * 1000, "q=%FF", "page=none"):
        answer = site.request(f"/headcount/?{query}")
        assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")
        assert answer.json["detail"].startswith(f"{query.partition('=')[0]} must be ")


@pytest.mark.fastcgi
def test_without_a_password_there_is_no_dashboard(start_site) -> None:
    assert start_site().request("/headcount/").status == 404


@pytest.mark.fastcgi
def test_a_browser_asks_for_the_password(start_site, browser: Browser, open_dashboard: OpenDashboard) -> None:
    site = start_site(**PASSWORD)
    refused = site.request("/headcount/")
    assert (refused.status, refused.headers["WWW-Authenticate"].split()[0]) == (401, "Basic")
    with browser.new_context(http_credentials={"username": "me", "password": "wrong"}) as context:
        assert context.new_page().goto(f"http://127.0.0.1:{site.port}/headcount/").status == 401
    tab = open_dashboard(site.port, http_credentials={"username": "me", "password": "hunter2-hunter2"})
    assert tab.get_by_text("Nothing counted yet").is_visible()


def test_the_style_applies(start_site, open_dashboard: OpenDashboard) -> None:
    site = start_site(HEADCOUNT_STATS="public")
    site.request("/headcount?page=/a")
    tab = open_dashboard(site.port)
    assert tab.eval_on_selector(".card", "card => getComputedStyle(card).borderTopLeftRadius") != "0px"


def test_hostile_names_are_text(start_dashboard, open_dashboard: OpenDashboard) -> None:
    """`open_dashboard` checks that nothing is loaded, and that no dialog appears."""
    port = start_dashboard(history.hostile()).port
    tab = open_dashboard(port, "?pages=100")
    names = tab.locator(".pages tbody bdi").all_inner_texts()
    visible = {"\u202e": "U+202E", "\u2066": "U+2066", "\u2028": "U+2028", "\u200b": "U+200B", "\ufeff": "U+FEFF"}
    assert sorted(names) == sorted(name.translate(str.maketrans(visible)) for name in history.HOSTILE)
    links = tab.locator(".pages tbody a").evaluate_all("all => all.map(link => link.href)")
    assert sorted(urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["page"][0] for link in links) == sorted(
        history.HOSTILE
    )
    search = '"><script>alert(1)</script>\u202e'
    for link in [*links, tab.url + "&q=" + urllib.parse.quote(search)]:
        assert tab.locator("script, iframe, object, .pages img, [onload], [onerror], [onmouseover]").count() == 0
        assert link.startswith(f"http://127.0.0.1:{port}/headcount/?")
        tab.goto(link)
        open_details(tab)
        assert tab.requests[-1] == tab.url and tab.messages == []
    assert tab.locator("script").count() == 0
    assert tab.locator("[name=q]").input_value() == search


def snippet(answer: Answer) -> str:
    """The address of the script that the dashboard shows."""
    assert answer.status == 200
    return re.search(r'src="([^"]*)/headcount\.js"', html.unescape(answer.body.decode()))[1]


def test_a_hostile_host_is_not_shown(start_responder) -> None:
    responder = start_responder(HEADCOUNT_STATS="public")
    for host in ('"><script>', "a b", "a/b", "a@b", "", "\u202e"):
        answer = responder.ask("/headcount/", HTTP_HOST=host)
        assert snippet(answer) == "http://counter.example.com"
        assert "<h1>counter.example.com</h1>" in answer.body.decode()


def test_the_snippet_has_the_address_of_this_counter(directory, start_responder) -> None:
    public = {"HEADCOUNT_STATS": "public"}
    responder = start_responder(**public)
    assert snippet(responder.ask("/headcount/", HTTP_HOST="a.example:8080")) == "http://a.example:8080"
    assert snippet(responder.ask("/headcount/", HTTP_HOST="[2001:db8::1]")) == "http://[2001:db8::1]"
    assert snippet(responder.ask("/headcount/", HTTP_HOST="a.example", HTTPS="on")) == "https://a.example"
    behind = {"HTTP_HOST": "a.example", "HTTP_X_FORWARDED_PROTO": "https"}
    assert snippet(responder.ask("/headcount/", **behind)) == "https://a.example"
    below = start_responder("below", HEADCOUNT_BASE_PATH="/counter", **public)
    assert snippet(below.ask("/counter/headcount/", HTTP_HOST="a.example")) == "http://a.example/counter"
    own = {"HEADCOUNT_DATABASE": directory / "cgi.db", "HTTP_HOST": "a.example"} | public
    run = run_script(SCRIPT_NAME="/cgi-bin/headcount", PATH_INFO="/headcount/", **own)
    assert snippet(Answer.from_cgi(run.stdout)) == "http://a.example/cgi-bin/headcount"
