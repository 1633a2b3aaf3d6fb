"""Makes GoatCounter's CSV exports, and counts them by an independent implementation of the same rules."""

import csv
import datetime
import io
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import exports

HEADER = (
    "2Path,Title,Event,UserAgent,Browser,System,Session,"
    "Bot,Referrer,Referrer scheme,Screen size,Location,FirstVisit,Date"
)
BEGIN = datetime.datetime(2026, 10, 30, 21, 0, tzinfo=datetime.UTC)


@dataclass
class Row:
    """A row as GoatCounter 2 writes it (https://www.goatcounter.com/help/export)."""

    path: str = "/"
    session: int = 1
    at: datetime.datetime = BEGIN
    event: int = 0
    bot: int = 0
    first: int = 1
    title: str = "A page"

    @property
    def fields(self) -> list[str]:
        session = f"{self.session * 7919:x}-{self.session:x}"
        date = self.at.strftime("%Y-%m-%dT%H:%M:%SZ")
        tail = [session, str(self.bot), "www.example.com", "h", "1920,0,1", "DE", str(self.first), date]
        return [self.path, self.title, str(self.event), "", "Firefox 140", "Linux", *tail]


def write(rows: list[Row], header: str = HEADER) -> str:
    """Writes an export with the quotes and line ends of Go's encoding/csv."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(row.fields for row in rows)
    return f"{header}\n{text.getvalue()}"


PAGES = {
    "/": "/",
    "/blog": "/blog",
    "/blog?p=2": "/blog",
    "/caf%C3%A9": "/caf\u00e9",
    "/100%": "/100%",
    "/tags/c%23": "/tags/c%23",
    "no-slash": "/no-slash",
    '/a,"b"': '/a,"b"',
}


def random_rows(
    seed: int,
    count: int,
    at: datetime.datetime = BEGIN,
    paths: Sequence[str] = (*PAGES, "/" + "x" * 512),
    sessions: Sequence[int] = range(30),
) -> list[Row]:
    """Rows of about three days, by so few sessions that they come back."""
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        at += datetime.timedelta(seconds=rng.randrange(2 * 86_400 * 3 // count))
        event = int(rng.random() < 0.05)
        rows.append(
            Row(
                path="click-banana" if event else rng.choice(paths),
                session=rng.choice(sessions),
                at=at,
                event=event,
                bot=int(rng.random() < 0.05) * 7,
                first=rng.randrange(2),
                title=rng.choice(["A page", 'Quotes "here", and\nthere', ""]),
            )
        )
    return rows


def expected(rows: list[Row]) -> exports.Histories:
    """The numbers of these rows, by the rules in `headcount help import-csv`."""
    visits: dict[str | None, dict[str, list]] = defaultdict(lambda: defaultdict(list))
    for number, row in enumerate(rows):
        if row.event or row.bot or row.path not in PAGES:
            continue
        for page in (None, PAGES[row.path]):
            visits[page][row.at.date().isoformat()].append(row.session or f"row {number}")
    return {
        page: ((0, 0), {day: (len(who), len(set(who))) for day, who in days.items()}) for page, days in visits.items()
    }
