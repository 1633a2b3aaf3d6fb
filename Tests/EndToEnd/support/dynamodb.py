"""A local DynamoDB in another process, and its tables, which AWS's own library reads."""

import functools
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import boto3

REGION = "eu-central-1"


class Server:
    """A server process that accepts requests once `start` has returned."""

    script: str

    def __init__(self, *arguments: str) -> None:
        self.arguments = arguments
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> Self:
        script = Path(__file__).with_name(self.script)
        self.process = subprocess.Popen([sys.executable, script, *self.arguments], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        return self

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)
        self.process.stdout.close()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str, key: str = "test", secret: str = "test", make: Callable = boto3.client) -> Any:
        keys = {"aws_access_key_id": key, "aws_secret_access_key": secret}
        return make(service, region_name=REGION, endpoint_url=self.endpoint, **keys)

    def __str__(self) -> str:
        return type(self).__name__.lower()

    def make_table(self) -> "Table":
        table = Table(f"headcount-{uuid.uuid4().hex}", self)
        table.make()
        return table


class Moto(Server):
    script = "moto_server.py"


class Ministack(Server):
    """Another implementation, independent of moto."""

    script = "ministack_server.py"


@dataclass
class Table:
    name: str
    server: Server

    def make(self) -> None:
        """Creates the table as docs/dynamodb.md describes."""
        client = self.server.client("dynamodb")
        client.create_table(
            TableName=self.name,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client.update_time_to_live(
            TableName=self.name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
        )

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a responder that counts in this table."""
        return {
            "HEADCOUNT_STORE": "dynamodb",
            "HEADCOUNT_DYNAMODB_TABLE": self.name,
            "HEADCOUNT_DYNAMODB_ENDPOINT": self.server.endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    @property
    def items(self) -> dict[str, dict[str, Any]]:
        """All items, by key."""
        items: list[dict[str, Any]] = []
        page = self._resource.scan(ConsistentRead=True)
        items += page["Items"]
        while "LastEvaluatedKey" in page:
            page = self._resource.scan(ConsistentRead=True, ExclusiveStartKey=page["LastEvaluatedKey"])
            items += page["Items"]
        return {item["pk"]: item for item in items}

    @property
    def counters(self) -> dict[str, tuple[int, int]]:
        """Count and unique of each page; the whole site is the page ''."""
        return {
            key.removeprefix("page#"): (int(item["count"]), int(item["uniq"]))
            for key, item in self.items.items()
            if key.startswith("page#") and key.count("#") == 1
        }

    def put(self, item: dict[str, Any]) -> None:
        self._resource.put_item(Item=item)

    def numbers(self, path: str = "") -> tuple[int, int]:
        """Count and unique of a page, or of the site; checks that they are the sums over all days."""
        items = self.items
        live = items[f"page#{path}"]
        months = [live] + [item for key, item in items.items() if key.startswith(f"page#{path}#")]
        for name, letter in (("count", "c"), ("uniq", "u")):
            days = [value for month in months for key, value in month.items() if key[0] == letter and key[1:].isdigit()]
            assert sum(days) == live[name], f"{name} of {path!r}: days {sum(days)}, total {live[name]}"
        return int(live["count"]), int(live["uniq"])

    @functools.cached_property
    def _resource(self) -> Any:
        return self.server.client("dynamodb", make=boto3.resource).Table(self.name)
