"""Where the script for pages shows the numbers, and how."""

import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from web import Web, shows


def post(page: str) -> str:
    return f'<i data-headcount="visits" data-page="{page}">?</i>'


def test_a_list_of_posts_asks_for_all_of_them_at_once(web: Web) -> None:
    web.site.request("/headcount?page=/b", User_Agent="other")
    posts = ["/b", "/a/", "/caf%C3%A9", "/b/", "not-a-path", "/list"]
    tab = web.open("/list", body="".join(map(post, posts)))
    shows(tab, "1", "0", "0", "1", "?", "1")
    assert web.requests == [
        "POST /headcount?page=%2Flist",
        "GET /headcount.json?page=%2Fb&page=%2Fa&page=%2Fcaf%C3%A9",
    ]


def test_a_list_of_more_than_twenty_posts_asks_again(web: Web) -> None:
    tab = web.open("/", body="".join(post(f"/{index}") for index in range(21)), script='data-count="off"')
    shows(tab, *["0"] * 21)
    assert [request.count("page=") for request in web.requests] == [20, 1]


def test_placeholders_after_the_script_are_filled(web: Web) -> None:
    shows(web.open(script=""), "1", "1", "1", "1")
    assert len(web.requests) == 1


def test_placeholders_that_come_after_the_answer_are_filled_when_the_page_is_parsed(web: Web) -> None:
    parse = threading.Event()

    def page(target: str) -> str:
        if target == "/wait.js":
            parse.wait(60)
            return ""
        return web.html(post("/a") + '<script src="/wait.js"></script>' + post("/b") + post("/"), script="")

    web.page = page
    tab = web.new_tab("document.addEventListener('headcount', () => { window.isAnswered = true; })")
    tab.goto(web.url(), wait_until="commit")
    tab.wait_for_function("window.isAnswered")
    parse.set()
    shows(tab, "0", "0", "1")
    assert web.requests == ["POST /headcount?page=%2F", "GET /headcount.json?page=%2Fa&page=%2Fb"]


def test_placeholders_that_appear_later_are_filled_on_request(web: Web) -> None:
    tab = web.open("/a", body=post("/a"))
    shows(tab, "1")
    tab.evaluate(f"document.body.innerHTML += '{post('/a')}{post('/b')}'; headcount.show(); headcount.show()")
    shows(tab, "1", "1", "0")
    assert len(web.requests) == 2


def test_boxes_are_shown_once_their_numbers_are_there(web: Web) -> None:
    boxes = f"<p data-headcount-box hidden>{post('/a')}</p><p data-headcount-box hidden>{post('no path')}</p>"
    tab = web.open("/a", body=boxes)
    expect(tab.locator("p").first).to_be_visible()
    expect(tab.locator("p").last).to_be_hidden()


def test_past_the_page_limit_the_sites_numbers_are_shown(make_web: Callable[..., Web]) -> None:
    web = make_web(HEADCOUNT_MAX_PAGES=1)
    shows(web.open("/a"), "1", "1", "1", "1")
    tab = web.open("/b")
    shows(tab, "?", "?", "2", "1")
    tab.evaluate("headcount.show()")
    assert len(web.requests) == 2


def test_numbers_are_written_as_in_the_language_of_the_page(web: Web) -> None:
    web.site.set_numbers(12345, 1)
    tab = web.new_tab()
    for lang, attribute, shown in [
        ("en", 'data-count="off"', "12,345"),
        ("de", 'data-count="off"', "12.345"),
        ("english_US", 'data-count="off"', "12345"),
        ("en", 'data-count="off" data-format="compact"', "12K"),
    ]:
        web.page = web.html(lang=lang, script=f"defer {attribute}", body='<i data-headcount="site-visits">?</i>')
        tab.goto(web.url())
        shows(tab, shown)


@pytest.mark.parametrize("prefix", ["busuanzi_value", "busuanzi", "vercount_value"])
def test_the_elements_of_busuanzi_and_vercount_are_filled_and_shown(web: Web, prefix: str) -> None:
    web.site.request("/headcount", User_Agent="other")
    service = prefix.split("_")[0]
    keys = ["site_pv", "site_uv", "page_pv", "page_uv"]
    body = "".join(
        f'<p id="{service}_container_{key}" style="display: none"><b id="{prefix}_{key}"></b></p>' for key in keys
    )
    tab = web.open(body=body + f'<p id="{service}_other">?</p>')
    expect(tab.locator("b")).to_have_text(["2", "2", "1", "1"])
    for box in tab.locator("p").all():
        expect(box).to_be_visible()
    expect(tab.locator("p").last).to_have_text("?")
