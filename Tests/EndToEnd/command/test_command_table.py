"""The owner's command on DynamoDB, where a change takes more than one transaction."""

import datetime
from pathlib import Path

import exports
import pytest
from command import Command
from dynamodb import Table
from fault_proxy import Fault, FaultProxy

pytestmark = pytest.mark.usefixtures("one_day")

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def behind(proxy: FaultProxy, table: Table) -> Command:
    return Command(table.settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": proxy.endpoint})


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
    assert "To add: 0 visits" in command.ok("import-log", "--apply", *logs)


def test_a_table_that_does_not_answer_is_told(table: Table) -> None:
    with FaultProxy(table.server.port) as proxy:
        proxy.rule = lambda _operation, _number: Fault.ERROR_BEFORE
        ended = behind(proxy, table).run("check", "--quiet")
    assert ended.returncode == 69
    assert "500 InternalServerError" in ended.stdout and "not known" not in ended.stdout


def test_days_that_are_forgotten_while_the_month_turns_stay_so(start_responder, table: Table) -> None:
    command = Command.of(table)
    numbers = exports.write({None: ((1, 1), {"2026-09-30": (3, 1), "2026-10-31": (5, 2)})})
    command.ok("import", "-", stdin=numbers)
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
