"""The dashboard on small and large screens, with large text, and on paper."""

import io
import itertools
import shutil
from collections.abc import Iterator

import history
import pytest
from dashboard import OpenDashboard, open_details, set_width
from playwright.sync_api import Browser
from pypdf import PdfReader

# Where the page is wider than the window, and which elements are.
TOO_WIDE = """() => [...document.querySelectorAll("html, main *")]
    .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .filter((element) => !element.closest("pre, .plot, .axis"))
    .map((element) => element.localName + "." + (element.getAttribute("class") ?? ""))"""

VIEWS = {
    "the first day": (history.History, ""),
    "a usual month": (history.usual, ""),
    "hostile names": (history.hostile, ""),
    "one page with a long name": (history.hostile, f"?page=/{'x' * 511}"),
    "a hundred million": (lambda: history.usual().add(history.TODAY, "/x", 123_456_789, 98_765_432), ""),
}


@pytest.fixture(scope="module")
def browser_with_large_text(browser: Browser) -> Iterator[Browser]:
    """Its owner has set the size of text to 32 px instead of 16."""
    large = browser.browser_type.launch(
        executable_path=shutil.which("chromium"), args=["--no-sandbox", "--blink-settings=defaultFontSize=32"]
    )
    yield large
    large.close()


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_has_to_be_scrolled_sideways(
    view: str, start_dashboard, open_dashboard: OpenDashboard, browser_with_large_text: Browser
) -> None:
    made_up, query = VIEWS[view]
    tab = open_dashboard(start_dashboard(made_up()).port, query)
    large = browser_with_large_text.new_page()
    large.goto(tab.url)
    assert large.eval_on_selector("main", "main => parseFloat(getComputedStyle(main).fontSize)") >= 32
    for each, widths in ((tab, (320, 768, 1024, 2560)), (large, (768, 1280))):
        open_details(each)
        for width in widths:
            set_width(each, width)
            assert each.evaluate(TOO_WIDE) == [], width
            assert each.evaluate("() => document.documentElement.scrollWidth") <= width
    large.close()


def test_the_labels_of_the_chart_do_not_overlap(start_dashboard, open_dashboard: OpenDashboard) -> None:
    port = start_dashboard(history.made_up(4000, ["/"])).port
    for length in ("7d", "30d", "90d", "12m", "all"):
        tab = open_dashboard(port, f"?range={length}")
        for width in (320, 1280):
            set_width(tab, width)
            boxes = tab.eval_on_selector_all(
                ".axis text",
                """all => all.map(text => text.getBoundingClientRect()).filter(box => box.width)
                    .map(({left, right}) => [left, right])""",
            )
            assert len(boxes) >= 2, (length, width)
            assert all(left[1] <= right[0] for left, right in itertools.pairwise(boxes)), (length, width)


def test_the_print_has_the_range_and_the_host_but_no_controls(start_dashboard, open_dashboard: OpenDashboard) -> None:
    tab = open_dashboard(start_dashboard(history.usual()).port, color_scheme="dark")
    open_details(tab)
    pages = PdfReader(io.BytesIO(tab.pdf(format="A4"))).pages
    text = " ".join("".join(page.extract_text() for page in pages).split())
    assert f"127.0.0.1:{tab.url.split(':')[2].split('/')[0]}" in text
    assert "29 October \u2013 27 November 2026" in text
    assert "Visits by day" in text and "/about" in text and "A visit is one view" in text
    for control in (
        "7 days",
        "12 months",
        "Pages that contain",
        "CSV",
        "script",
        "same numbers as a table",
        "Show 100",
    ):
        assert control not in text
    assert len(pages) <= 3
    tab.emulate_media(media="print")
    assert tab.eval_on_selector("html", "html => getComputedStyle(html).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.eval_on_selector(".plot rect", "bar => getComputedStyle(bar).printColorAdjust") == "exact"
