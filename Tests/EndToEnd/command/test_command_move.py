"""Numbers on their way from one store to another: `export`, `import`, `set`, `prune`, `pages`, `import-original`."""

import contextlib
import fcntl
import json
import os
import sqlite3
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import exports
import pytest
import records
from command import Command
from deadline import until
from dynamodb import Table
from fault_proxy import Fault, FaultProxy
from responder import Responder

pytestmark = pytest.mark.usefixtures("one_day")

PAST: exports.Histories = {
    None: ((4821, 512), {"2025-01-31": (7, 3), "2026-02-28": (9, 9), "2026-03-01": (11, 2)}),
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


@pytest.fixture
def make_database(make_responder, directory: Path) -> Callable[[str], Path]:
    """Empty ones, as a service makes them."""

    def make(name: str) -> Path:
        responder = make_responder(name, HEADCOUNT_DATABASE=directory / f"{name}.db").start()
        assert responder.stop() == 0
        responder.process = None
        return responder.database

    return make


@pytest.fixture(params=["sqlite", "dynamodb"])
def command(request: pytest.FixtureRequest, make_database) -> Command:
    """Of an empty counter in each of the stores."""
    return Command.of(make_database("own") if request.param == "sqlite" else request.getfixturevalue("table"))


@contextlib.contextmanager
def traffic(responder: Responder) -> Iterator[list[int]]:
    """Visits one after another; gives the numbers that were answered."""
    answered: list[int] = []
    stop = threading.Event()

    def visit() -> None:
        number = 0
        with responder.connect() as connection:
            while not stop.is_set():
                number += 1
                answer = connection.ask(f"/count?page=/{number % 7}", REMOTE_ADDR=f"198.51.100.{number & 255}")
                if answer.status == 200:
                    answered.append(answer.json["count"])

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        until(lambda: len(answered) > 5, "visits come")
        yield answered
    finally:
        stop.set()
        visitor.join()


def test_from_a_server_to_aws_and_back(
    start_responder, make_database, table: Table, past: Path, directory: Path, record_property
) -> None:
    vps = start_responder("vps", HEADCOUNT_DATABASE=make_database("first"))
    there = Command.of(vps.database)
    there.ok("import", past)
    with traffic(vps) as answered:
        for number in range(5):
            before = answered[-1]
            histories = exports.read(there.ok("export"))
            total = histories[None][0][0] + sum(day[0] for day in histories[None][1].values())
            assert before <= total <= answered[-1] + 1
            pages = [
                sum(day[0] for day in days.values())
                for page, (_, days) in histories.items()
                if page and page[1:].isdigit()
            ]
            assert number == 0 or sum(pages) == total - 4848, "pages and site are of one moment"
    vps.stop()
    first, second, third = (directory / f"{number}.jsonl" for number in range(3))
    statistics = there.ok("stats", "--json", "--days", "366")

    there.ok("export", first)
    aws = Command.of(table)
    assert "pages" in aws.ok("import", first)
    assert aws.ok("stats", "--json", "--days", "366") == statistics
    assert table.numbers("/1") == records.counters(vps.database)["/1"]
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


def test_a_table_is_exported_while_visits_come(start_responder, table: Table, past: Path, make_database) -> None:
    command = Command.of(table)
    command.ok("import", past)
    with traffic(start_responder(**table.settings)) as answered:
        for _ in range(3):
            before = answered[-1]
            histories = exports.read(command.ok("export"))
            total = histories[None][0][0] + sum(day[0] for day in histories[None][1].values())
            assert before <= total <= answered[-1] + 1
    back = Command.of(make_database("back"))
    text = command.ok("export")
    back.ok("import", "-", stdin=text)
    assert back.ok("export") == text
    assert back.ok("stats", "--json") == command.ok("stats", "--json")


def waiting_in(pipe: IO[str]) -> int:
    """In bytes."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_an_export_that_nobody_reads_on_holds_no_log(start_responder, directory: Path) -> None:
    """Whoever leaves `headcount export | less` open must not fill the disk, nor keep yesterday's salt."""
    responder = start_responder()
    responder.ask("/count")
    past = directory / "many.jsonl"
    past.write_text(
        exports.write({None: ((5000, 1), {}), **{f"/{number:0400}": ((1, 1), {}) for number in range(900)}})
    )
    command = Command.of(responder.database)
    command.ok("import", "--merge", past)
    export = command.start("export")
    with export:
        # As much as a pipe takes, and then it waits.
        until(lambda: waiting_in(export.stdout) == fcntl.fcntl(export.stdout, fcntl.F_GETPIPE_SZ), "the pipe is full")
        responder.ask("/count")
        with contextlib.closing(sqlite3.connect(responder.database)) as connection:
            assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall() == [(0, 0, 0)], "nobody reads"
        lines = export.communicate(timeout=30)[0].splitlines()
    assert export.returncode == 0 and len(lines) == 904
    assert json.loads(lines[1])["count"] == 5001


def test_an_import_into_a_counter_with_numbers_says_how(command: Command, past: Path, directory: Path) -> None:
    assert "4,848 visits" in command.ok("import", past)
    before = command.ok("export")
    other = directory / "other.jsonl"
    other.write_text(exports.write({None: ((1, 0), {})}))
    line = command.fails(64, "import", other)
    assert "--merge" in line and "--replace" in line
    assert "imported before" in command.ok("import", past)
    assert command.ok("export") == before


def test_a_counter_whose_pages_alone_have_numbers_is_not_empty(command: Command, past: Path) -> None:
    command.ok("set", "--page", "/new", "--count", "5", "--yes")
    before = command.ok("export")
    assert "numbers of 1 pages already" in command.fails(64, "import", past)
    assert command.ok("export") == before


@pytest.mark.parametrize("flags", [[], ["--merge"], ["--replace"]], ids=str)
def test_a_file_that_came_in_is_not_merged_again(command: Command, past: Path, flags: list[str]) -> None:
    command.ok("import", *flags, past)
    assert "imported before" in command.ok("import", "--merge", past)
    assert command.ok("export") == past.read_text()


def test_a_counter_that_was_emptied_says_how_its_file_comes_in_again(command: Command, directory: Path) -> None:
    file = directory / "numbers.jsonl"
    file.write_text(exports.write({None: ((7, 3), {})}))
    command.ok("import", file)
    command.ok("set", "--count", "0", "--unique", "0", "--yes")
    assert "--replace" in command.fails(64, "import", file)
    command.ok("import", "--replace", file)
    assert command.ok("export") == file.read_text()


def test_a_visit_that_comes_while_the_file_is_read_is_seen_and_stays(
    start_responder, make_database, past: Path
) -> None:
    """The counter is looked at last, once the whole file is there."""
    responder = start_responder(HEADCOUNT_DATABASE=make_database("busy"))
    content = past.read_text()
    with Command.of(responder.database).start("import", "-", stdin=subprocess.PIPE) as process:
        process.stdin.write(content[:100])
        process.stdin.flush()
        until(lambda: waiting_in(process.stdin) == 0, "the command reads")
        responder.ask("/count")
        said, complaint = process.communicate(content[100:], timeout=30)
    assert (process.returncode, said) == (64, ""), complaint
    assert "already; pass --merge" in complaint
    assert records.counters(responder.database) == {"": (1, 1)}


def test_a_merge_adds_once_and_a_replacement_leaves_nothing_else(command: Command, past: Path, directory: Path) -> None:
    command.ok("import", past)
    other = directory / "other.jsonl"
    other.write_text(exports.write({None: ((1, 0), {"2026-03-01": (2, 2)}), "/new": ((0, 0), {"2026-03-01": (2, 2)})}))
    command.ok("import", "--merge", other)
    merged = exports.read(command.ok("export"))
    assert merged == PAST | {
        None: ((4822, 512), PAST[None][1] | {"2026-03-01": (13, 4)}),
        "/new": ((0, 0), {"2026-03-01": (2, 2)}),
    }
    assert "imported before" in command.ok("import", "--merge", other)
    assert exports.read(command.ok("export")) == merged
    command.ok("import", "--replace", past)
    assert command.ok("export") == past.read_text()
    command.ok("import", "--replace", past)
    assert command.ok("export") == past.read_text()


def spoilt(text: str) -> Iterator[tuple[str, int | None]]:
    """Files that are no exports, and the line at fault where there is one."""
    lines = text.splitlines(keepends=True)
    for number in range(1, len(lines)):
        yield "".join(lines[:number]), number
        yield "".join([*lines[:number], lines[number][: len(lines[number]) // 2]]), number + 1
        if number < len(lines) - 1:
            yield (
                "".join([*lines[:number], lines[number].replace('"unique":', '"unique":1'), *lines[number + 1 :]]),
                None,
            )
    yield "", 1
    yield text.replace("\n", "\r\n"), 1
    yield text + text, len(lines) + 1
    yield text + "\n", len(lines) + 1
    yield "".join([lines[0], lines[2], lines[1], *lines[3:]]), 2
    yield "".join([lines[0], *lines[5:]]), 2
    yield text.replace('"version":1', '"version":2'), 1
    yield text.replace("/a b", "a b"), 10
    yield text.replace("2026-02-28", "2026-02-30"), 4
    yield '{"count":1}\n', 1
    yield "\x1f\x8b\x08\x00binary", 1
    yield "<html></html>\n", 1


def test_a_spoilt_file_changes_nothing_and_names_the_line(command: Command, past: Path, directory: Path) -> None:
    command.ok("set", "--count", "5", "--yes")
    before = command.ok("export")
    bad = directory / "bad.jsonl"
    tried = list(spoilt(past.read_text()))
    if command.settings.get("HEADCOUNT_STORE") == "dynamodb":
        tried = tried[::10]
    for text, number in tried:
        bad.write_text(text)
        line = command.fails(65, "import", "--replace", bad)
        assert f"{bad}: line {number if number else ''}" in line, (text, line)
        assert "nothing was changed" in line
    assert command.ok("export") == before


def test_an_input_that_is_missing_is_told(command: Command, directory: Path) -> None:
    assert "No such file" in command.fails(66, "import", directory / "missing.jsonl")


@pytest.mark.parametrize("flags", [[], ["--merge"], ["--replace"]], ids=str)
def test_an_import_into_a_table_survives_an_interruption_at_any_call(
    table: Table, make_database, directory: Path, flags: list[str]
) -> None:
    """Killed after so many calls, run again, and visits meanwhile: the result is exact."""
    target = directory / "target.jsonl"
    days = {f"2026-{month:02}-{day:02}": (month + day, day) for month in range(1, 10) for day in (1, 28)}
    target.write_text(exports.write({None: ((100, 50), days)} | {f"/{n}": ((0, 0), days) for n in range(8)}))
    start = directory / "start.jsonl"
    before: exports.Histories = {None: ((1, 1), {}), "/0": ((1, 1), {}), "/old": ((1, 1), {"2026-05-01": (1, 0)})}
    start.write_text(exports.write(before if flags else {None: ((0, 0), {})}))
    command = Command.of(table)
    reference = Command.of(make_database("reference"))
    reference.ok("import", start)
    reference.ok("import", *flags, target)
    expected = reference.ok("export")
    interrupted = 0
    with FaultProxy(table.server.port) as proxy:
        behind = Command(table.settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": proxy.endpoint})
        for limit in range(3, 60, 5):
            command.ok("import", "--replace", start)
            base = sum(proxy.calls.values())
            # From then on no call arrives.
            proxy.rule = lambda _operation, _number, end=base + limit: (
                Fault.DROP_REQUEST if sum(proxy.calls.values()) > end else None
            )
            process = behind.start("import", *flags, target)
            try:
                until(
                    lambda process=process, end=base + limit: (
                        process.poll() is not None or sum(proxy.calls.values()) > end
                    ),
                    "the limit",
                    seconds=30,
                )
                interrupted += process.poll() is None
            finally:
                process.kill()
                process.communicate()
            told = "an import is not done yet" in command.ok("check")
            assert told == ("plan" in table.items)
            command.ok("import", *flags, target)
            assert command.ok("export") == expected, f"after {limit} calls"
            command.ok("import", *flags, target)
            assert command.ok("export") == expected
    assert interrupted > 5
    # Parts of a plan that never began, or was just ended, go by themselves.
    left = {key for key, item in table.items.items() if "expires" not in item}
    assert {key.partition("#")[0] for key in left} <= {"page", "pages", "receipt"}
    assert all(len(item.get("marks", [])) <= 1 for item in table.items.values()), "marks do not pile up"


def test_a_merge_loses_no_visit_that_comes_meanwhile(start_responder, command: Command, directory: Path) -> None:
    """Into the pages that are visited, again and again: what one side read before the other wrote is found out."""
    pages = {f"/{number}": ((1000, 1), {"2026-03-01": (10, 1)}) for number in range(7)}
    file = directory / "busy.jsonl"
    imports = 5
    with traffic(start_responder(**command.settings)) as answered:
        for number in range(imports):
            file.write_text(exports.write({None: ((7000, number), {"2026-03-01": (70, 7)}), **pages}))
            before = len(answered)
            command.ok("import", "--merge", file)
            until(lambda before=before: len(answered) > before, "visits go on")
    visits = {
        page: count + sum(day[0] for day in days.values())
        for page, ((count, _), days) in exports.read(command.ok("export")).items()
    }
    assert visits.pop(None) == sum(visits.values()) == imports * 7070 + len(answered)


def test_a_total_is_set(command: Command, past: Path) -> None:
    command.ok("import", past)
    said = command.ok("set", "--count", "50000", "--yes")
    assert "the site has 4,848 visits, 526 unique; it gets 50,000 visits, 526 unique" in said
    command.ok("set", "--count", "100", "--unique", "80", "--page", "/a b", "--yes")
    command.ok("set", "--count", "7", "--page", "/quite/new", "--yes")
    histories = exports.read(command.ok("export"))
    assert histories[None] == ((49973, 512), PAST[None][1])
    assert histories["/a b"] == ((100, 80), {})
    assert histories["/quite/new"] == ((7, 0), {})
    command.ok("set", "--count", "27", "--unique", "14", "--yes")
    assert exports.read(command.ok("export"))[None] == ((0, 0), PAST[None][1])


def test_a_total_is_not_set_to_what_can_not_be(command: Command, past: Path) -> None:
    command.ok("import", past)
    before = command.ok("export")
    assert "27 visits, 14 unique" in command.fails(64, "set", "--count", "26", "--yes")
    assert "more visitors than visits" in command.fails(64, "set", "--count", "30", "--unique", "31", "--yes")
    for number in ("-1", "100000000001", "9223372036854775807"):
        assert "from 0 to 100,000,000,000" in command.fails(64, "set", f"--count={number}", "--yes")
        assert "from 0 to 100,000,000,000" in command.fails(64, "set", "--count=30", f"--unique={number}", "--yes")
    command.fails(64, "set", "--count=9223372036854775808", "--yes")
    assert "--yes" in command.fails(64, "set", "--count", "5000")
    assert command.ok("export") == before


def test_the_largest_total_is_counted_on_and_moves(command: Command, make_database, directory: Path) -> None:
    command.ok("set", "--count", "100000000000", "--unique", "100000000000", "--yes")
    file = directory / "largest.jsonl"
    command.ok("export", file)
    other = Command.of(make_database("other"))
    other.ok("import", file)
    assert other.ok("export") == file.read_text()
    for number in range(9):
        file.write_text(exports.write({None: ((100_000_000_000, number), {})}))
        other.ok("import", "--merge", file)
    file.write_text(exports.write({None: ((1, 0), {})}))
    assert "1000000000001 visits" in other.fails(69, "import", "--merge", file)
    assert json.loads(other.ok("stats", "--json"))["count"] == 1_000_000_000_000


def test_a_number_that_can_not_be_harms_no_service(start_responder) -> None:
    """Somebody has changed the file by hand."""
    responder = start_responder()
    records.change(responder.database, "UPDATE counter SET count = 9223372036854775807")
    for _ in range(2):
        assert responder.ask("/count").status == 503
    assert responder.is_running
    assert "impossible number" in responder.log
    checked = Command.of(responder.database).run("check", "--quiet")
    assert checked.returncode == 65 and "the site has 9223372036854775807 visits" in checked.stdout
    records.change(responder.database, "UPDATE counter SET count = 7")
    assert responder.ask("/count").json["count"] == 8


@pytest.mark.parametrize("rows", [[("today", "/q", 2**63 - 1), ("yesterday", "/q", 1)], [(2**63 - 1, "", 1)]], ids=str)
def test_a_day_that_can_not_be_harms_no_service(start_responder, rows: list) -> None:
    responder = start_responder(HEADCOUNT_STATS="public")
    today = int(time.time()) // 86400
    for day, page, count in rows:
        number = {"today": today, "yesterday": today - 1}.get(day, day)
        records.change(responder.database, "INSERT INTO daily VALUES (?, ?, ?, 1)", number, page, count)
    for target in ("/stats?page=/q", "/stats?days=366"):
        assert responder.ask(target).status in (200, 503)
        assert responder.is_running
    assert "impossible" in responder.log
    records.change(responder.database, "INSERT INTO counter VALUES ('/q', 1, 1)")
    assert "impossible" in Command.of(responder.database).fails(69, "export")
    assert responder.ask("/count").json["count"] == 1


def test_days_are_forgotten_and_stay_in_the_totals(command: Command, past: Path) -> None:
    command.ok("import", past)
    said = command.ok("prune", "--before", "2026-03-01", "--yes")
    assert "2 days before 2026-03-01, with 16 visits, 12 unique" in said
    histories = exports.read(command.ok("export"))
    assert histories[None] == ((4837, 524), {"2026-03-01": (11, 2)})
    assert histories["/"] == ((4, 4), {})
    assert histories["/caf\u00e9"] == ((7, 3), {"2026-03-01": (11, 2)})
    assert json.loads(command.ok("stats", "--json"))["since"] == "2026-03-01"
    assert "0 days" in command.ok("prune", "--keep", "3000", "--yes")
    before = command.ok("export")
    assert "today is still counted" in command.fails(64, "prune", "--before", "9999-12-31", "--yes")
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


def original(table: Table) -> Callable[[int], str]:
    """A table of the Cloud Resume Challenge; gives what sets its number and returns its name."""
    client = table.server.client("dynamodb")
    name = f"visitor_counter_{time.time_ns()}"
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "SiteName", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "SiteName", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )

    def put(count: int) -> str:
        number = {"SiteName": {"S": "Resume"}, "Count": {"N": str(count)}, "Note": {"BOOL": True}}
        client.put_item(TableName=name, Item=number)
        return name

    return put


def test_the_number_of_the_original_is_taken_over(command: Command, table: Table, past: Path) -> None:
    put = original(table)
    name = put(1234)
    command = Command({k: v for k, v in table.settings.items() if k != "HEADCOUNT_STORE"} | command.settings)
    arguments = ["import-original", "--table", name, "--key", "Resume", "--yes"]
    command.ok("import", past)
    assert "the site has 6,082 visits, 526 unique" in command.ok(*arguments)
    assert "all taken over before" in command.ok(*arguments)
    put(1236)
    assert "2 of them new" in command.ok(*arguments)
    assert exports.read(command.ok("export"))[None] == ((4821 + 1236, 512), PAST[None][1])
    missing = command.fails(66, "import-original", "--table", name, "--key", "CV", "--yes")
    assert "no item whose SiteName is CV" in missing
    assert "ResourceNotFoundException" in command.fails(69, "import-original", "--table", "nope", "--key", "x", "--yes")


def test_an_original_whose_number_can_not_be_is_refused(table: Table, make_database) -> None:
    name = original(table)(2**63 - 1)
    own = Command.of(make_database("own"))
    command = Command({k: v for k, v in table.settings.items() if k != "HEADCOUNT_STORE"} | own.settings)
    command.ok("set", "--count", "5", "--yes")
    line = command.fails(65, "import-original", "--table", name, "--key", "Resume", "--yes")
    assert "no number of visits" in line


def test_pages_are_removed_and_days_forgotten_by_one_reading_of_the_table(table: Table, past: Path) -> None:
    Command.of(table).ok("import", past)
    with FaultProxy(table.server.port) as proxy:
        command = Command(table.settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": proxy.endpoint})
        command.ok("pages", "rm", "/a b", "/", "/caf\u00e9", "--yes")
        assert proxy.calls["Scan"] == 1
        command.ok("prune", "--before", "2026-03-01", "--yes")
        assert proxy.calls["Scan"] == 2
        command.ok("set", "--count", "5000", "--yes")
        assert proxy.calls["Scan"] == 2


@pytest.mark.parametrize(
    "change", [["pages", "rm", "/late", "--yes"], ["prune", "--before", "2026-07-01", "--yes"]], ids=str
)
def test_a_change_that_an_import_overtakes_sees_what_it_added(
    table: Table, past: Path, directory: Path, change: list[str]
) -> None:
    command = Command.of(table)
    command.ok("import", past)
    late = directory / "late.jsonl"
    late.write_text(exports.write({None: ((0, 0), {"2026-04-01": (1, 1)}), "/late": ((0, 0), {"2026-04-01": (1, 1)})}))
    command.ok("import", "--merge", late)
    older = directory / "older.jsonl"
    days = {"2025-01-31": (5, 2), "2026-06-30": (5, 2)}
    older.write_text(exports.write({None: ((0, 0), days), "/late": ((0, 0), days)}))
    with FaultProxy(table.server.port) as proxy:
        overtaken = threading.Event()

        def overtake(operation: str, _number: int) -> None:
            """Just before the first transaction of the change, once it has read everything."""
            if operation == "TransactWriteItems" and not overtaken.is_set():
                overtaken.set()
                command.ok("import", "--merge", older)

        proxy.rule = overtake
        Command(table.settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": proxy.endpoint}).ok(*change)
    assert overtaken.is_set()
    assert {key for key in table.items if key.startswith("page#/late#")} == set()
    text = command.ok("export")
    command.ok("import", "--replace", "-", stdin=text)
    assert command.ok("export") == text
    if change[0] == "prune":
        assert all(not days for _, days in exports.read(text).values())


@pytest.mark.parametrize("verb", ["export", "backup"])
def test_nothing_but_a_file_of_numbers_is_overwritten(make_database, directory: Path, verb: str) -> None:
    database = make_database("own")
    command = Command.of(database)
    command.ok("set", "--count", "5", "--yes")
    fifo = directory / "fifo"
    os.mkfifo(fifo)
    device = directory / "device"
    device.symlink_to("/dev/null")
    holder = sqlite3.connect(database)
    holder.execute("SELECT * FROM counter").fetchall()
    live = [Path(f"{database}{suffix}") for suffix in ("", "-wal", "-shm", "-journal")]
    alias = directory / "alias.db"
    os.link(database, alias)
    indirect = directory / "indirect.db"
    indirect.symlink_to(database)
    for target in [fifo, device, directory, *live, alias, indirect]:
        kind = target.lstat() if target.exists() else None
        command.fails(73, verb, "--overwrite", target)
        if kind:
            assert (target.lstat().st_ino, target.lstat().st_mode) == (kind.st_ino, kind.st_mode)
        else:
            assert not target.exists()
    holder.close()
    assert json.loads(command.ok("stats", "--json"))["count"] == 5
    # What a link leads to is replaced, not the link.
    real = directory / "real"
    real.write_text("old")
    link = directory / "link"
    link.symlink_to(real)
    command.ok(verb, "--overwrite", link)
    assert link.is_symlink() and real.stat().st_size > 100


def test_an_export_replaces_nothing_by_accident_and_leaves_nothing_half(command: Command, directory: Path) -> None:
    home = directory / "exports"
    home.mkdir()
    file = home / "numbers.jsonl"
    command.ok("export", file)
    assert "--overwrite" in command.fails(73, "export", file)
    command.ok("export", "--overwrite", file)
    assert file.read_text() == command.ok("export")
    assert list(home.iterdir()) == [file]
