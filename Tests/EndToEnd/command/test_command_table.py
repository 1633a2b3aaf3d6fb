"""The owner's command on DynamoDB, where a change takes more than one transaction."""

import datetime
from pathlib import Path

import exports
import pytest
from command import Command
from deadline import until
from dynamodb import Table
from fault_proxy import Fault, FaultProxy

pytestmark = pytest.mark.usefixtures("one_day")

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

# More months than one transaction takes.
DAYS = {f"{2016 + month // 12}-{month % 12 + 1:02}-15": (month + 1, 1) for month in range(63)}
NUMBERS: exports.Histories = {
    None: ((100, 50), DAYS),
    **{f"/{number}": ((number, 0), {"2021-02-28": (2, 1), "2021-03-01": (1, 1)}) for number in range(4)},
    "/long": ((0, 0), DAYS),
}


def behind(proxy: FaultProxy, table: Table) -> Command:
    return Command(table.settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": proxy.endpoint})


def interrupted(table: Table, transactions: int, fault: Fault, *arguments: str | Path) -> None:
    """Runs a command that is killed after so many transactions."""
    with FaultProxy(table.server.port) as proxy:
        proxy.rule = lambda operation, number: (
            fault if operation == "TransactWriteItems" and number > transactions else None
        )
        process = behind(proxy, table).start(*arguments)
        try:
            until(lambda: proxy.faults[fault] or process.poll() is not None, "the interruption")
            assert process.poll() is None, process.communicate()
        finally:
            process.kill()
            process.communicate()


def write(path: Path, histories: exports.Histories) -> Path:
    path.write_text(exports.write(histories))
    return path


def lines(days: range, visits: int) -> str:
    """Of a log with so many visits a day, to two pages."""
    first = datetime.date(2026, 6, 1)
    return "".join(
        f"192.0.2.{visit} - - [{first + datetime.timedelta(days=day):%d/%b/%Y}:12:00:{visit:02} +0000] "
        f'"GET /{visit % 2} HTTP/1.1" 200 1 "-" "{FIREFOX}"\n'
        for day in days
        for visit in range(visits)
    )


@pytest.mark.parametrize("fault", [Fault.DROP_REQUEST, Fault.SILENCE], ids=["before", "after"])
@pytest.mark.parametrize("transactions", [0, 8, 12])
def test_an_import_that_was_killed_is_completed_by_running_it_again(
    table: Table, directory: Path, transactions: int, fault: Fault
) -> None:
    """Before or after the next of its 13 transactions: five make pages, a long history takes two."""
    numbers = write(directory / "numbers.jsonl", NUMBERS)
    command = Command.of(table)
    command.ok("set", "--count", "0", "--yes")
    interrupted(table, transactions, fault, "import", numbers)
    if transactions == 8:
        assert "pass --merge" in command.fails(64, "import", numbers)
        assert "pass --merge to complete an import" in command.fails(69, "import", "--replace", numbers)
    command.ok("import", "--merge", numbers)
    assert command.ok("export") == numbers.read_text()
    assert "imported before" in command.ok("import", "--merge", numbers)
    assert command.ok("export") == numbers.read_text()


def test_a_log_that_has_grown_since_its_import_was_killed_is_counted_once(table: Table, directory: Path) -> None:
    log = directory / "access.log"
    log.write_text(lines(range(75), 4) + lines(range(75, 76), 2))
    command = Command.of(table)
    command.ok("set", "--count", "0", "--yes")
    # Two pages are made; three months have each both pages and the site; of the last, one page has its numbers.
    interrupted(table, 9, Fault.DROP_REQUEST, "import-log", "--apply", log)
    assert table.counters[""] == (61 * 4, 61 * 4)
    assert sum(count for count, _ in list(table.counters.values())[1:]) > 61 * 4
    log.write_text(lines(range(76), 4) + lines(range(76, 77), 2))
    command.ok("import-log", "--apply", log)
    assert table.numbers() == (76 * 4 + 2, 76 * 4 + 2)
    assert table.numbers("/0") == table.numbers("/1") == (76 * 2 + 1, 76 * 2 + 1)
    assert "To add: 0 visits" in command.ok("import-log", "--apply", log)


def test_two_who_import_the_same_at_once_add_it_once(table: Table, directory: Path) -> None:
    numbers = write(directory / "numbers.jsonl", NUMBERS)
    command = Command.of(table)
    with FaultProxy(table.server.port) as proxy:
        overtaken = []

        def overtake(_operation: str, _number: int) -> None:
            """When the first has added to some pages, and has read others."""
            if proxy.calls["TransactWriteItems"] == 8 and not overtaken:
                overtaken.append(True)
                command.ok("import", "--merge", numbers)

        proxy.rule = overtake
        assert "imported before" in behind(proxy, table).ok("import", "--merge", numbers)
    assert overtaken
    assert command.ok("export") == numbers.read_text()


def test_numbers_are_replaced_in_an_empty_table_only(table: Table, directory: Path) -> None:
    numbers = write(directory / "numbers.jsonl", NUMBERS)
    command = Command.of(table)
    command.ok("import", "--replace", numbers)
    assert "import into a new table" in command.fails(69, "import", "--replace", numbers)
    assert command.ok("export") == numbers.read_text()


@pytest.mark.parametrize(
    "change", [["prune", "--before", "2026-05-01", "--yes"], ["pages", "rm", "/long", "--yes"]], ids=lambda it: it[0]
)
def test_a_change_that_was_killed_is_completed_by_running_it_again(
    table: Table, directory: Path, change: list[str]
) -> None:
    command = Command.of(table)
    command.ok("import", write(directory / "numbers.jsonl", NUMBERS))
    interrupted(table, 1, Fault.DROP_REQUEST, *change)
    command.ok(*change)
    left = exports.read(command.ok("export"))
    if change[0] == "prune":
        sums = {page: [sum(day[i] for day in days.values()) for i in (0, 1)] for page, (_, days) in NUMBERS.items()}
        assert left == {
            page: ((before[0] + sums[page][0], before[1] + sums[page][1]), {}) for page, (before, _) in NUMBERS.items()
        }
        assert not any(key.startswith("page#") and key.count("#") == 2 for key in table.items)
    else:
        assert left == {page: history for page, history in NUMBERS.items() if page != "/long"}
        assert table.items["page#"]["pages"] == 4
        assert not any(key.startswith("page#/long") for key in table.items)


def test_a_read_that_fails_leaves_no_doubt(table: Table) -> None:
    with FaultProxy(table.server.port) as proxy:
        proxy.rule = lambda _operation, _number: Fault.ERROR_BEFORE
        ended = behind(proxy, table).run("check", "--quiet")
    assert ended.returncode == 69
    assert "500 InternalServerError" in ended.stdout and "not known" not in ended.stdout


def test_days_that_are_forgotten_while_the_month_turns_stay_so(start_responder, table: Table, directory: Path) -> None:
    command = Command.of(table)
    command.ok(
        "import",
        write(directory / "numbers.jsonl", {None: ((1, 1), {"2026-09-30": (3, 1), "2026-10-31": (5, 2)})}),
    )
    with FaultProxy(table.server.port) as proxy:
        responder = start_responder(**table.settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": proxy.endpoint})
        pruned = []

        def prune(operation: str, _number: int) -> None:
            """What the visit found is out of date by the time it moves the month."""
            if operation == "TransactWriteItems" and not pruned:
                pruned.append(command.ok("prune", "--before", "2026-11-01", "--yes"))

        proxy.rule = prune
        assert responder.ask("/count").json["count"] == 10
    assert "2 days before" in pruned[0]
    assert [line for line in exports.read(command.ok("export"))[None][1] if line < "2026-11"] == []


def test_a_table_that_keeps_what_has_expired_is_told_of(table: Table) -> None:
    command = Command.of(table)
    assert "update-time-to-live" not in command.ok("check")
    client = table.server.client("dynamodb")
    for attribute, enabled in (("expires", False), ("until", True)):
        client.update_time_to_live(
            TableName=table.name, TimeToLiveSpecification={"Enabled": enabled, "AttributeName": attribute}
        )
        told = command.ok("check", "--quiet")
        assert f"update-time-to-live --table-name {table.name} --time-to-live-specification Enabled=true" in told
