"""`headcount import-csv`, compared with an independent implementation of the same rules."""

import datetime
import gzip
import lzma
import re
from dataclasses import dataclass
from pathlib import Path

import exports
import pytest
from command import Command
from goatcounter import PAGES, Row, expected, random_rows, write


@dataclass
class Import:
    """A folder of exports and the counter that they are imported into."""

    folder: Path
    command: Command

    def write(self, rows: list[Row], name: str = "export.csv.gz") -> Path:
        path = self.folder / name
        content = write(rows).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    def apply(self, path: Path, *options: str) -> str:
        return self.command.ok("import-csv", "--apply", *options, path)

    @property
    def numbers(self) -> exports.Histories:
        return exports.read(self.command.ok("export"))


@pytest.fixture
def goatcounter(start_responder, directory: Path) -> Import:
    return Import(directory, Command.of(start_responder().database))


@pytest.fixture(params=["sqlite", "dynamodb"])
def each_store(request: pytest.FixtureRequest, goatcounter: Import) -> Import:
    if request.param == "sqlite":
        return goatcounter
    return Import(goatcounter.folder, Command.of(request.getfixturevalue("table")))


def test_an_export_counts_once(each_store: Import, seed: int) -> None:
    rows = random_rows(seed, 2000)
    path = each_store.write(rows)
    rehearsal = each_store.command.ok("import-csv", path)
    assert "Nothing was changed. Pass --apply" in rehearsal
    assert each_store.numbers == {None: ((0, 0), {})}
    report = each_store.apply(path)
    numbers = each_store.numbers
    assert numbers == expected(rows)
    shown = sum(row.first and not row.event and not row.bot and row.path in PAGES for row in rows)
    assert f"visits, of which GoatCounter shows {shown:,}\n" in report
    assert re.search(r"^ +\d+  events +click-banana$", report, re.MULTILINE)
    for again in (path, each_store.write(rows, "unpacked.csv")):
        for options in ([], ["--all-days"]):
            assert "imported from this file before" in each_store.apply(again, *options)
    assert each_store.numbers == numbers


def days(*numbers: int) -> list[Row]:
    """One visit on each of some days of September."""
    return [Row(at=datetime.datetime(2026, 9, number, 12, tzinfo=datetime.UTC), session=number) for number in numbers]


def test_a_day_that_has_visits_is_left_out_unless_told_otherwise(goatcounter: Import) -> None:
    counted = {"2026-09-03": (10, 5)}
    goatcounter.command.ok("import", "-", stdin=exports.write({None: ((0, 0), counted)}))
    path = goatcounter.write(days(1, 2, 3, 4))
    assert "1 day is left out, 2026-09-03: the counter has visits then already" in goatcounter.apply(path)
    new = {f"2026-09-0{day}": (1, 1) for day in (1, 2, 4)}
    assert goatcounter.numbers[None] == ((0, 0), counted | new)
    for _ in range(2):
        goatcounter.apply(path, "--all-days")
        assert goatcounter.numbers[None] == ((0, 0), {"2026-09-03": (11, 6)} | new)


def test_a_later_export_adds_only_its_new_days(goatcounter: Import) -> None:
    goatcounter.apply(goatcounter.write(days(1, 2)))
    goatcounter.apply(goatcounter.write(days(1, 2, 3)))
    assert goatcounter.numbers == expected(days(1, 2, 3))


def test_days_from_before_the_first_are_left_out_if_the_total_may_have_them(goatcounter: Import) -> None:
    goatcounter.command.ok("set", "--count", "500", "--yes")
    path = goatcounter.write(days(1, 2))
    assert "2 days are left out, 2026-09-01 to 2026-09-02: the total has visits from before" in goatcounter.apply(path)
    assert goatcounter.numbers == {None: ((500, 0), {})}


def test_the_most_visited_pages_are_kept_up_to_the_limit(goatcounter: Import) -> None:
    rows = [Row(path=f"/{number % 3}", session=number) for number in range(1, 8)]
    goatcounter.command.settings |= {"HEADCOUNT_MAX_PAGES": 2}
    assert "\nVisits of 1 page beyond HEADCOUNT_MAX_PAGES" in goatcounter.apply(goatcounter.write(rows))
    numbers = goatcounter.numbers
    assert numbers[None][1] == {"2026-10-30": (7, 7)}
    assert set(numbers) == {None, "/0", "/1"}


EXPORT = write([Row(session=number) for number in range(1, 50)])
PACKED = gzip.compress(EXPORT.encode())
REFUSED = {
    b"": "this is not GoatCounter's CSV export, whose first line is 2Path,Title,",
    b"PK\x03\x04\n\x00": "a ZIP file, such as GoatCounter's JSON export; export to CSV there",
    EXPORT[:-5].encode(): "the export is cut short",
    PACKED[: len(PACKED) // 2]: "the compressed file is cut short",
    EXPORT.replace("2026-", "-", 1).encode(): "line 2: Date must be a time such as",
    EXPORT.replace("2026-", "2099-", 1).encode(): "line 2: the date is in the future",
    EXPORT.replace("/,", '"/,', 1).encode(): "line 2: not comma-separated values",
}


def test_anything_else_is_refused_and_changes_nothing(goatcounter: Import) -> None:
    """GoatCounterCSVTests has other versions and malformed rows."""
    path = goatcounter.folder / "export.csv.gz"
    for content, reason in REFUSED.items():
        path.write_bytes(content)
        error = goatcounter.command.fails(65, "import-csv", "--apply", path)
        assert reason in error and error.endswith("; nothing was changed")
    path.unlink()
    goatcounter.command.fails(66, "import-csv", "--apply", path)
    assert goatcounter.numbers == {None: ((0, 0), {})}


def test_a_file_in_xz_is_refused_with_the_command_that_reads_it(goatcounter: Import) -> None:
    path = goatcounter.folder / "export.csv.xz"
    path.write_bytes(lzma.compress(EXPORT.encode()))
    line = goatcounter.command.fails(65, "import-csv", path)
    assert line == f"{path} is compressed with xz; read it with: xz -dc {path} | headcount import-csv -"
    goatcounter.command.ok("import-csv", "--apply", "-", stdin=EXPORT)
    assert goatcounter.numbers == expected([Row(session=number) for number in range(1, 50)])
