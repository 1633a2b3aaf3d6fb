"""The owner's command on DynamoDB, where a change takes more than one transaction."""

import datetime
import json
from pathlib import Path

import exports
import pytest
from command import FINISHING, Command
from deadline import until
from dynamodb import Table
from fault_proxy import Fault, FaultProxy

pytestmark = pytest.mark.usefixtures("one_day")

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LARGEST_ITEM = 400 * 1024


def behind(proxy: FaultProxy, table: Table) -> Command:
    return Command(table.settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": proxy.endpoint})


def interrupted(table: Table, transactions: int, *arguments: str | Path) -> None:
    """Runs a command that is killed after so many transactions, with a plan in the table."""
    with FaultProxy(table.server.port) as proxy:
        proxy.rule = lambda _operation, _number: (
            Fault.DROP_REQUEST if proxy.calls["TransactWriteItems"] > transactions else None
        )
        process = behind(proxy, table).start(*arguments)
        try:
            until(lambda: proxy.faults[Fault.DROP_REQUEST], "the interruption", seconds=30)
            assert process.poll() is None
        finally:
            process.kill()
            process.communicate()
    assert "plan" in table.items


def numbers_of(directory: Path, histories: exports.Histories) -> Path:
    path = directory / "numbers.jsonl"
    path.write_text(exports.write(histories))
    return path


def test_days_in_many_pieces_are_imported_at_once(table: Table, directory: Path) -> None:
    days = [datetime.date(2026, 3, 1) + datetime.timedelta(days=number) for number in range(120)]
    logs = [directory / f"access.log.{number}" for number in range(200)]
    for number, log in enumerate(logs):
        log.write_text(
            "".join(
                f"192.0.2.{number} - - [{day:%d/%b/%Y}:12:{number // 60:02}:{number % 60:02} +0000] "
                f'"GET /?{number} HTTP/1.1" 200 1 "-" "{FIREFOX}"\n'
                for day in days
            )
        )
    command = Command.of(table)
    assert "To add: 24,000 visits, 24,000 unique on 120 days" in command.ok("import-log", "--apply", *logs)
    receipts = {key: item["value"] for key, item in table.items.items() if key.startswith("receipt#")}
    assert len(receipts) == 120 and sum(map(len, receipts.values())) > LARGEST_ITEM
    assert "To add: 0 visits" in command.ok("import-log", "--apply", *logs)


def test_a_receipt_of_any_name_outlives_an_interruption(table: Table) -> None:
    name, key = f"{table.name}-original", "50 %0A\n\u00e9\u0308 x"
    client = table.server.client("dynamodb")
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "SiteName", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "SiteName", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName=name, Item={"SiteName": {"S": key}, "Count": {"N": "1234"}})
    arguments = ["import-original", "--table", name, "--key", key, "--yes"]
    interrupted(table, 0, *arguments)
    Command.of(table).ok("export")
    assert table.items[f"receipt#original {name} {key}"]["value"] == "1234"
    assert "all taken over before" in Command.of(table).ok(*arguments)


@pytest.mark.parametrize("reading", [["stats", "--json"], ["stats", "--csv", "--page", "/a"], ["pages"]], ids=str)
def test_whoever_reads_finishes_what_was_interrupted(table: Table, directory: Path, reading: list[str]) -> None:
    days = {"2026-10-01": (7, 2)}
    target = numbers_of(directory, {None: ((0, 0), days), "/a": ((0, 0), days)})
    interrupted(table, 0, "import", target)
    command = Command.of(table)
    ended = command.run(*reading)
    assert (ended.returncode, ended.stderr) == (0, FINISHING)
    assert "plan" not in table.items
    assert table.numbers() == table.numbers("/a") == (7, 2)
    assert json.loads(command.ok("stats", "--json"))["count"] == 7


def test_statistics_look_for_a_plan_by_one_read(table: Table) -> None:
    with FaultProxy(table.server.port) as proxy:
        behind(proxy, table).ok("stats")
        assert proxy.calls["GetItem"] == 1
        assert set(proxy.calls) == {"GetItem", "BatchGetItem"}


