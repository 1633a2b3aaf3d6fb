"""The responder with DynamoDB as its store; AWS's own library reads the table."""

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
    assert proxy.inconsistent_reads == 0, "eventually consistent reads could show older numbers than were answered"


@pytest.fixture
def start_behind(table: Table, proxy: FaultProxy, start_responder) -> Callable[..., Responder]:
    """Starts responders that reach the table through the proxy."""

    def start(name: str = "headcount", **settings: str) -> Responder:
        return start_responder(name, **table.settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": proxy.endpoint} | settings)

    return start


def address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


@with_any_server
def test_it_counts_like_any_other_store(table: Table, responder: Responder) -> None:
    assert responder.ask("/headcount").json == {"count": 1, "unique": 1}
    assert responder.ask("/headcount").json == {"count": 2, "unique": 1}
    answer = responder.ask("/headcount?page=/caf%C3%A9", REMOTE_ADDR="192.0.2.9")
    assert answer.json == {"count": 3, "unique": 2, "page": {"path": "/café", "count": 1, "unique": 1}}
    assert responder.ask("/headcount?page=/caf%C3%A9").json["page"] == {"path": "/café", "count": 2, "unique": 2}
    assert responder.ask("/headcount", method="HEAD").status == 200
    assert responder.ask("/headcount/badge.svg").status == 200
    assert table.numbers() == (4, 2)
    assert table.numbers("/café") == (2, 2)


@with_any_server
def test_the_table_holds_no_address_or_user_agent(table: Table, responder: Responder) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    responder.ask("/headcount?page=/a", REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT=agent)
    text = str(table.items)
    assert "203.0.113.77" not in text and "Firefox" not in text
    kinds = {key.partition("#")[0] for key in table.items}
    assert kinds == {"page", "pages", "salt", "visitor"}
    now = time.time()
    for key, item in table.items.items():
        if key.startswith(("visitor", "salt")):
            assert now + 86_400 <= item["expires"] <= now + 2 * 86_400 + 60, "it expires within two days of its day"
        else:
            assert "expires" not in item


def test_a_missing_table_is_a_503_with_the_remedy_in_the_log(moto, make_responder) -> None:
    responder = make_responder(**Table("missing-table", moto).settings).start_listening()
    answer = responder.ask("/headcount")
    assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0
    assert "missing-table" not in answer.body.decode()
    assert "HEADCOUNT_DYNAMODB_TABLE" in responder.log


def test_it_answers_503_during_an_outage_and_recovers_by_itself(table: Table, proxy, start_behind) -> None:
    responder = start_behind()
    assert responder.ask().json["count"] == 1
    proxy.rule = lambda _operation, _number: Fault.DROP_REQUEST
    assert responder.ask().status == 503
    assert responder.ask("/headcount/healthz").status == 503
    proxy.rule = never
    assert responder.ask().json["count"] == 2
    assert table.numbers() == (2, 1)


CALLS = {
    "a new visitor": ("/headcount", True, {"PutItem": 1, "UpdateItem": 1}),
    "a known visitor": ("/headcount", False, {"UpdateItem": 1}),
    "a new visitor of a page": ("/headcount?page=/a", True, {"PutItem": 2, "UpdateItem": 2}),
    "a known visitor of a page": ("/headcount?page=/a", False, {"UpdateItem": 2}),
    "a crawler": ("/headcount", None, {"BatchGetItem": 1}),
}


@pytest.mark.parametrize(("target", "is_new", "calls"), CALLS.values(), ids=CALLS)
def test_a_visit_makes_as_few_calls_as_possible(proxy, start_behind, target, is_new, calls) -> None:
    """Each PutItem and UpdateItem costs one write unit, for items of up to 1 KB."""
    responder = start_behind()
    responder.ask(target)
    proxy.calls.clear()
    others = {"HTTP_USER_AGENT": "Googlebot/2.1"} if is_new is None else {}
    assert responder.ask(target, REMOTE_ADDR="198.51.100.5" if is_new else "192.0.2.1", **others).status == 200
    assert dict(proxy.calls) == calls


def batch(responder: Responder, proxy: FaultProxy, targets: list[str]) -> list[Answer]:
    """Makes the visits arrive in one batch: they wait while the UpdateItem of an earlier visit is delayed."""
    all_sent = threading.Event()

    def delay(operation: str, _number: int) -> None:
        if operation == "UpdateItem":
            all_sent.wait(60)

    connections = [responder.connect() for _ in range(len(targets) + 1)]
    for connection in connections:
        connection.ask()
    proxy.calls.clear()
    proxy.rule = delay
    first, *others = connections
    first.send(request())
    until(lambda: proxy.calls["UpdateItem"], "the delayed UpdateItem")
    for connection, target in zip(others, targets, strict=True):
        connection.send(request(parameters(target)))
    all_sent.set()
    answers = [connection.answer() for connection in connections]
    for connection in connections:
        connection.socket.close()
    return answers[1:]


def test_the_visits_of_a_batch_share_one_update(table: Table, proxy, start_behind) -> None:
    answers = batch(start_behind(), proxy, ["/headcount"] * 20)
    assert sorted(answer.json["count"] for answer in answers) == list(range(23, 43))
    assert table.numbers() == (42, 1)
    assert dict(proxy.calls) == {"UpdateItem": 2}


@pytest.mark.parametrize("dynamodb", ["ministack"], indirect=True)
def test_the_new_pages_of_a_batch_are_created_in_one_transaction(table: Table, proxy, start_behind) -> None:
    """One transaction for each page would exceed the deadline of a batch."""
    batch(start_behind(), proxy, [f"/headcount?page=/{number}" for number in range(10)])
    until(lambda: table.items["page#"]["pages"] == 10, "the pages are created")
    assert (proxy.calls["BatchGetItem"], proxy.calls["TransactWriteItems"]) == (1, 1)


@dataclass
class Ledger:
    """What visitors were answered, and so which numbers the table may hold."""

    responders: list[Responder]
    target: str = "/headcount?page=/a"
    counts: list[int] = field(default_factory=list)
    of_page: list[int] = field(default_factory=list)
    failed: int = 0
    visitors: set[tuple[str, str]] = field(default_factory=set)
    refused: set[tuple[str, str]] = field(default_factory=set)

    def visit(self, connections: int, visits: int, is_new: bool = True, day: str = "") -> None:
        """Makes visits, each by a new visitor or all by the same one."""

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

    def check(self, table: Table) -> str:
        answered = len(self.counts)
        for path, counts in (("", self.counts), ("/a", self.of_page))[: 2 if self.of_page else 1]:
            count, unique = table.numbers(path)
            assert len(set(counts)) == answered, "no number was answered twice"
            assert answered <= count <= answered + self.failed
            # A refused visitor may or may not be stored. If no visit was refused, unique is exact.
            assert len(self.visitors - self.refused) <= unique <= len(self.visitors)
        count, unique = table.numbers()
        return f"answered {answered} <= count {count} <= answered + {self.failed} failed; unique {unique}"


def start_together(make_responder, number: int, settings: dict[str, str]) -> list[Responder]:
    responders = [make_responder(f"writer-{each}", **settings) for each in range(number)]
    for each in responders:
        each.launch()
    return [each.wait() for each in responders]


@with_any_server
def test_16_processes_count_exactly(table: Table, make_responder, record_property) -> None:
    ledger = Ledger(start_together(make_responder, 16, table.settings))
    ledger.visit(16, 20)
    record_property("figure", f"{table.server}: 16 processes on one table: {ledger.check(table)}")


@with_any_server
def test_eight_processes_begin_a_new_month_together(table, clock, make_responder, record_property) -> None:
    """No visit is lost or counted twice, and last month is archived once."""
    clock.set("2026-11-30 23:59:30")
    ledger = Ledger(start_together(make_responder, 8, table.settings | clock.settings))
    ledger.visit(8, 10, is_new=False, day="30")
    before = table.items
    clock.set("2026-12-01 00:00:05")
    ledger.visit(8, 10, is_new=False, day="1")
    checked = ledger.check(table)
    items = table.items
    for path in ("", "/a"):
        archive, was = items[f"page#{path}#2026-11"], before[f"page#{path}"]
        assert (archive["c30"], archive["u30"]) == (was["count"], was["uniq"])
    assert items["salt"]["salt"] != before["salt"]["salt"], "yesterday's salt is gone"
    record_property("figure", f"{table.server}: a month begun by 8 processes: {checked}")


# --- Faults: every answer is compared with the table


# With these, the responder waits until its deadline.
SLOW = {Fault.DELAY, Fault.SILENCE}


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        *(("UpdateItem", each) for each in (Fault.THROTTLE, Fault.DROP_ANSWER, Fault.ERROR_AFTER, Fault.DELAY)),
        *(("PutItem", each) for each in (Fault.DROP_ANSWER, Fault.DELAY)),
    ],
    ids=lambda it: it if isinstance(it, str) else it.name.lower(),
)
def test_visits_are_counted_once_when_one_kind_of_call_fails_sometimes(
    table, proxy, start_behind, record_property, fault, operation
) -> None:
    """One call in seven fails. The responder repeats safe calls, but not an addition whose outcome is unknown."""
    ledger = Ledger([start_behind()])
    ledger.visit(1, 1)
    assert ledger.failed == 0
    every = 25 if fault in SLOW else 7
    proxy.rule = lambda name, number: fault if name == operation and number % every == 0 else None
    ledger.visit(4, 15)
    proxy.rule = never
    ledger.visit(1, 1)
    assert proxy.faults[fault] > 0
    record_property("figure", f"DynamoDB, {fault.name.lower()} of {operation}: {ledger.check(table)}")
    count, _ = table.numbers()
    if (operation, fault) in (("UpdateItem", Fault.THROTTLE), ("PutItem", Fault.DROP_ANSWER)):
        assert ledger.failed == 0, "the call is safe to repeat"
    if fault is Fault.THROTTLE or operation == "PutItem":
        assert count == len(ledger.counts), "only answered visits were counted"


