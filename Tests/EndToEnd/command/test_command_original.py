"""`headcount import-original`: takes over the count of another counter's DynamoDB table."""

import json
import shlex
import uuid
from collections.abc import Callable
from typing import Any

import boto3
import exports
import pytest
from command import Command
from dynamodb import Moto, Server, Table
from terraform_account import check_permissions

ASKS = "pass the item and the attribute that count"


def make_original(server: Server, *items: dict[str, Any], **key: str) -> Any:
    """Makes another counter's table. `key` has the types of its partition key and its sort key: S, N or B."""
    roles = zip(key, ("HASH", "RANGE"), strict=False)
    table = server.client("dynamodb", make=boto3.resource).create_table(
        TableName=f"visitors-{uuid.uuid4().hex}",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in key.items()],
        KeySchema=[{"AttributeName": name, "KeyType": role} for name, role in roles],
        BillingMode="PAY_PER_REQUEST",
    )
    for item in items:
        table.put_item(Item=item)
    return table


@pytest.fixture
def command_for(make_database) -> Callable[..., Command]:
    """Makes the command for an empty SQLite counter, with the credentials for a table."""

    def make(table: Table, **settings: str) -> Command:
        own = {"HEADCOUNT_STORE": "sqlite", "HEADCOUNT_DATABASE": make_database("own")}
        return Command(table.settings | own | settings)

    return make


@pytest.fixture
def command(command_for, table: Table) -> Command:
    return command_for(table)


@pytest.mark.parametrize("store", ["sqlite", "dynamodb"])
def test_it_adds_the_count_and_later_only_the_difference(store: str, table: Table, request) -> None:
    command = request.getfixturevalue("command") if store == "sqlite" else Command.of(table)
    command.ok("import", "-", stdin=exports.write({None: ((4821, 512), {"2026-03-01": (27, 14)})}))
    original = make_original(table.server, {"SiteName": "Resume", "Count": 1234, "Note": True}, SiteName="S")
    arguments = ["import-original", "--table", original.name, "--key", "SiteName=Resume", "--attribute", "Count"]
    assert "pass --yes" in command.fails(64, *arguments)
    assert "the site has 6,082 visits, 526 unique" in command.ok(*arguments, "--yes")
    assert "all taken over before" in command.ok(*arguments, "--yes")
    original.put_item(Item={"SiteName": "Resume", "Count": 10})
    assert "has 10 visits, nothing to add" in command.ok(*arguments, "--yes")
    original.put_item(Item={"SiteName": "Resume", "Count": 1236})
    assert "2 of them new" in command.ok(*arguments, "--yes")
    assert exports.read(command.ok("export"))[None] == ((4821 + 1236, 512), {"2026-03-01": (27, 14)})


ITEMS: list[tuple[dict[str, str], dict[str, Any], str]] = [
    ({"id": "S"}, {"id": "0", "views": 77}, "--key id=0 --attribute views"),
    ({"stat": "S"}, {"stat": "view-count", "visitors": "77"}, "--key stat=view-count --attribute visitors"),
    ({"id": "N"}, {"id": 0, "count": 77}, "--key id=0 --attribute count"),
    ({"pk": "S", "sk": "N"}, {"pk": "a=b", "sk": 1, "n": 77}, "--key pk=a=b --key sk=1 --attribute n"),
    ({"Site": "S"}, {"Site": "Ann's CV", "My hits": 77}, r"--key 'Site=Ann'\''s CV' --attribute 'My hits'"),
]


def test_without_options_it_shows_those_that_can_be_pasted(command: Command, table: Table) -> None:
    for number, (key, item, options) in enumerate(ITEMS, 1):
        arguments = ["import-original", "--yes", "--table", make_original(table.server, item, **key).name]
        assert command.fails(64, *arguments) == f"{arguments[-1]}: {ASKS}: {options} (77)"
        assert f"the site has {77 * number} visits" in command.ok(*arguments, *shlex.split(options))


def test_two_counts_of_a_table_are_both_added_and_each_once(command: Command, table: Table) -> None:
    items = [{"pk": "a", "sk": "b c", "n": 1}, {"pk": "a b", "sk": "c", "n": 20}]
    name = make_original(table.server, *items, pk="S", sk="S").name
    arguments = ["import-original", "--table", name, "--attribute", "n", "--yes"]
    command.ok(*arguments, "--key", "pk=a", "--key", "sk=b c")
    assert "the site has 21 visits" in command.ok(*arguments, "--key", "pk=a b", "--key", "sk=c")
    assert "all taken over before" in command.ok(*arguments, "--key", "sk=c", "--key", "pk=a b")


def test_a_number_key_is_one_key_however_it_is_written(command: Command, table: Table) -> None:
    name = make_original(table.server, {"id": 0, "views": 5}, id="N").name
    arguments = ["import-original", "--table", name, "--attribute", "views", "--yes"]
    command.ok(*arguments, "--key", "id=0")
    assert "all taken over before" in command.ok(*arguments, "--key", "id=0.0")


WRONG = {
    "--key SiteName=0 --attribute views": "its key is id; ",
    "--key id=0 --key sk=1 --attribute views": "its key is id; ",
    "--key id=Resume --attribute views": "its key id is a number, not Resume; ",
    "--key id=5 --attribute views": "no item has id=5; ",
    "--key id=0 --attribute Count": "the item has no Count, only bytes, id, live, tags, updated, views; ",
    "--key id=0 --attribute updated": "the item's updated is 2026-11-24, not a number of visits; ",
    "--key id=0 --attribute bytes": "the item's bytes is 9223372036854775807, not a number of visits; ",
    "--key id=0 --attribute tags": "the item's tags is not a number of visits; ",
    "--key id=0x10 --attribute views": "its key id is a number, not 0x10; ",
    "--key id=0": "",
    "--attribute views": "",
}


