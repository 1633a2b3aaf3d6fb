"""Views that the script for pages does not count, although it shows the numbers."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from web import Web, shows

READS = ["GET /headcount.json?page=%2F"]


def shows_without_counting(web: Web, tab: Page) -> None:
    shows(tab, "0", "0", "0", "0")
    assert web.site.counters == {"": (0, 0)}
    assert web.requests == READS


LOCAL = ["localhost", "app.localhost", "printer.local", "blog.test", "127.0.0.1", "0.0.0.0", "10.1.2.3"]
PRIVATE = ["172.16.0.1", "172.31.255.1", "192.168.178.20"]


def test_local_hosts_are_not_counted(web: Web) -> None:
    tab = web.open(host="localhost")
    shows_without_counting(web, tab)
    for host in LOCAL + PRIVATE:
        tab.goto(web.url(host=host))
        shows(tab, "0", "0", "0", "0")
    assert web.site.counters == {"": (0, 0)}


def test_hosts_that_only_look_local_are_counted(web: Web) -> None:
    tab = web.open()
    hosts = ["10.example.com", "172.32.0.1", "192.169.0.1", "contest", "mylocal.net", "local.net"]
    for visits, host in enumerate(hosts, start=2):
        tab.goto(web.url(host=host))
        shows(tab, str(visits), "1", str(visits), "1")


def test_a_file_is_not_counted(web: Web, directory: Path) -> None:
    (directory / "page.html").write_text(web.html('<i data-headcount="site-visits">?</i>'))
    tab = web.new_tab()
    tab.goto(f"file://{directory}/page.html")
    shows(tab, "0")
    assert web.site.counters == {"": (0, 0)}


HOSTS = 'defer data-hosts="localhost  example.com"'


def test_data_hosts_counts_a_local_host(web: Web) -> None:
    shows(web.open(script=HOSTS, host="localhost"), "1", "1", "1", "1")


def test_data_hosts_leaves_out_others(web: Web) -> None:
    shows_without_counting(web, web.open(script=HOSTS, host="staging.example.com"))


def test_data_count_off_is_not_counted(web: Web) -> None:
    shows_without_counting(web, web.open(script='defer data-count="off"'))


def test_an_automated_browser_is_not_counted(web: Web) -> None:
    webdriver = "Object.defineProperty(Navigator.prototype, 'webdriver', {get: () => true})"
    shows_without_counting(web, web.open(init=webdriver))


@pytest.mark.parametrize(("attribute", "shown"), [("", "0"), ("data-frames", "1")])
def test_a_page_in_a_frame_counts_only_if_it_says_so(web: Web, attribute: str, shown: str) -> None:
    framed = web.html(script=f"defer {attribute}")
    frame = f'<iframe src="{web.url("/framed", "other.example.net")}"></iframe>'
    web.page = lambda target: framed if target == "/framed" else frame
    tab = web.new_tab()
    tab.goto(web.url())
    expect(tab.frame_locator("iframe").locator("i").first).to_have_text(shown)
    assert web.site.numbers[0] == int(shown)


def test_a_page_with_nothing_to_do_asks_for_nothing(web: Web) -> None:
    tab = web.open(script='defer data-count="off"', body="<p>")
    tab.evaluate("document.body.innerHTML = '<i data-headcount=visits>?</i>'; headcount.show()")
    shows(tab, "0")
    assert web.requests == READS


def test_an_owner_turns_counting_off_and_on_by_the_address(web: Web) -> None:
    tab = web.open("/#headcount-off")
    expect(tab.get_by_text("Headcount ignores your visits")).to_be_visible()
    shows_without_counting(web, tab)
    tab.goto(web.url("/next"))
    shows(tab, "0", "0", "0", "0")
    assert tab.evaluate("Object.entries(localStorage)") == [["headcount", "off"]]
    # The page that is open stays the same page when its #section changes.
    tab.evaluate("location.hash = 'headcount-on'")
    expect(tab.get_by_text("Headcount counts your visits")).to_be_visible()
    tab.goto(web.url("/last"))
    shows(tab, "1", "1", "1", "1")
    tab.evaluate("location.hash = 'headcount-off'")
    expect(tab.get_by_text("Headcount ignores your visits")).to_be_visible()
    tab.reload()
    expect(tab.locator("i").first).to_have_text("1")
    assert web.site.counters == {"": (1, 1), "/last": (1, 1)}


def test_a_browser_without_storage_is_counted(web: Web) -> None:
    blocked = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('', 'SecurityError'); }})"
    tab = web.open("/#headcount-off", init=blocked)
    expect(tab.get_by_text("Headcount counts your visits")).to_be_visible()
    shows(tab, "1", "1", "1", "1")