def test_visits_are_counted_once_when_any_call_fails_sometimes(
    table, proxy, start_behind, record_property, seed: int, soak: int
) -> None:
    """One call in seven fails, whatever its operation; the faults take turns."""
    generator = random.Random(seed)
    faults = [fault for fault in Fault if fault not in SLOW]
    generator.shuffle(faults)
    next_fault = itertools.cycle(faults)
    ledger = Ledger([start_behind()])
    ledger.visit(1, 1)
    proxy.rule = lambda _operation, _number: next(next_fault) if sum(proxy.calls.values()) % 7 == 0 else None
    for _ in range(max(1, soak * 10)):
        ledger.visit(8, 12)
    proxy.rule = never
    ledger.visit(1, 1)
    assert set(proxy.faults) == set(faults)
    record_property("figure", f"DynamoDB, faults of every kind: {ledger.check(table)}")


@pytest.mark.parametrize("path", ["", "/a"], ids=["site", "page"])
def test_a_refused_visitor_is_still_new_on_the_next_visit(table, proxy, start_behind, path: str) -> None:
    """The visitor had been stored, but DynamoDB refused the addition."""
    target = f"/headcount?page={path}" if path else "/headcount"
    responder = start_behind()
    responder.ask(target, REMOTE_ADDR="192.0.2.200")
    # The refusal is immediate, so there is time to delete the visitor again.
    proxy.rule = lambda name, _number: Fault.REFUSE if name == "UpdateItem" else None
    assert responder.ask(target).status == 503
    proxy.rule = never
    answer = responder.ask(target).json
    assert (answer["count"], answer["unique"]) == (2, 2)
    assert table.numbers() == table.numbers(path) == (2, 2)
