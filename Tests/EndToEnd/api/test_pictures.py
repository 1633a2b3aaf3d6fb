"""The pictures, as Chromium renders them."""

import urllib.parse
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

# The service knows how wide ASCII is, so the rendered width must match. Other text only has to fit.
MEASURED = ["visits", "MMMMMM", "illlll", "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~"]
UNMEASURED = ["посетители", "ผู้เยี่ยมชม", "مرحبا بالعالم", "訪問者数", "👩‍👩‍👧‍👦", "🇩🇪❤️", "\U0001d4d0\U0001d4eb", "\u0301"]


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(color_scheme=request.param, device_scale_factor=4)
    page = context.new_page()
    page.scheme = request.param
    page.messages = []
    page.on("console", lambda message: page.messages.append(message.text))
    page.on("pageerror", lambda error: page.messages.append(str(error)))
    yield page
    assert page.messages == []
    context.close()


MEASURE = """texts => texts.map(text => {
    const box = text.getBBox();
    const wanted = Number(text.getAttribute("textLength"));
    text.removeAttribute("textLength");
    return {left: box.x, right: box.x + box.width, top: box.y, bottom: box.y + box.height,
            wanted, natural: text.getComputedTextLength()};
})"""
PARTS = "paths => paths.map(path => { const box = path.getBBox(); return [box.x, box.x + box.width]; })"


@pytest.mark.fastcgi
def test_each_text_fits_its_part_and_the_colours_follow_the_theme(site, page: Page):
    site.set_numbers(1_234_567_890, 1)
    for label in MEASURED + UNMEASURED:
        page.goto(f"http://127.0.0.1:{site.port}/headcount/badge.svg?label={urllib.parse.quote(label)}")
        parts = page.eval_on_selector_all("path", PARTS)
        drawn = page.eval_on_selector_all("text", MEASURE)
        assert len(parts) == len(drawn) == 2
        for (left, right), text in zip(parts, drawn, strict=True):
            assert left + 2 <= text["left"] and text["right"] <= right - 2, label
            if label in MEASURED:
                assert text["top"] >= 0 and text["bottom"] <= 20
                assert text["natural"] == pytest.approx(text["wanted"], abs=1, rel=0.05), label
        assert parts[0][1] == parts[1][0]
        assert page.eval_on_selector("svg", "svg => svg.getAttribute('width')") == str(int(parts[1][1]))
    page.goto(f"http://127.0.0.1:{site.port}/headcount/badge.svg")
    assert page.get_by_role("img", name="visits: 1,234,567,890", exact=True).count() == 1
    fill = page.eval_on_selector("path", "path => getComputedStyle(path).fill")
    assert fill == {"light": "rgb(85, 85, 85)", "dark": "rgb(75, 85, 99)"}[page.scheme]
