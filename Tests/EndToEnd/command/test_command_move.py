"""Moving and changing numbers: `export`, `import`, `set`, `prune`, `pages`."""

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import exports
import pytest
import records
from command import Command
from deadline import until
from disk import full
from dynamodb import Table
from responder import Responder

pytestmark = pytest.mark.usefixtures("one_day")

PAST: exports.Histories = {
    None: ((4821, 512), {"2025-01-31": (7, 3, 41, 0, 2), "2026-02-28": (9, 9), "2026-03-01": (11, 2)}),
    "/": ((0, 0), {"2026-02-28": (4, 4)}),
    "/a b": ((3, 1), {}),
    "/caf\u00e9": ((0, 0), {"2025-01-31": (7, 3), "2026-03-01": (11, 2)}),
    '/"\\': ((0, 0), {"2026-03-01": (1, 1)}),
}


@pytest.fixture
def past(directory: Path) -> Path:
    path = directory / "past.jsonl"
    path.write_text(exports.write(PAST))
    return path


@pytest.fixture(params=["sqlite", "dynamodb"])
def command(request: pytest.FixtureRequest, make_database) -> Command:
    """The command for an empty counter, once for each store."""
    return Command.of(make_database("own") if request.param == "sqlite" else request.getfixturevalue("table"))


@contextlib.contextmanager
def traffic(responder: Responder) -> Iterator[list[int]]:
    """Makes one visit after another; yields a list of the answered counts, with 0 for each failure."""
    answered: list[int] = []
    stop = threading.Event()

    def visit() -> None:
        number = 0
        with responder.connect() as connection:
            while not stop.is_set():
                number += 1
                answer = connection.ask(f"/headcount?page=/{number % 7}", REMOTE_ADDR=f"198.51.100.{number & 255}")
                answered.append(answer.json["count"] if answer.status == 200 else 0)

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        until(lambda: len(answered) > 5, "visits are answered")
        yield answered
    finally:
        stop.set()
        visitor.join()


def test_from_a_server_to_aws_and_back(
    start_responder, make_database, table: Table, past: Path, directory: Path, record_property
) -> None:
    server = start_responder("server", HEADCOUNT_DATABASE=make_database("first"))
    local = Command.of(server.database)
    local.ok("import", past)
    with traffic(server) as answered:
        for number in range(5):
            before = max(answered)
            histories = exports.read(local.ok("export"))
            total = histories[None][0][0] + sum(day[0] for day in histories[None][1].values())
            assert before <= total <= max(answered) + 1
            pages = [
                sum(day[0] for day in days.values())
                for page, (_, days) in histories.items()
                if page and page[1:].isdigit()
            ]
            assert number == 0 or sum(pages) == total - 4848, "pages and site are from the same moment"
    server.stop()
    first, second, third = (directory / f"{number}.jsonl" for number in range(3))
    statistics = local.ok("stats", "--json", "--days", "366")

    local.ok("export", first)
    aws = Command.of(table)
    assert "pages" in aws.ok("import", first)
    assert aws.ok("stats", "--json", "--days", "366") == statistics
    assert table.numbers("/1") == records.counters(server.database)["/1"]
    aws.ok("export", second)
    back = Command.of(make_database("second"))
    back.ok("import", second)
    assert back.ok("stats", "--json", "--days", "366") == statistics
    back.ok("export", third)

    assert first.read_bytes() == second.read_bytes() == third.read_bytes()
    total = json.loads(statistics)
    record_property(
        "figure",
        f"round trip: {total['count']:,} visits, {first.read_text().count(chr(10))} lines, the same bytes three times",
    )