def test_whoever_can_not_finish_says_what_is_to_be_done(table: Table, directory: Path) -> None:
    interrupted(table, 0, "import", numbers_of(directory, {None: ((7, 2), {})}))
    with FaultProxy(table.server.port) as proxy:
        # Credentials that expire meanwhile, say.
        proxy.rule = lambda operation, _: Fault.REFUSE if operation == "TransactWriteItems" else None
        ended = behind(proxy, table).run("stats")
    assert ended.returncode == 69
    notice, error = ended.stderr.splitlines()
    assert "finishing" in notice
    assert "the import is not finished yet: run the command again" in error


def test_whoever_meets_another_change_is_told_to_try_again(table: Table, directory: Path) -> None:
    first = numbers_of(directory, {None: ((7, 2), {})})
    with FaultProxy(table.server.port) as proxy:

        def compete(operation: str, _number: int) -> None:
            """Once the second has seen that there is no plan, just before it puts its own."""
            if operation == "PutItem" and "plan" not in table.items:
                interrupted(table, 0, "import", first)

        proxy.rule = compete
        line = behind(proxy, table).fails(75, "set", "--count", "5", "--yes")
    assert "another command changes the numbers; try again when it has ended" in line


def test_a_read_that_fails_leaves_no_doubt(table: Table) -> None:
    with FaultProxy(table.server.port) as proxy:
        proxy.rule = lambda _operation, _number: Fault.ERROR_BEFORE
        ended = behind(proxy, table).run("check", "--quiet")
    assert ended.returncode == 69
    assert "500 InternalServerError" in ended.stdout and "not known" not in ended.stdout


def test_two_who_finish_the_same_long_replacement_add_nothing_twice(table: Table, directory: Path) -> None:
    """A page of more months than one transaction takes; the second has read it before the first changes it."""
    days = {f"{2016 + month // 12}-{month % 12 + 1:02}-15": (month + 1, 1) for month in range(120)}
    target = numbers_of(directory, {None: ((0, 0), days)})
    command = Command.of(table)
    command.ok("set", "--count", "5", "--yes")
    interrupted(table, 0, "import", "--replace", target)
    with FaultProxy(table.server.port) as proxy:
        overtaken = []

        def overtake(operation: str, _number: int) -> None:
            if operation == "TransactWriteItems" and not overtaken:
                overtaken.append(True)
                interrupted(table, 1, "export")

        proxy.rule = overtake
        behind(proxy, table).ok("export")
    assert overtaken
    assert command.ok("export") == target.read_text()


@pytest.mark.parametrize("flag", ["--merge", "--replace"])
def test_whoever_comes_late_to_a_change_leaves_the_receipts_of_later_ones(
    table: Table, directory: Path, flag: str
) -> None:
    """A laptop that was closed during an import, and is opened when the server has finished it and gone on."""
    first, second = directory / "first.jsonl", directory / "second.jsonl"
    first.write_text(exports.write({None: ((7, 2), {})}))
    second.write_text(exports.write({None: ((5, 1), {})}))
    command = Command.of(table)
    command.ok("set", "--count", "1", "--yes")
    done = []
    with FaultProxy(table.server.port) as proxy:

        def overtake(operation: str, _number: int) -> None:
            if operation in ("TransactWriteItems", "Scan") and not done and "plan" in table.items:
                done.append(command.ok("export"))
                command.ok("import", "--merge", second)

        proxy.rule = overtake
        behind(proxy, table).run("import", flag, first)
    expected = 12 if flag == "--replace" else 13
    assert done and table.items["page#"]["count"] == expected
    command.ok("import", "--merge", second)
    assert table.items["page#"]["count"] == expected, "it is known to be there"


def test_days_that_are_forgotten_while_the_month_turns_stay_so(start_responder, table: Table, directory: Path) -> None:
    command = Command.of(table)
    command.ok("import", numbers_of(directory, {None: ((1, 1), {"2026-09-30": (3, 1), "2026-10-31": (5, 2)})}))
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