def test_a_wrong_option_is_named_and_the_right_ones_are_shown(command: Command, table: Table) -> None:
    item = {"id": 0, "views": 1234, "updated": "2026-11-24", "bytes": 2**63 - 1, "tags": {"a"}, "live": True}
    name = make_original(table.server, item, id="N").name
    for options, reason in WRONG.items():
        line = command.fails(64, "import-original", "--table", name, *options.split(), "--yes")
        assert line == f"{name}: {reason}{ASKS}: --key id=0 --attribute views (1,234)"
    assert "0 visits" in command.ok("stats")


def test_several_counts_are_a_list(command: Command, table: Table) -> None:
    original = make_original(table.server, {"id": "a", "hits": 7, "views": 1234}, {"id": "b"}, id="S")
    arguments = ["import-original", "--table", original.name]
    both = ["  --key id=a --attribute hits (7)", "  --key id=a --attribute views (1,234)"]
    expected = [f"headcount: {line}" for line in (f"{original.name}: {ASKS}:", *both)]
    assert command.run(*arguments).stderr.splitlines() == expected
    with original.batch_writer() as batch:
        for number in range(130):
            batch.put_item(Item={"id": f"page-{number}", "views": number})
    first, *lines = command.run(*arguments).stderr.splitlines()
    assert first.endswith(f"{ASKS}, such as:") and len(lines) == 5
    # A wrong attribute of one item shows the counts of that item only.
    assert command.run(*arguments, "--key", "id=a", "--attribute", "x").stderr.splitlines()[1:] == expected[1:]


def test_a_table_without_counts_shows_the_form_of_the_options(command: Command, table: Table) -> None:
    original = make_original(table.server, pk="S", sk="S")
    form = f"{original.name}: {ASKS}: --key pk=VALUE --key sk=VALUE --attribute NAME"
    assert command.fails(64, "import-original", "--table", original.name) == f"{form} (the table has no items)"
    original.put_item(Item={"pk": "visitor", "sk": "2026-11-24", "agent": "Firefox"})
    assert command.fails(64, "import-original", "--table", original.name) == f"{form} (no item has a whole number)"
    with original.batch_writer() as batch:
        for number in range(120):
            batch.put_item(Item={"pk": "log", "sk": str(number)})
    line = command.fails(64, "import-original", "--table", original.name)
    assert line == f"{form} (no item of the first 100 has a whole number)"


def test_a_binary_key_is_refused(command: Command, table: Table) -> None:
    name = make_original(table.server, {"id": b"0", "views": 5}, id="B").name
    for options in ([], ["--key", "id=0", "--attribute", "views"]):
        line = command.fails(64, "import-original", "--table", name, *options)
        assert "its key id is binary" in line and "headcount set" in line


def test_it_needs_to_describe_the_table_and_to_get_items_and_a_scan_only_for_the_message(
    command_for, strict_moto: Moto
) -> None:
    original = make_original(strict_moto, {"id": "0", "views": 1234}, id="S")
    iam = strict_moto.client("iam")

    def allow(*actions: str) -> dict[str, str]:
        """Makes a user; returns its credentials."""
        user = uuid.uuid4().hex
        iam.create_user(UserName=user)
        statement = {"Effect": "Allow", "Action": actions, "Resource": original.table_arn}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=user, PolicyName="original", PolicyDocument=document)
        key = iam.create_access_key(UserName=user)["AccessKey"]
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    reader = command_for(Table(original.name, strict_moto), **allow("dynamodb:DescribeTable", "dynamodb:GetItem"))
    stranger = Command(reader.settings | allow("dynamodb:GetItem"))
    check_permissions(strict_moto)
    arguments = ["import-original", "--yes", "--table", original.name]
    line = reader.fails(64, *arguments)
    assert "--key id=VALUE --attribute NAME (the credentials don't allow dynamodb:Scan" in line
    options = ["--key", "id=0", "--attribute", "views"]
    assert "--key id=0 --attribute views (1,234)" in reader.fails(64, *arguments, *options[:3], "Count")
    assert "the site has 1,234 visits" in reader.ok(*arguments, *options)
    line = stranger.fails(69, *arguments, *options)
    assert line.endswith("allow dynamodb:DescribeTable and dynamodb:GetItem on this table") and "json" not in line


def test_a_missing_table_region_or_credentials_are_one_plain_line(command: Command) -> None:
    arguments = ["import-original", "--table", "nope", "--key", "id=0", "--attribute", "views"]
    assert command.fails(66, *arguments).startswith("nope: there is no such table; check --table, AWS_REGION")
    for name, status, expected in (
        ("AWS_REGION", 78, "AWS_REGION=: must be the table's region"),
        ("AWS_ACCESS_KEY_ID", 69, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
    ):
        settings = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1", name: ""}
        assert expected in Command(command.settings | settings).fails(status, *arguments)
    assert "--key" in command.fails(64, *arguments[:3], "--key", "Resume")
    assert command.fails(64, "import-original", "--table", "x") == "--table x: must be the name of a table"
