"""Markdown tables."""

from collections.abc import Iterable


def table(columns: str, rows: Iterable[list[str]]) -> str:
    head = columns.split(" | ")
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])


def number(value: float) -> str:
    """Two significant digits."""
    return f"{float(f'{value:.2g}'):,.0f}"
