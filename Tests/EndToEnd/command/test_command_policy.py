"""The policy for the owner's command on DynamoDB: it suffices, and nothing in it is superfluous.

What moto knows of policies is told in test_dynamodb_policy.py. Of transactions it asks for `TransactWriteItems` alone,
so `ConditionCheckItem`, which AWS asks for, is not proved here.
"""

import json
from collections.abc import Callable, Iterator

import exports
import httpx
import pytest
from command import Command
from dynamodb import Moto
from responder import REPOSITORY

POLICY = json.loads((REPOSITORY / "terraform/policies/dynamodb-owner.json").read_text().replace("${table_arn}", "*"))
ACTIONS = POLICY["Statement"][0]["Action"]
OF_MOTO = "dynamodb:TransactWriteItems"
NUMBERS = exports.write({None: ((1, 1), {"2026-10-01": (2, 1)}), "/a": ((0, 0), {"2026-10-01": (2, 1)})})


@pytest.fixture
def guarded() -> Iterator[Moto]:
    """A server of this test's own, since it is the server that asks everybody for permission."""
    server = Moto().start()
    yield server
    server.stop()


@pytest.fixture
def command_as(guarded: Moto) -> Callable[[list[str]], Command]:
    """A command of somebody who may do so much and no more."""

    def command(actions: list[str]) -> Command:
        table = guarded.make_table()
        iam = guarded.client("iam")
        iam.create_user(UserName="owner")
        statement = POLICY["Statement"][0] | {"Action": [*actions, OF_MOTO]}
        iam.put_user_policy(
            UserName="owner", PolicyName="owner", PolicyDocument=json.dumps(POLICY | {"Statement": [statement]})
        )
        key = iam.create_access_key(UserName="owner")["AccessKey"]
        httpx.post(f"{guarded.endpoint}/moto-api/reset-auth", content="0").raise_for_status()
        return Command.of(table, AWS_ACCESS_KEY_ID=key["AccessKeyId"], AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"])

    return command


def what_works(command: Command) -> dict[str, bool]:
    def works(*arguments: str) -> bool:
        run = command.run(*arguments, stdin=NUMBERS)
        return run.returncode == 0 and "can't tell" not in run.stdout

    return {
        " ".join(arguments[:2]): works(*arguments)
        for arguments in (
            ["import", "-"],
            ["import", "--merge", "-"],
            ["export"],
            ["stats"],
            ["set", "--count", "100", "--yes"],
            ["prune", "--before", "2026-11-01", "--yes"],
            ["pages", "rm", "/a", "--yes"],
            ["check"],
        )
    }


def test_it_suffices(command_as) -> None:
    assert set(what_works(command_as(ACTIONS)).values()) == {True}


@pytest.mark.parametrize("action", [action for action in ACTIONS if action != "dynamodb:ConditionCheckItem"])
def test_without_one_of_its_actions_something_breaks(command_as, action: str) -> None:
    command = command_as([other for other in ACTIONS if other != action])
    assert False in what_works(command).values()
