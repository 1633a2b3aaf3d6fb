"""Made-up histories for the dashboard, always the same. Today is Friday, 27 November 2026."""

import contextlib
import datetime
import random
import sqlite3
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

TODAY = datetime.date(2026, 11, 27)
NOW = f"{TODAY} 18:47:00"
EPOCH = datetime.date(1970, 1, 1)

Count = tuple[int, int]  # visits, visitors


def ago(days: int) -> datetime.date:
    return TODAY - datetime.timedelta(days)


@dataclass
class History:
    # The page '' is the whole site.
    days: dict[tuple[datetime.date, str], Count] = field(default_factory=lambda: defaultdict(lambda: (0, 0)))
    left_out: tuple[int, int, int] = (0, 0, 0)  # today: crawlers, prefetches, ignored

    def add(self, day: datetime.date, page: str, visits: int, visitors: int) -> "History":
        """Adds visits to a page, or with '' to the site alone."""
        for key in {(day, page), (day, "")}:
            self.days[key] = (self.days[key][0] + visits, self.days[key][1] + visitors)
        return self

    def sum(self, first: datetime.date, last: datetime.date = TODAY, page: str = "") -> Count:
        counts = [count for (day, name), count in self.days.items() if name == page and first <= day <= last]
        return sum(visits for visits, _ in counts), sum(visitors for _, visitors in counts)

    def ranking(self, first: datetime.date) -> list[tuple[str, int, int]]:
        """The pages by their visits since a day; pages without visits are absent."""
        sums: dict[str, Count] = defaultdict(lambda: (0, 0))
        for (day, page), (visits, visitors) in self.days.items():
            if page and day >= first:
                sums[page] = (sums[page][0] + visits, sums[page][1] + visitors)
        return sorted(((page, *count) for page, count in sums.items()), key=lambda row: (-row[1], row[0]))

    def store(self, database: Path) -> None:
        """Writes into the empty database that a responder has made."""
        totals: dict[str, Count] = defaultdict(lambda: (0, 0))
        for (_, page), (visits, visitors) in self.days.items():
            totals[page] = (totals[page][0] + visits, totals[page][1] + visitors)
        with contextlib.closing(sqlite3.connect(database, timeout=60)) as connection, connection:
            connection.executemany(
                "INSERT INTO daily VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    ((day - EPOCH).days, page, *count, *(self.left_out if (day, page) == (TODAY, "") else (0, 0, 0)))
                    for (day, page), count in sorted(self.days.items())
                ),
            )
            connection.executemany(
                "INSERT OR REPLACE INTO counter VALUES (?, ?, ?)", [(page, *count) for page, count in totals.items()]
            )


def made_up(days: int, pages: list[str], visits: int = 100, every: int = 1) -> History:
    """Visits that vary, more for the first pages.

    Args:
        every: Each page is counted on one day in so many, in turn.
    """
    history, chance = History(left_out=(312, 4, 2)), random.Random(1)
    for past in range(days):
        for rank, page in enumerate(pages):
            if (past + rank) % every == 0:
                count = 1 + int(visits / (rank + 2) * chance.uniform(0.5, 1.5))
                history.add(ago(past), page, count, 1 + int((count - 1) * chance.uniform(0.5, 0.8)))
        history.add(ago(past), "", 5, 3)  # visits without a page
    return history


def usual() -> History:
    """Five months of a site with thirty pages."""
    return made_up(150, ["/", "/blog", "/about", *(f"/blog/2026/a-post-with-a-title-{number}" for number in range(27))])


def ten_years() -> History:
    """1,000 pages with paths of 30 characters. Each is counted on one day in 60, so that this takes a second."""
    return made_up(3653, [f"/posts/{2016 + i % 11}/some-title-no-{i:04}" for i in range(1000)], visits=2000, every=60)


HOSTILE = [
    "/<script>alert(1)</script>",
    "/<img src=x onerror=alert(1)>",
    '/"><svg/onload=alert(1)>',
    "/' onmouseover='alert(1)",
    "//evil.example/x",
    "/javascript:alert(1)",
    "/\u202egnp.exe",  # right-to-left override
    "/\u2066isolate",
    "/two\u2028lines",
    "/zero\u200b\u200bwidth\ufeff",
    "/" + "x" * 511,
    "/&amp;&lt;",
    "/👩‍👩‍👧‍👦/❤️",
    "/مرحبا/العالم",
    "/%2e%2e/100%",
    "/a b+c&q=1",
    "/訪問者数",
]


def hostile() -> History:
    return made_up(40, HOSTILE)