def test_an_import_into_a_used_counter_must_be_a_merge(command: Command, past: Path, directory: Path) -> None:
    command.ok("set", "--page", "/new", "--count", "5", "--yes")
    assert "numbers of 1 page already" in command.fails(64, "import", past)
    command.ok("import", "--merge", past)
    assert exports.read(command.ok("export")) == PAST | {"/new": ((5, 0), {})}
    assert "imported before" in command.ok("import", past)
    other = directory / "other.jsonl"
    other.write_text(exports.write({None: ((1, 0), {"2026-03-01": (2, 2)}), "/": ((0, 0), {"2026-03-01": (2, 2)})}))
    line = command.fails(64, "import", other)
    assert "has 4,848 visits, 526 unique already" in line and "--merge" in line
    for expected in ("the site has 4,851 visits", "imported before"):
        assert expected in command.ok("import", "--merge", other)
    numbers = exports.read(command.ok("export"))
    assert numbers[None] == ((4822, 512), PAST[None][1] | {"2026-03-01": (13, 4)})
    assert numbers["/"] == ((0, 0), {"2026-02-28": (4, 4), "2026-03-01": (2, 2)})


def test_a_replacement_removes_all_other_numbers(make_database, past: Path) -> None:
    command = Command.of(make_database("own"))
    command.ok("set", "--page", "/new", "--count", "5", "--yes")
    for _ in range(2):
        command.ok("import", "--replace", past)
        assert command.ok("export") == past.read_text()
    assert "imported before" in command.ok("import", "--merge", past)


def test_a_damaged_file_changes_nothing(make_database, past: Path, directory: Path) -> None:
    """ExportTests covers every kind of damage."""
    command = Command.of(make_database("own"))
    bad = directory / "bad.jsonl"
    text = past.read_text()
    for content, expected in (
        ("".join(text.splitlines(keepends=True)[:4]), "cut short"),
        (text.replace('"count":4848', '"count":4849'), "damaged"),
        ("<html></html>\n", ""),
        ("", ""),
    ):
        bad.write_text(content)
        line = command.fails(65, "import", "--replace", bad)
        assert line.startswith(f"{bad}: ") and expected in line and line.endswith("; nothing was changed")
    assert "No such file" in command.fails(66, "import", directory / "missing.jsonl")
    assert exports.read(command.ok("export")) == {None: ((0, 0), {})}


def test_a_merge_loses_no_concurrent_visit(start_responder, command: Command, directory: Path) -> None:
    """It merges again and again into the pages that are being visited: a lost update would show."""
    pages = {f"/{number}": ((1000, 1), {"2026-03-01": (10, 1)}) for number in range(7)}
    file = directory / "busy.jsonl"
    imports = 3
    with traffic(start_responder(**command.settings)) as answered:
        for number in range(imports):
            file.write_text(exports.write({None: ((7000, number), {"2026-03-01": (70, 7)}), **pages}))
            before = len(answered)
            command.ok("import", "--merge", file)
            until(lambda before=before: len(answered) > before, "more visits")
    visits = {
        page: count + sum(day[0] for day in days.values())
        for page, ((count, _), days) in exports.read(command.ok("export")).items()
    }
    counted = visits.pop(None) - imports * 7070
    assert sum(visits.values()) == imports * 7070 + counted
    # A visit that failed may or may not have been counted.
    assert sum(map(bool, answered)) <= counted <= len(answered)


def test_set_changes_a_total(command: Command, past: Path) -> None:
    command.ok("import", past)
    output = command.ok("set", "--count", "50000", "--yes")
    assert "the site has 4,848 visits, 526 unique; it gets 50,000 visits, 526 unique" in output
    command.ok("set", "--count", "100", "--unique", "80", "--page", "/a b", "--yes")
    command.ok("set", "--count", "7", "--page", "/quite/new", "--yes")
    histories = exports.read(command.ok("export"))
    assert histories[None] == ((49973, 512), PAST[None][1])
    assert histories["/a b"] == ((100, 80), {})
    assert histories["/quite/new"] == ((7, 0), {})
    command.ok("set", "--count", "27", "--unique", "14", "--yes")
    assert exports.read(command.ok("export"))[None] == ((0, 0), PAST[None][1])


