"""WCAG 2.2 AA: what axe-core finds, and what it can't see."""

import history
import pytest
from axe_playwright_python.sync_playwright import Axe
from dashboard import SCHEMES, OpenDashboard, open_details, set_width
from playwright.sync_api import Browser, Page, expect

VIEWS = {
    "the first day": (history.History, ""),
    "a usual month": (history.usual, ""),
    "one page": (history.usual, "?page=/blog"),
    "a page without visits": (history.usual, "?page=/none"),
    "a search without hits": (history.usual, "?q=nothing+like+this"),
    "hostile names": (history.hostile, "?pages=100"),
}

# The rule of WCAG 2.2 is off by default. Forced colours are the reader's; axe-core mistakes the page's for them.
RULES = {
    scheme: {"target-size": {"enabled": True}, "color-contrast": {"enabled": scheme != "forced colours"}}
    for scheme in SCHEMES
}


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing(view: str, start_dashboard, open_dashboard: OpenDashboard) -> None:
    made_up, query = VIEWS[view]
    tab = open_dashboard(start_dashboard(made_up()).port, query)
    for name, scheme in SCHEMES.items():
        tab.emulate_media(**scheme)
        results = Axe().run(tab, options={"rules": RULES[name]})
        assert results.violations_count == 0, f"{name}: {results.generate_report()}"
        checked = {rule["id"] for rule in results.response["passes"]}
        assert checked >= {rule for rule, setting in RULES[name].items() if setting["enabled"]}, name
        open_details(tab)


CONTRAST = """([front, back]) => {
    const color = (selector) => {
        const element = document.querySelector(selector);
        const style = getComputedStyle(element);
        return (element instanceof SVGElement ? style.fill : style.backgroundColor).match(/\\d+/g).map(Number);
    };
    // WCAG 2.2, “relative luminance”
    const luminance = ([red, green, blue]) => [red, green, blue]
        .map((part) => part / 255)
        .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
    const [darker, lighter] = [luminance(color(front)), luminance(color(back))].sort((a, b) => a - b);
    return (lighter + 0.05) / (darker + 0.05);
}"""
CARD, VISITS, VISITORS = ".card", ".plot g:first-of-type rect:not(.visitors)", ".plot g:first-of-type rect.visitors"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_bars_stand_out(scheme: str, start_dashboard, open_dashboard: OpenDashboard, record_property) -> None:
    tab = open_dashboard(start_dashboard(history.usual()).port)
    tab.emulate_media(**SCHEMES[scheme])
    visits, visitors = tab.evaluate(CONTRAST, [VISITS, CARD]), tab.evaluate(CONTRAST, [VISITORS, VISITS])
    record_property("figure", f"contrast in {scheme}: visits {visits:.1f}, visitors in them {visitors:.1f}")
    assert visits >= 3 and visitors >= 3


# Links within a sentence may be smaller (WCAG 2.2, 2.5.8, “Inline”).
TARGETS = """() => [...document.querySelectorAll("a:not(p a), button, input:not([type=hidden]), summary")]
    .filter((target) => !target.matches(".skip"))
    .map((target) => [target.textContent || target.name, target.getBoundingClientRect()])
    .map(([name, {width, height}]) => [name, width, height])"""


@pytest.mark.parametrize("width", [320, 1280])
def test_targets_can_be_hit(width: int, start_dashboard, open_dashboard: OpenDashboard) -> None:
    made_up = history.usual().add(history.TODAY, "/x", 1000, 1)
    tab = open_dashboard(start_dashboard(made_up).port)
    set_width(tab, width)
    targets = tab.evaluate(TARGETS)
    assert len(targets) >= 5 + 2 + 20 + 2 + 3
    assert [target for target in targets if min(target[1:]) < 24] == []


def test_the_form_to_sign_in_is_accessible(start_fastcgi_site, browser: Browser) -> None:
    port = start_fastcgi_site(HEADCOUNT_STATS_PASSWORD="s3cret").port
    with browser.new_context(http_credentials={"username": "me", "password": "wrong"}) as context:
        tab = context.new_page()
        tab.goto(f"http://127.0.0.1:{port}/headcount/")
        for _ in ("before", "after a wrong password"):
            for name, scheme in SCHEMES.items():
                tab.emulate_media(**scheme)
                results = Axe().run(tab, options={"rules": RULES[name]})
                assert results.violations_count == 0, f"{name}: {results.generate_report()}"
            tab.get_by_label("Password").fill("wrong")
            tab.get_by_role("button").click()
            expect(tab.get_by_role("alert")).to_have_text("That is not the password.")
        for width in (320, 1280):
            set_width(tab, width)
            assert [target for target in tab.evaluate(TARGETS) if min(target[1:]) < 24] == []
            assert tab.evaluate("() => document.documentElement.scrollWidth") <= width


FOCUSED = """() => {
    const element = document.activeElement;
    if (element.closest("svg")) return "in a picture";
    return element.getAttribute("href") ?? (element.className || element.localName);
}"""


def press(tab: Page, key: str) -> str:
    """Presses a key; returns what has the focus then."""
    tab.keyboard.press(key)
    return tab.evaluate(FOCUSED)


def test_the_keyboard_reaches_the_table_and_not_the_bars(start_dashboard, open_dashboard: OpenDashboard) -> None:
    tab = open_dashboard(start_dashboard(history.usual()).port)
    skip = tab.locator(".skip")
    assert skip.bounding_box()["x"] < 0
    assert press(tab, "Tab") == "#main"
    assert skip.bounding_box()["x"] >= 0
    tab.keyboard.press("Enter")
    assert press(tab, "Tab") == "summary", "the ranges are skipped"
    assert press(tab, "Enter") == "summary"
    assert press(tab, "Tab") == "scroll"
    top = tab.evaluate("() => document.activeElement.scrollTop")
    tab.keyboard.press("End")
    tab.wait_for_function("top => document.activeElement.scrollTop > top", arg=top)
    order = [press(tab, "Tab") for _ in range(45)]
    assert "input" in order and "button" in order and "?range=30d&page=/blog" in order
    assert "in a picture" not in order and "body" in order, "the whole page has been walked through"
