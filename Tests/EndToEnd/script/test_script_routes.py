"""Client-side routes count by their path, with the Navigation API and without it."""

import pytest
from playwright.sync_api import Page
from web import Web, shows

WITHOUT = "delete window.navigation"


@pytest.fixture(params=["", WITHOUT], ids=["navigation", "history"])
def init(request: pytest.FixtureRequest) -> str:
    return request.param


def push(tab: Page, path: str) -> None:
    tab.evaluate("path => history.pushState(null, '', path)", path)


def wait_a_turn(tab: Page) -> None:
    tab.evaluate("new Promise((done) => setTimeout(done))")


def assert_next_view_is(web: Web, tab: Page, visit: str) -> None:
    """Makes one more view, and checks that nothing was counted since the last one."""
    push(tab, "/end")
    shows(tab, "1", "1", visit, "1")
    assert web.site.counters["/end"] == (1, 1)


def test_a_push_and_a_step_back_count(web: Web, init: str) -> None:
    tab = web.open("/a", init=init)
    shows(tab, "1", "1", "1", "1")
    assert tab.evaluate("'navigation' in window") == (init == "")
    push(tab, "/b")
    shows(tab, "1", "1", "2", "1")
    tab.evaluate("history.back()")
    shows(tab, "2", "1", "3", "1")
    assert web.site.counters == {"": (3, 1), "/a": (2, 1), "/b": (1, 1)}
    assert len(web.requests) == 3


@pytest.mark.parametrize("then", ["", "location.hash = 'c'"])
def test_a_replaced_state_never_counts_by_itself(web: Web, init: str, then: str) -> None:
    tab = web.open("/a", init=init)
    shows(tab, "1", "1", "1", "1")
    tab.evaluate("history.replaceState(null, '', '/b')")
    tab.evaluate(then)
    wait_a_turn(tab)
    assert_next_view_is(web, tab, "2")
    assert web.site.counters == {"": (2, 1), "/a": (1, 1), "/end": (1, 1)}


def test_another_spelling_of_the_same_page_does_not_count(web: Web, init: str) -> None:
    tab = web.open("/caf%C3%A9", init=init)
    shows(tab, "1", "1", "1", "1")
    push(tab, "/caf%c3%a9/")
    wait_a_turn(tab)
    assert_next_view_is(web, tab, "2")


@pytest.mark.parametrize("redirect", ["replaceState", "pushState"])
def test_a_push_and_its_redirect_count_once_for_the_last_path(web: Web, init: str, redirect: str) -> None:
    tab = web.open("/a", init=init)
    shows(tab, "1", "1", "1", "1")
    redirects = f"Promise.resolve().then(() => history.{redirect}(null, '', '/b'))"
    tab.evaluate(f"void (history.pushState(null, '', '/moved'), {redirects})")
    shows(tab, "1", "1", "2", "1")
    assert_next_view_is(web, tab, "3")
    assert web.site.counters == {"": (3, 1), "/a": (1, 1), "/b": (1, 1), "/end": (1, 1)}


@pytest.mark.parametrize("path", ["/a?q", "/a#b", "/a?q#/b"])
def test_a_query_or_a_section_alone_does_not_count(web: Web, init: str, path: str) -> None:
    tab = web.open("/a", init=init)
    shows(tab, "1", "1", "1", "1")
    push(tab, path)
    tab.evaluate("location.hash = 'c'")
    tab.evaluate("history.back()")
    tab.wait_for_url(web.url(path))
    assert_next_view_is(web, tab, "2")


def test_data_spa_off_counts_no_routes(web: Web, init: str) -> None:
    tab = web.open("/a", init=init, script='defer data-spa="off"')
    shows(tab, "1", "1", "1", "1")
    push(tab, "/b")
    wait_a_turn(tab)
    tab.evaluate("headcount.count()")
    shows(tab, "1", "1", "2", "1")


def test_routes_after_the_hash_are_pages_if_data_hash_says_so(web: Web, init: str) -> None:
    tab = web.open("/#/guide", init=init, script="defer data-hash")
    shows(tab, "1", "1", "1", "1")
    tab.evaluate("location.hash = '/caf%C3%A9?id=2'")
    shows(tab, "1", "1", "2", "1")
    tab.evaluate("location.hash = '/caf%C3%A9?id=3'")
    tab.evaluate("history.go(-2)")
    shows(tab, "2", "1", "3", "1")
    assert web.site.counters == {"": (3, 1), "/guide": (2, 1), "/café": (1, 1)}


def test_an_answer_to_a_route_that_was_left_changes_nothing(web: Web, init: str) -> None:
    web.page = web.html()
    tab = web.new_tab(init)
    held = []
    tab.route("**/headcount?page=*", lambda route: held.append(route))
    with tab.expect_request("**/headcount?page=%2Fa"):
        tab.goto(web.url("/a"))
    with tab.expect_request("**/headcount?page=%2Fb"):
        push(tab, "/b")
    with tab.expect_request_finished():
        held[0].fulfill(json={"count": 7, "unique": 7, "page": {"path": "/a", "count": 7, "unique": 7}})
    wait_a_turn(tab)
    shows(tab, "?", "?", "?", "?")
    held[1].fallback()
    shows(tab, "1", "1", "1", "1")
    assert web.requests == ["POST /headcount?page=%2Fa", "POST /headcount?page=%2Fb"]


def test_a_route_replaces_data_page(web: Web, init: str) -> None:
    tab = web.open("/nothing", init=init, script='defer data-page="/404"')
    shows(tab, "1", "1", "1", "1")
    tab.evaluate("location.hash = 'a'")
    push(tab, "/")
    shows(tab, "1", "1", "2", "1")
    tab.evaluate("headcount.count()")
    shows(tab, "2", "1", "3", "1")
    assert web.site.counters == {"": (3, 1), "/404": (1, 1), "/": (2, 1)}
