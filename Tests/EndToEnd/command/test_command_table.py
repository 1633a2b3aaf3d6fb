"""The owner's command with DynamoDB, where one change can take several transactions."""

from pathlib import Path

import exports
import pytest
from command import Command
from deadline import until
from dynamodb import Table
from fault_proxy import Fault, FaultProxy

pytestmark = pytest.mark.usefixtures("one_day")

# More months than fit into one transaction.
DAYS = {f"{2016 + month // 12}-{month % 12 + 1:02}-15": (month + 1, 1) for month in range(63)}
NUMBERS: exports.Histories = {
    None: ((100, 50), DAYS),
    **{f"/{number}": ((number, 0), {"2021-02-28": (2, 1), "2021-03-01": (1, 1)}) for number in range(4)},
    "/long": ((0, 0), DAYS),
}


def through(proxy: FaultProxy, table: Table) -> Command:
    return Command(table.settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": proxy.endpoint})


def run_interrupted(table: Table, transactions: int, fault: Fault, *arguments: str | Path) -> None:
    """Runs a command and kills it after this many transactions."""
    with FaultProxy(table.server.port) as proxy:
        proxy.rule = lambda operation, number: (
            fault if operation == "TransactWriteItems" and number > transactions else None
        )
        process = through(proxy, table).start(*arguments)
        try:
            until(lambda: proxy.faults[fault] or process.poll() is not None, "the interruption")
            assert process.poll() is None, process.communicate()
        finally:
            process.kill()
            process.communicate()


def write(path: Path, histories: exports.Histories) -> Path:
    path.write_text(exports.write(histories))
    return path


@pytest.mark.parametrize(
    ("transactions", "fault"),
    [(8, Fault.DROP_REQUEST), (8, Fault.SILENCE), (12, Fault.SILENCE)],
    ids=["before a page", "after a page", "at the end"],
)
def test_running_a_killed_import_again_completes_it(
    table: Table, directory: Path, transactions: int, fault: Fault
) -> None:
    """It is killed before or after one of its 13 transactions: five pages are made, and a long history takes two."""
    numbers = write(directory / "numbers.jsonl", NUMBERS)
    command = Command.of(table)
    command.ok("set", "--count", "0", "--yes")
    run_interrupted(table, transactions, fault, "import", numbers)
    if transactions == 8:
        assert "pass --merge" in command.fails(64, "import", numbers)
        assert "pass --merge to complete an interrupted import" in command.fails(69, "import", "--replace", numbers)
    command.ok("import", "--merge", numbers)
    assert command.ok("export") == numbers.read_text()
    assert "imported before" in command.ok("import", "--merge", numbers)
    assert command.ok("export") == numbers.read_text()


def test_numbers_can_be_replaced_only_in_an_empty_table(table: Table, directory: Path) -> None:
    numbers = write(directory / "numbers.jsonl", NUMBERS)
    command = Command.of(table)
    command.ok("import", "--replace", numbers)
    assert "import into a new table" in command.fails(69, "import", "--replace", numbers)
    assert command.ok("export") == numbers.read_text()


@pytest.mark.parametrize(
    "change", [["prune", "--before", "2026-05-01", "--yes"], ["pages", "rm", "/long", "--yes"]], ids=lambda it: it[0]
)
def test_running_a_killed_change_again_completes_it(table: Table, directory: Path, change: list[str]) -> None:
    command = Command.of(table)
    command.ok("import", write(directory / "numbers.jsonl", NUMBERS))
    run_interrupted(table, 1, Fault.DROP_REQUEST, *change)
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


def test_check_warns_of_a_table_without_expiration(table: Table) -> None:
    command = Command.of(table)
    assert "update-time-to-live" not in command.ok("check")
    client = table.server.client("dynamodb")
    for attribute, enabled in (("expires", False), ("until", True)):
        client.update_time_to_live(
            TableName=table.name, TimeToLiveSpecification={"Enabled": enabled, "AttributeName": attribute}
        )
        warning = command.ok("check", "--quiet")
        assert f"update-time-to-live --table-name {table.name} --time-to-live-specification Enabled=true" in warning