def test_set_refuses_impossible_totals(command: Command, past: Path) -> None:
    command.ok("import", past)
    before = command.ok("export")
    assert "27 visits, 14 unique" in command.fails(64, "set", "--count", "26", "--yes")
    assert "more unique visitors than visits" in command.fails(64, "set", "--count", "30", "--unique", "31", "--yes")
    for number in ("-1", "100000000001", "9223372036854775807"):
        assert "from 0 to 100,000,000,000" in command.fails(64, "set", f"--count={number}", "--yes")
        assert "from 0 to 100,000,000,000" in command.fails(64, "set", "--count=30", f"--unique={number}", "--yes")
    command.fails(64, "set", "--count=9223372036854775808", "--yes")
    assert "--yes" in command.fails(64, "set", "--count", "5000")
    assert command.ok("export") == before


def test_the_service_answers_503_for_impossible_numbers(start_responder) -> None:
    """As after editing the database by hand."""
    responder = start_responder()
    records.change(responder.database, "UPDATE counter SET count = 9223372036854775807")
    assert responder.ask("/headcount").status == 503
    assert "impossible" in responder.log


def test_pruned_days_stay_in_the_totals(command: Command, past: Path) -> None:
    command.ok("import", past)
    output = command.ok("prune", "--before", "2026-03-01", "--yes")
    assert "2 days before 2026-03-01, with 16 visits, 12 unique" in output
    histories = exports.read(command.ok("export"))
    assert histories[None] == ((4837, 524), {"2026-03-01": (11, 2)})
    assert histories["/"] == ((4, 4), {})
    assert histories["/caf\u00e9"] == ((7, 3), {"2026-03-01": (11, 2)})
    assert json.loads(command.ok("stats", "--json"))["since"] == "2026-03-01"
    assert "0 days" in command.ok("prune", "--keep", "3000", "--yes")
    before = command.ok("export")
    assert "today is not over" in command.fails(64, "prune", "--before", "9999-12-31", "--yes")
    assert command.ok("export") == before
    assert "there is no page /none" in command.fails(66, "stats", "--page", "/none")


def test_pages_are_listed_and_removed(command: Command, past: Path, request: pytest.FixtureRequest) -> None:
    command.ok("import", past)
    listed = [line.split("\t") for line in command.ok("pages").splitlines()]
    assert listed[0] == ["18", "5", "/caf\u00e9"]
    assert len(listed) == 4
    assert command.ok("pages", "list", "--below", "4") == '3\t1\t/a b\n1\t1\t/"\\\n'
    assert command.ok("pages", "rm", "/a b", "/caf\u00e9", "--yes") == "removed /a b\nremoved /caf\u00e9\n"
    assert "there is no page /a b" in command.fails(66, "pages", "rm", "/a b", "--yes")
    assert exports.read(command.ok("export")) == {page: PAST[page] for page in (None, "/", '/"\\')}
    if command.settings.get("HEADCOUNT_STORE") == "dynamodb":
        assert request.getfixturevalue("table").items["page#"]["pages"] == 2


def test_a_full_disk_is_an_error_of_writing(small_disk: Path, start_responder) -> None:
    """Both for a change and for opening the file, which creates SQLite's other files."""
    responder = start_responder(HEADCOUNT_DATABASE=small_disk / "headcount.db")
    responder.ask()
    command = Command.of(responder.database)
    with full(small_disk):
        assert "full" in command.fails(74, "set", "--count", "5", "--yes")
    assert responder.stop() == 0
    with full(small_disk):
        for arguments in (["set", "--count", "5", "--yes"], ["stats"]):
            assert "once its disk has room" in command.fails(74, *arguments)
    command.ok("set", "--count", "5", "--yes")


@pytest.mark.parametrize("verb", ["export", "backup"])
def test_overwrite_replaces_neither_the_database_nor_a_folder(make_database, directory: Path, verb: str) -> None:
    database = make_database("own")
    command = Command.of(database)
    for target in (database, directory):
        command.fails(73, verb, "--overwrite", target)
    file = directory / "numbers"
    command.ok(verb, file)
    assert "--overwrite" in command.fails(73, verb, file)
    file.write_text("old")
    command.ok(verb, "--overwrite", file)
    assert file.stat().st_size > 100
