"""The IAM policies for the service and for the owner's command: each allows every action it needs, and no other.

moto checks permissions here as AWS does (support/aws_permissions.py): for a transaction, those of its writes.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import exports
import httpx
import pytest
from clock import Clock
from command import Command
from dynamodb import Moto, Table
from fault_proxy import Fault, FaultProxy, never
from responder import REPOSITORY

NUMBERS = exports.write({None: ((1, 1), {"2026-10-01": (2, 1)}), "/a": ((0, 0), {"2026-10-01": (2, 1)})})


def actions(name: str) -> list[str]:
    policy = json.loads((REPOSITORY / f"terraform/modules/headcount/policies/dynamodb-{name}.json").read_text())
    return policy["Statement"][0]["Action"]


@pytest.fixture
def table(directory: Path) -> Iterator[Table]:
    """A table on a separate server, because permission checks apply to a whole server."""
    server = Moto(f"--as-aws={directory / 'checked'}").start()
    yield server.make_table()
    server.stop()


@pytest.fixture
def keys_for(table: Table) -> Callable[..., dict[str, str]]:
    """Makes a user with a policy, without the action `but`, and turns on permission checks; returns its credentials."""

    def keys(name: str, but: str = "") -> dict[str, str]:
        text = (REPOSITORY / f"terraform/modules/headcount/policies/dynamodb-{name}.json").read_text()
        arn = f"arn:aws:dynamodb:eu-central-1:123456789012:table/{table.name}"
        policy = json.loads(text.replace("${table_arn}", arn))
        policy["Statement"][0]["Action"] = [action for action in actions(name) if action != but]
        iam = table.server.client("iam")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="table", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        httpx.post(f"{table.server.endpoint}/moto-api/reset-auth", content="0").raise_for_status()
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    return keys


def checked_actions(directory: Path, user: str) -> list[str]:
    """The actions for which the user's permissions were checked."""
    lines = [line.split() for line in (directory / "checked").read_text().splitlines()]
    return sorted({action for arn, action in lines if arn.endswith(f":user/{user}")})


def test_the_service_uses_every_action_of_its_policy_and_no_other(
    table: Table, keys_for, start_responder, clock: Clock, directory: Path
) -> None:
    clock.set("2026-11-30 12:00:00")
    with FaultProxy(table.server.port) as proxy:
        settings = table.settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": proxy.endpoint} | keys_for("store")
        responder = start_responder(**settings, **clock.settings, HEADCOUNT_STATS="public")
        for target in ("/headcount/badge.svg", "/headcount", "/headcount?page=/a", "/headcount/stats"):
            assert responder.ask(target).status == 200, responder.log
        # If a visit can't be counted, its visitor is deleted again.
        proxy.rule = lambda operation, _number: Fault.REFUSE if operation == "UpdateItem" else None
        assert responder.ask("/headcount", REMOTE_ADDR="192.0.2.2").status == 503
        proxy.rule = never
        clock.set("2026-12-01 12:00:00")
        assert responder.ask("/headcount?page=/a").status == 200, responder.log
    assert checked_actions(directory, "store") == actions("store")


def test_the_command_uses_every_action_of_its_policy_and_no_other(table: Table, keys_for, directory: Path) -> None:
    command = Command.of(table, **keys_for("owner"))
    for arguments in (
        ["import", "-"],
        ["import", "--merge", "-"],
        ["export"],
        ["stats"],
        ["set", "--count", "100", "--yes"],
        ["prune", "--before", "2026-10-02", "--yes"],
        ["pages", "rm", "/a", "--yes"],
        ["check"],
    ):
        assert "warning" not in command.ok(*arguments, stdin=NUMBERS)
    assert checked_actions(directory, "owner") == actions("owner")


def test_a_denied_action_is_a_503_and_the_log_names_the_policy(table: Table, keys_for, make_responder) -> None:
    responder = make_responder(**table.settings | keys_for("store", but="dynamodb:UpdateItem")).start_listening()
    assert responder.ask("/headcount").status == 503
    assert "dynamodb-store.json" in responder.log


def test_an_unknown_key_is_a_503_and_the_log_names_the_credentials(make_responder) -> None:
    server = Moto().start()
    try:
        table = server.make_table()
        httpx.post(f"{server.endpoint}/moto-api/reset-auth", content="0").raise_for_status()
        responder = make_responder(**table.settings).start_listening()
        assert responder.ask("/headcount").status == 503
        assert "check the credentials" in responder.log
    finally:
        server.stop()
