"""The policy that Terraform gives the service: it suffices, and nothing in it is superfluous.

moto verifies signatures and policies here, as AWS does, with two differences: it knows no resource of a DynamoDB call
but `*`, and has an action `TransactWriteItems`, where AWS asks for those of the writes within (Amazon DynamoDB
Developer Guide, “Using IAM with DynamoDB transactions”).
"""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from clock import Clock
from dynamodb import Moto, Table
from responder import REPOSITORY, Responder

POLICY = json.loads(
    (REPOSITORY / "terraform/policies/dynamodb-store.json").read_text().replace("${table_arn}", "*"),
)
ACTIONS = POLICY["Statement"][0]["Action"]
OF_MOTO = "dynamodb:TransactWriteItems"


@pytest.fixture
def guarded() -> Iterator[Moto]:
    """A server of this test's own, since it is the server that asks everybody for permission."""
    server = Moto().start()
    yield server
    server.stop()


@pytest.fixture
def start_as(guarded: Moto, make_responder, clock: Clock) -> Callable[..., Responder]:
    """Starts a responder as a user who may do so much and no more."""

    def start(actions: list[str], wrong_secret: bool = False) -> Responder:
        table = guarded.make_table()
        iam = guarded.client("iam")
        iam.create_user(UserName="headcount")
        statement = POLICY["Statement"][0] | {"Action": [*actions, OF_MOTO]}
        iam.put_user_policy(
            UserName="headcount", PolicyName="store", PolicyDocument=json.dumps(POLICY | {"Statement": [statement]})
        )
        key = iam.create_access_key(UserName="headcount")["AccessKey"]
        httpx.post(f"{guarded.endpoint}/moto-api/reset-auth", content="0").raise_for_status()
        settings = table.settings | {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": "wrong" if wrong_secret else key["SecretAccessKey"],
        }
        clock.set("2026-11-30 12:00:00")
        responder = make_responder(**settings, **clock.settings, HEADCOUNT_STATS="public", HEADCOUNT_MAX_PAGES=2)
        responder.launch()
        responder.wait_for_socket()
        return responder

    return start


def what_works(responder: Responder, clock: Clock) -> dict[str, bool]:
    """All that the store does, and whether the responder could."""
    works = {
        "show": responder.ask("/badge.svg").status == 200,
        "count": responder.ask("/count").status == 200,
        "make a page": responder.ask("/count?page=/a", REMOTE_ADDR="192.0.2.2").status == 200,
        "read statistics": responder.ask("/stats").status == 200,
    }
    clock.set("2026-12-01 12:00:00")
    works["turn the month"] = responder.ask("/count?page=/a").status == 200
    return works


def test_it_suffices(start_as, clock: Clock) -> None:
    responder = start_as(ACTIONS)
    assert set(what_works(responder, clock).values()) == {True}, responder.log
    assert "store unavailable" not in responder.log


BROKEN = {
    "dynamodb:BatchGetItem": {"show", "read statistics", "make a page", "turn the month"},
    "dynamodb:GetItem": {"count", "make a page", "turn the month"},
    "dynamodb:PutItem": {"count", "make a page", "turn the month"},
    "dynamodb:UpdateItem": {"count", "make a page", "turn the month"},
}


@pytest.mark.parametrize("action", [action for action in ACTIONS if action != "dynamodb:DeleteItem"])
def test_without_one_of_its_actions_something_breaks(start_as, clock: Clock, action: str) -> None:
    responder = start_as([other for other in ACTIONS if other != action])
    broken = {name for name, works in what_works(responder, clock).items() if not works}
    assert broken == BROKEN[action]
    assert "terraform/policies/dynamodb-store.json" in responder.log


def test_without_delete_a_refused_visitor_does_not_become_new_again(start_as, guarded: Moto) -> None:
    """DeleteItem takes back what was put for a visit that could not be counted: here, because UpdateItem is denied."""
    for actions, is_left in ((["dynamodb:DeleteItem"], False), ([], True)):
        responder = start_as(["dynamodb:GetItem", "dynamodb:PutItem", *actions])
        assert responder.ask("/count").status == 503
        httpx.post(f"{guarded.endpoint}/moto-api/reset-auth", content="1000000").raise_for_status()
        items = Table(responder.settings["HEADCOUNT_DYNAMODB_TABLE"], guarded).items
        assert any(key.startswith("visitor#") for key in items) == is_left
        responder.stop()
        guarded.client("iam").delete_user_policy(UserName="headcount", PolicyName="store")
        for key in guarded.client("iam").list_access_keys(UserName="headcount")["AccessKeyMetadata"]:
            guarded.client("iam").delete_access_key(UserName="headcount", AccessKeyId=key["AccessKeyId"])
        guarded.client("iam").delete_user(UserName="headcount")


def test_a_signature_by_another_key_is_refused(start_as) -> None:
    responder = start_as(ACTIONS, wrong_secret=True)
    assert responder.ask("/count").status == 503
    assert "credentials" in responder.log or "Signature" in responder.log
