"""The dashboard in a browser."""

from collections.abc import Callable

from playwright.sync_api import Page

SCHEMES = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced colours": {"color_scheme": "light", "forced_colors": "active"},
}

OpenDashboard = Callable[..., Page]


def open_details(tab: Page) -> None:
    tab.eval_on_selector_all("details", "all => all.forEach(details => details.open = true)")


def set_width(tab: Page, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 900})


def figures(tab: Page) -> dict[str, tuple[int, str]]:
    """Each number at the top by its name, with its note."""
    rows = tab.eval_on_selector_all(
        ".figures div", "all => all.map(div => [...div.querySelectorAll('dt, dd')].map(part => part.textContent))"
    )
    return {name: (number(value), note.replace("\u00a0", " ")) for name, value, note in rows}


def rows(tab: Page, table: str) -> list[tuple[str, int, int]]:
    """The names of a table's rows, their visits and visitors."""
    cells = tab.eval_on_selector_all(
        f"{table} tbody tr", "all => all.map(row => [...row.cells].map(cell => cell.textContent))"
    )
    return [(name, number(visits), number(visitors)) for name, visits, visitors in cells]


def number(text: str) -> int:
    return int(text.replace(",", ""))
