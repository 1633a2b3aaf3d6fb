"""The real responder with DynamoDB for its store, and what its table holds as AWS's own library reads it."""

import concurrent.futures
import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from answer import Answer
from deadline import until
from dynamodb import Table
from fastcgi import parameters, request
from fault_proxy import Fault, FaultProxy, never
from responder import Responder

pytestmark = pytest.mark.usefixtures("one_day")

with_any_server = pytest.mark.parametrize("dynamodb", ["moto", "ministack"], indirect=True)


@pytest.fixture
def responder(table: Table, start_responder) -> Responder:
    return start_responder(**table.settings)


@pytest.fixture
def proxy(table: Table) -> Iterator[FaultProxy]:
    with FaultProxy(table.server.port) as proxy:
        yield proxy
    assert proxy.inconsistent_reads == 0, "a number that is shown may be older than one that was answered"


@pytest.fixture
def start_behind(table: Table, proxy: FaultProxy, start_responder) -> Callable[..., Responder]:
    """Starts responders that see the table through the proxy."""

    def start(name: str = "headcount", **settings: str) -> Responder:
        return start_responder(name, **table.settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": proxy.endpoint} | settings)

    return start


def address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


@with_any_server
def test_it_counts_as_with_any_other_store(table: Table, responder: Responder) -> None:
    assert responder.ask("/count").json == {"count": 1, "unique": 1}
    assert responder.ask("/count").json == {"count": 2, "unique": 1}
    answer = responder.ask("/count?page=/caf%C3%A9", REMOTE_ADDR="192.0.2.9")
    assert answer.json == {"count": 3, "unique": 2, "page": {"path": "/café", "count": 1, "unique": 1}}
    assert responder.ask("/count?page=/caf%C3%A9").json["page"] == {"path": "/café", "count": 2, "unique": 2}
    assert responder.ask("/count", method="HEAD").status == 200
    assert responder.ask("/badge.svg").status == 200
    assert table.numbers() == (4, 2)
    assert table.numbers("/café") == (2, 2)


@with_any_server
def test_the_table_holds_nothing_of_a_visitor(table: Table, responder: Responder) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    responder.ask("/count?page=/a", REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT=agent)
    text = str(table.items)
    assert "203.0.113.77" not in text and "Firefox" not in text
    kinds = {key.partition("#")[0] for key in table.items}
    assert kinds == {"page", "pages", "salt", "visitor"}
    now = time.time()
    for key, item in table.items.items():
        if key.startswith(("visitor", "salt")):
            assert now + 86_400 <= item["expires"] <= now + 2 * 86_400 + 60, "gone two days after it was made"
        else:
            assert "expires" not in item


@pytest.mark.parametrize("table_name", ["headcount-that-is-not-there"])
def test_a_table_that_is_not_there_is_a_503_with_a_remedy_in_the_log(moto, make_responder, table_name: str) -> None:
    responder = make_responder(**Table(table_name, moto).settings)
    responder.launch()
    responder.wait_for_socket()
    answer = responder.ask("/count")
    assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0
    assert table_name not in answer.body.decode()
    assert "HEADCOUNT_DYNAMODB_TABLE" in responder.log


def test_without_a_server_it_answers_503_and_recovers_by_itself(table: Table, proxy, start_behind) -> None:
    responder = start_behind()
    assert responder.ask().json["count"] == 1
    proxy.rule = lambda _operation, _number: Fault.DROP_REQUEST
    assert responder.ask().status == 503
    assert responder.ask("/healthz").status == 503
    proxy.rule = never
    assert responder.ask().json["count"] == 2
    assert table.numbers() == (2, 1)


CALLS = {
    "a new visitor": ("/count", True, {"PutItem": 1, "UpdateItem": 1}),
    "a visitor who is known": ("/count", False, {"UpdateItem": 1}),
    "a new visitor of a page": ("/count?page=/a", True, {"PutItem": 2, "UpdateItem": 2}),
    "a known visitor of a page": ("/count?page=/a", False, {"UpdateItem": 2}),
    "a crawler": ("/count", None, {"BatchGetItem": 1}),
}


@pytest.mark.parametrize(("target", "is_new", "calls"), CALLS.values(), ids=CALLS)
def test_calls_of_a_visit_are_as_few_as_can_be(proxy, start_behind, target, is_new, calls) -> None:
    """Each PutItem and UpdateItem is a write unit, for items of up to 1 KB."""
    responder = start_behind()
    responder.ask(target)
    proxy.calls.clear()
    others = {"HTTP_USER_AGENT": "Googlebot/2.1"} if is_new is None else {}
    assert responder.ask(target, REMOTE_ADDR="198.51.100.5" if is_new else "192.0.2.1", **others).status == 200
    assert dict(proxy.calls) == calls


def batch(responder: Responder, proxy: FaultProxy, targets: list[str]) -> list[Answer]:
    """One batch: the visits wait while the addition of another one is held back."""
    are_waiting = threading.Event()

    def hold_back(operation: str, _number: int) -> None:
        if operation == "UpdateItem":
            are_waiting.wait(60)

    connections = [responder.connect() for _ in range(len(targets) + 1)]
    for connection in connections:
        connection.ask()
    proxy.calls.clear()
    proxy.rule = hold_back
    first, *others = connections
    first.send(request())
    until(lambda: proxy.calls["UpdateItem"], "the addition that is held back")
    for connection, target in zip(others, targets, strict=True):
        connection.send(request(parameters(target)))
    are_waiting.set()
    answers = [connection.answer() for connection in connections]
    for connection in connections:
        connection.socket.close()
    return answers[1:]


def test_visits_of_a_batch_share_one_addition(table: Table, proxy, start_behind) -> None:
    answers = batch(start_behind(), proxy, ["/count"] * 20)
    assert sorted(answer.json["count"] for answer in answers) == list(range(23, 43))
    assert table.numbers() == (42, 1)
    assert dict(proxy.calls) == {"UpdateItem": 2}


@pytest.mark.parametrize("dynamodb", ["ministack"], indirect=True)
def test_the_new_pages_of_a_batch_are_made_in_one_transaction(table: Table, proxy, start_behind) -> None:
    """One after another, they would take longer than a batch may; a server that is slow here is given its time."""
    batch(start_behind(), proxy, [f"/count?page=/{number}" for number in range(10)])
    until(lambda: table.items["page#"]["pages"] == 10, "the pages are made")
    assert (proxy.calls["BatchGetItem"], proxy.calls["TransactWriteItems"]) == (1, 1)


@dataclass
class Ledger:
    """What visitors were told, and what the table may hold after it."""

    responders: list[Responder]
    target: str = "/count?page=/a"
    counts: list[int] = field(default_factory=list)
    of_page: list[int] = field(default_factory=list)
    failed: int = 0
    visitors: set[tuple[str, str]] = field(default_factory=set)
    refused: set[tuple[str, str]] = field(default_factory=set)

    def visit(self, connections: int, visits: int, is_new: bool = True, day: str = "") -> None:
        """From visitors who are all different, or all the same."""

        def visit(number: int) -> None:
            with self.responders[number % len(self.responders)].connect() as connection:
                for round_ in range(visits):
                    visitor = address(number * visits + round_ if is_new else 0)
                    self.visitors.add((day, visitor))
                    answer = connection.ask(self.target, REMOTE_ADDR=visitor)
                    if answer.status == 200:
                        self.counts.append(answer.json["count"])
                        if "page" in answer.json:
                            self.of_page.append(answer.json["page"]["count"])
                    else:
                        assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0
                        self.failed += 1
                        self.refused.add((day, visitor))

        with concurrent.futures.ThreadPoolExecutor(connections) as pool:
            for each in [pool.submit(visit, number) for number in range(connections)]:
                each.result()

    def settle(self, table: Table) -> str:
        answered = len(self.counts)
        for path, counts in (("", self.counts), ("/a", self.of_page))[: 2 if self.of_page else 1]:
            count, unique = table.numbers(path)
            assert len(set(counts)) == answered, "each number once"
            assert answered <= count <= answered + self.failed
            # Of who was refused nobody knows; once all were answered, unique is exact.
            assert len(self.visitors - self.refused) <= unique <= len(self.visitors)
        count, unique = table.numbers()
        return f"answered {answered} <= count {count} <= answered + {self.failed} failed; unique {unique}"


def started(make_responder, number: int, settings: dict[str, str]) -> list[Responder]:
    responders = [make_responder(f"writer-{each}", **settings) for each in range(number)]
    for each in responders:
        each.launch()
    return [each.wait() for each in responders]


@with_any_server
def test_16_processes_count_exactly(table: Table, make_responder, record_property) -> None:
    ledger = Ledger(started(make_responder, 16, table.settings))
    ledger.visit(16, 20)
    record_property("figure", f"{table.server}: 16 processes on one table: {ledger.settle(table)}")


@with_any_server
def test_a_month_that_eight_processes_turn_at_once(table, clock, make_responder, record_property) -> None:
    """Nothing is lost, nothing double, and there is one archive."""
    clock.set("2026-11-30 23:59:30")
    ledger = Ledger(started(make_responder, 8, table.settings | clock.settings))
    ledger.visit(8, 10, is_new=False, day="30")
    before = table.items
    clock.set("2026-12-01 00:00:05")
    ledger.visit(8, 10, is_new=False, day="1")
    settled = ledger.settle(table)
    items = table.items
    for path in ("", "/a"):
        archive, was = items[f"page#{path}#2026-11"], before[f"page#{path}"]
        assert (archive["c30"], archive["u30"]) == (was["count"], was["uniq"])
    assert items["salt"]["salt"] != before["salt"]["salt"], "yesterday's salt is gone"
    record_property("figure", f"{table.server}: a month turned by 8 processes: {settled}")


# --- Faults, under a ledger


# Nothing comes until the deadline.
COSTING_PATIENCE = {Fault.DELAY, Fault.SILENCE}


@pytest.mark.parametrize(
    ("operation", "fault"),
    [("UpdateItem", each) for each in Fault if each is not Fault.REFUSE]
    + [("PutItem", each) for each in (Fault.THROTTLE, Fault.DROP_ANSWER, Fault.DELAY)],
    ids=lambda it: it if isinstance(it, str) else it.name.lower(),
)
def test_a_call_that_fails_now_and_then(table, proxy, start_behind, record_property, fault, operation) -> None:
    """One in seven. What may be done again is; an addition whose outcome is unknown is not."""
    ledger = Ledger([start_behind()])
    ledger.visit(1, 1)
    assert ledger.failed == 0
    every = 25 if fault in COSTING_PATIENCE else 7
    proxy.rule = lambda name, number: fault if name == operation and number % every == 0 else None
    ledger.visit(4, 15)
    proxy.rule = never
    ledger.visit(1, 1)
    assert proxy.faults[fault] > 0
    record_property("figure", f"DynamoDB, {fault.name.lower()} of {operation}: {ledger.settle(table)}")
    count, _ = table.numbers()
    if (operation, fault) in (("UpdateItem", Fault.THROTTLE), ("PutItem", Fault.DROP_ANSWER)):
        assert ledger.failed == 0, "it could be done again"
    if fault is Fault.THROTTLE or operation == "PutItem":
        assert count == len(ledger.counts), "nothing was counted that was not answered"


def test_everything_fails_now_and_then(table, proxy, start_behind, record_property, seed: int, soak: int) -> None:
    """One in seven, each fault in turn, of whatever operation is due."""
    generator = random.Random(seed)
    faults = [fault for fault in Fault if fault not in COSTING_PATIENCE]
    generator.shuffle(faults)
    drawn = itertools.cycle(faults)
    ledger = Ledger([start_behind()])
    ledger.visit(1, 1)
    proxy.rule = lambda _operation, _number: next(drawn) if sum(proxy.calls.values()) % 7 == 0 else None
    for _ in range(max(1, soak * 10)):
        ledger.visit(8, 12)
    proxy.rule = never
    ledger.visit(1, 1)
    assert set(proxy.faults) == set(faults)
    record_property("figure", f"DynamoDB, faults of every kind: {ledger.settle(table)}")


@pytest.mark.parametrize("path", ["", "/a"], ids=["site", "page"])
def test_a_visitor_who_was_refused_is_new_when_coming_again(table, proxy, start_behind, path: str) -> None:
    """The visitor was put, and the addition certainly did not happen."""
    target = f"/count?page={path}" if path else "/count"
    responder = start_behind()
    responder.ask(target, REMOTE_ADDR="192.0.2.200")
    # At once, so that there is time to take the visitor back.
    proxy.rule = lambda name, _number: Fault.REFUSE if name == "UpdateItem" else None
    assert responder.ask(target).status == 503
    proxy.rule = never
    answer = responder.ask(target).json
    assert (answer["count"], answer["unique"]) == (2, 2)
    assert table.numbers() == table.numbers(path) == (2, 2)
