"""The number as a picture: over HTTP, as XML, and as Chromium shows it."""

import http.server
import re
import shutil
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from responder import REPOSITORY

SVG = "{http://www.w3.org/2000/svg}"
FIELDS = {
    "Content-Type": "image/svg+xml; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}


def texts(body: bytes) -> list[str]:
    return [element.text for element in ElementTree.fromstring(body).iter(f"{SVG}text")]


def test_the_tables_of_widths_are_those_of_the_font():
    source = (REPOSITORY / "Sources/Headcount/Pictures/GlyphWidths.swift").read_text()
    tables = re.findall(r"Table\(\s*from: 0x([0-9A-F]+),\s*\[([^\]]+)\]", source)
    script = [sys.executable, REPOSITORY / "scripts/glyph-widths.py"]
    printed = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    assert [f"0x{first}: " + ", ".join(re.findall(r"\d+", widths)) for first, widths in tables] == printed.splitlines()


def test_one_picture_counts_and_the_other_does_not(site):
    for count in (1, 2):
        answer = site.request("/count.svg?page=/a")
        assert (answer.status, texts(answer.body)) == (200, ["visits", str(count)])
        assert {name: answer.headers[name] for name in FIELDS} == FIELDS
        assert answer.headers["Cache-Control"] == "no-store"
    for _ in range(2):
        answer = site.request("/badge.svg?page=/a")
        assert (answer.status, texts(answer.body)) == (200, ["visits", "2"])
        assert {name: answer.headers[name] for name in FIELDS} == FIELDS
        assert answer.headers["Cache-Control"] == "no-cache"
    assert site.numbers == (2, 1)


@pytest.mark.parametrize("target", ["/count.svg", "/badge.svg"])
def test_head_counts_nothing_and_post_is_refused(site, target):
    head = site.request(target, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert {name: head.headers[name] for name in FIELDS} == FIELDS
    post = site.request(target, "POST")
    assert (post.status, post.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert site.numbers == (0, 0)


def test_it_shows_what_is_asked_for(site):
    site.set_numbers(1_234_567, 8901)
    assert texts(site.request("/badge.svg").body) == ["visits", "1,234,567"]
    assert texts(site.request("/badge.svg?metric=unique").body) == ["visitors", "8,901"]
    assert texts(site.request("/badge.svg?label=").body) == ["1,234,567"]
    assert texts(site.request("/badge.svg?label=caf%C3%A9+%26+bar&metric=unique").body) == ["café & bar", "8,901"]
    assert texts(site.request("/badge.svg?page=/never").body) == ["visits", "0"]
    assert b'fill="#7a3eb1"' in site.request("/badge.svg?color=purple").body
    assert b'fill="#aabbcc"' in site.request("/badge.svg?color=%23AbC").body


def test_a_page_past_the_limit_has_no_number(start_site):
    site = start_site(HEADCOUNT_MAX_PAGES=0)
    assert texts(site.request("/count.svg?page=/a").body) == ["visits", "\N{EN DASH}"]
    assert texts(site.request("/count.svg").body) == ["visits", "2"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("metric=visits", "metric"),
        ("metric=", "metric"),
        ("metric=count&metric=count", "metric"),
        ("color=mauve", "color"),
        ("color=", "color"),
        ("color=12345", "color"),
        ("color=red%22/%3E", "color"),
        ("label=%00", "label"),
        ("label=a%0Ab", "label"),
        ("label=%E2%80%AE", "label"),
        ("label=%E2%80%8B", "label"),
        ("label=%FF", "label"),
        ("label=" + "x" * 65, "label"),
        ("page=a", "page"),
    ],
)
@pytest.mark.parametrize("path", ["/count.svg", "/badge.svg"])
def test_a_field_that_is_not_allowed_is_named(site, path, query, field):
    answer = site.request(f"{path}?{query}")
    assert (answer.status, answer.json["field"]) == (400, field)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert site.numbers == (0, 0)


@pytest.mark.parametrize(
    "label",
    [
        "<script>alert(1)</script>",
        '" onload="alert(1)',
        "'><image href='http://example.com/x'/>",
        "]]>",
        "<!--",
        "<![CDATA[",
        "&amp;&#0;&x;",
        "שלום",
        "مرحبا بالعالم",
        "👩‍👩‍👧‍👦",
        "e\u0301\u0301\u0301",
        "\U0010fffe",
        "訪問者数",
        "  two  spaces  ",
    ],
)
def test_a_hostile_label_is_text(site, label):
    root = ElementTree.fromstring(site.request(f"/badge.svg?label={urllib.parse.quote(label)}").body)
    assert [element.text for element in root.iter(f"{SVG}text")] == [label, "0"]
    assert root.get("aria-label") == root.find(f"{SVG}title").text == f"{label}: 0"
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {"svg", "title", "style", "path", "g", "text"}
    names = {name for element in root.iter() for name in element.attrib}
    assert not any(name.startswith("on") or "href" in name or name == "id" for name in names)


# In Chromium.


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        executable = shutil.which("chromium")
        assert executable, "chromium is not installed"
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(color_scheme=request.param, device_scale_factor=4)
    page = context.new_page()
    page.scheme = request.param
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    assert page.complaints == []
    context.close()


MEASURE = """texts => texts.map(text => {
    const box = text.getBBox();
    const wanted = Number(text.getAttribute("textLength"));
    text.removeAttribute("textLength");
    return {left: box.x, right: box.x + box.width, top: box.y, bottom: box.y + box.height,
            wanted, natural: text.getComputedTextLength()};
})"""
PARTS = "paths => paths.map(path => { const box = path.getBBox(); return [box.x, box.x + box.width]; })"


@pytest.mark.parametrize("count", [1, 12_345, 1_234_567_890])
def test_chromium_draws_each_text_within_its_part(site, page: Page, count: int):
    site.set_numbers(count, 1)
    page.goto(f"http://127.0.0.1:{site.port}/badge.svg")
    parts = page.eval_on_selector_all("path", PARTS)
    drawn = page.eval_on_selector_all("text", MEASURE)
    assert len(parts) == len(drawn) == 2
    for (left, right), text in zip(parts, drawn, strict=True):
        assert left + 2 <= text["left"] and text["right"] <= right - 2
        assert text["top"] >= 0 and text["bottom"] <= 20
        assert text["natural"] == pytest.approx(text["wanted"], abs=1, rel=0.05), "the widths are those of the glyphs"
    assert parts[0][1] == parts[1][0]
    assert page.eval_on_selector("svg", "svg => svg.getAttribute('width')") == str(int(parts[1][1]))


@pytest.mark.parametrize(
    "label",
    [
        "посетители",
        "ЩЩЩЩЩЩ",
        "\u0456" * 6,
        "επισκέπτες",
        "łódź",
        "šířka",
        "İstanbul",
        "“hi” \N{EN DASH} 5 € → …",
        "\u05e9\u05dc\u05d5\u05dd",
    ],
)
def test_chromium_draws_the_glyphs_of_a_label_unstretched(site, page: Page, label: str):
    page.goto(f"http://127.0.0.1:{site.port}/badge.svg?label={urllib.parse.quote(label)}")
    drawn = page.eval_on_selector_all("text", MEASURE)[0]
    assert drawn["natural"] == pytest.approx(drawn["wanted"], abs=1, rel=0.05)


@pytest.mark.parametrize(
    "label", ["ผู้เยี่ยมชม", "مرحبا بالعالم", "१२३", "訪問者数", "👩‍👩‍👧‍👦", "\U0001d4d0\U0001d4eb", "\u0301"]
)
def test_chromium_keeps_a_label_of_any_script_within_its_part(site, page: Page, label: str):
    page.goto(f"http://127.0.0.1:{site.port}/badge.svg?label={urllib.parse.quote(label)}")
    left, right = page.eval_on_selector_all("path", PARTS)[0]
    drawn = page.eval_on_selector_all("text", MEASURE)[0]
    assert left + 2 <= drawn["left"] and drawn["right"] <= right - 2


def test_chromium_names_it_and_follows_the_theme(site, page: Page):
    site.set_numbers(1234, 1)
    page.goto(f"http://127.0.0.1:{site.port}/badge.svg")
    assert page.get_by_role("img", name="visits: 1,234", exact=True).count() == 1
    fill = page.eval_on_selector("path", "path => getComputedStyle(path).fill")
    assert fill == {"light": "rgb(85, 85, 85)", "dark": "rgb(75, 85, 99)"}[page.scheme]


@pytest.fixture
def other_origin() -> Iterator[str]:
    """A page of another origin that demands what it embeds to allow it (`Cross-Origin-Embedder-Policy`)."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
            self.end_headers()
            self.wfile.write(b"<!doctype html><link rel=icon href='data:,'><title>Elsewhere</title>")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_chromium_shows_it_on_a_page_of_another_origin(start_site, page: Page, other_origin: str):
    site = start_site(HEADCOUNT_CRAWLERS="count")  # This Chromium says that it is headless.
    page.goto(other_origin)
    size = page.evaluate(
        """source => new Promise((resolve, reject) => {
            const image = new Image();
            image.onload = () => resolve([image.naturalWidth, image.naturalHeight]);
            image.onerror = reject;
            image.src = source;
            document.body.append(image);
        })""",
        f"http://127.0.0.1:{site.port}/count.svg",
    )
    drawn = ElementTree.fromstring(site.request("/badge.svg").body)
    assert size == [int(drawn.get("width")), int(drawn.get("height"))]
    assert site.numbers == (1, 1)
