"""Simulates visits to Lambda and to responders over DynamoDB, with AWS's limits. Times are in seconds."""

import itertools
import random
from collections import Counter, deque
from collections.abc import Callable, Generator
from heapq import heappop, heappush

# AWS's limits, from copies of its documents that were read on 2026-11-27.
# Write units a second, also of a single item. Busy partitions are split at some time; here they never are.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html
PARTITION_WRITES = 1000
# Of a function: 1,000 in 10 seconds. https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html
NEW_INSTANCES = (100, 1000)
# A second, times all instances that an account may have.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
REQUESTS_PER_INSTANCE = 10
# Headcount, as in Sources/.
LAMBDA_TIMEOUT, RESPONDER_TIMEOUT = 5, 2
BATCH_SIZE, CONCURRENT_CALLS = 256, 32
# Assumptions.
LATENCY = (0.003, 0.002)  # of a call: the least, and the mean of what comes on top
FUNCTION_TIME, COLD_START = 0.003, 0.25
BROWSER_TIME = (0.1, 0.5)  # from the script to the visit: the least and the most
CPU_PER_CALL, CPU_PER_VISIT = 0.0002, 0.00002  # of a responder; 0.16 and 0.013 ms were measured, without TLS
NGINX_REQUESTS = 768  # at once: Debian's two workers of 768 connections, two for each request

Task = Generator["float | list[Task]", None, None]


class Clock:
    """Runs tasks. A task yields how long to wait, or the tasks to wait for."""

    def __init__(self) -> None:
        self.now = 0.0
        self.random = random.Random(1)
        self._queue: list[tuple] = []
        self._order = itertools.count()

    def start(self, task: Task, siblings: list | None = None) -> None:
        """`siblings` are how many tasks the parent waits for, and the parent."""
        wait = next(task, None)
        if isinstance(wait, list):
            children = [len(wait), (task, siblings)]
            for child in wait:
                self.start(child, children)
        elif wait is not None:
            heappush(self._queue, (self.now + wait, next(self._order), task, siblings))
        elif siblings:
            siblings[0] -= 1
            if siblings[0] == 0:
                self.start(*siblings[1])

    def run(self) -> None:
        while self._queue:
            self.now, _, task, siblings = heappop(self._queue)
            self.start(task, siblings)


class Bucket:
    """A token bucket, full at first. API Gateway documents it as such; for the other limits it is assumed."""

    def __init__(self, clock: Clock, rate: float, size: float = 0) -> None:
        self.clock, self.rate, self.size = clock, rate, size or rate
        self.tokens, self.filled = self.size, 0.0
        self.used: Counter[str] = Counter()

    def take(self, kind: str = "") -> bool:
        now = self.clock.now
        self.tokens, self.filled = min(self.size, self.tokens + (now - self.filled) * self.rate), now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        self.used[kind] += 1
        return True


class Outcome:
    """How many calls a batch made, and which of them failed, by kind."""

    def __init__(self) -> None:
        self.calls, self.failed = 0, Counter()


class Simulation:
    """Visits at three rates, one after another, of which the second is measured.

    `visitors` are `known` or `new`, and with a `page` or without.
    """

    def __init__(self, phases, visitors: str, partitions: int) -> None:
        self.clock = Clock()
        self.phases = phases
        self.begin = phases[0][0]
        self.end = self.begin + phases[1][0]
        self.new, self.page = "new" in visitors, "page" in visitors
        self.partitions = [Bucket(self.clock, PARTITION_WRITES) for _ in range(partitions)]
        self.answers: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.units = 0
        self.limits: dict[str, None] = {}  # in the order in which they were reached

    def answer(self, status: str, arrived: float, asked: float, limit: str | None = None) -> None:
        if limit:
            self.limits[limit] = None
        if self.begin <= arrived < self.end:
            self.answers[status] += 1
            if status == "200":
                self.latencies.append(self.clock.now - asked)

    def run(self, visit: Callable[[], None]) -> "Simulation":
        def arrivals() -> Task:
            for seconds, rate in self.phases:
                end = self.clock.now + seconds
                while self.clock.now + (wait := self.clock.random.expovariate(rate)) < end:
                    yield wait
                    visit()
                yield end - self.clock.now

        self.clock.start(arrivals())
        self.clock.run()
        return self

    # DynamoDB, as Sources/DynamoDBStore calls it.

    def call(self, bucket: Bucket, kind: str, deadline: float, outcome: Outcome) -> Task:
        """A call that is repeated while it is throttled (`call` in DynamoDB.swift)."""
        for attempt in itertools.count():
            outcome.calls += 1
            yield LATENCY[0] + self.clock.random.expovariate(1 / LATENCY[1])
            if bucket.take(kind):
                self.units += self.begin <= self.clock.now < self.end
                return
            is_hot = bucket.used["site"] + bucket.used["page"] > bucket.used["visitor"]
            self.limits["writes of an item" if is_hot else "writes of the table"] = None
            pause = self.clock.random.uniform(0, min(1, 0.025 * 2**attempt))
            if self.clock.now + pause >= deadline:
                outcome.failed[kind] += 1
                return
            yield pause

    def visitors(self, count: int, deadline: float, outcome: Outcome) -> Task:
        """Puts or deletes visitors, 32 at a time. They are spread over all partitions."""

        def some(first: int) -> Task:
            for _ in range(first, count, CONCURRENT_CALLS):
                yield from self.call(self.clock.random.choice(self.partitions), "visitor", deadline, outcome)

        if count:
            yield [some(first) for first in range(min(count, CONCURRENT_CALLS))]

    def record(self, visits: int, timeout: float, outcome: Outcome) -> Task:
        """Counts a batch (`record` in Batch.swift). Visitors that were not counted are removed in the last quarter.

        The site's item and the page's are in different partitions.
        """
        end = self.clock.now + timeout
        deadline = end - timeout / 4
        visitors = visits * self.new * (1 + self.page)
        yield from self.visitors(visitors, deadline, outcome)
        if not outcome.failed:
            kinds = ("site", "page") if self.page else ("site",)
            yield [self.call(self.partitions[place], kind, deadline, outcome) for place, kind in enumerate(kinds)]
            visitors = visits * self.new * len(outcome.failed)
        if outcome.failed:
            yield from self.visitors(visitors, end, Outcome())

    def on_lambda(self, throttle: tuple[float, float], concurrency: int) -> "Simulation":
        """New visitors load the script first, which has its own route."""
        gateway, script_gateway = Bucket(self.clock, *throttle), Bucket(self.clock, *throttle)
        scaling = Bucket(self.clock, *NEW_INSTANCES)
        requests = Bucket(self.clock, concurrency * REQUESTS_PER_INSTANCE)
        started = idle = 0

        def invocation(start: float, arrived: float, is_script: bool) -> Task:
            nonlocal idle
            asked, outcome = self.clock.now, Outcome()
            yield start + FUNCTION_TIME
            if not is_script:
                yield from self.record(1, LAMBDA_TIMEOUT, outcome)
            idle += 1
            if is_script:
                yield self.clock.random.uniform(*BROWSER_TIME)
                request(arrived, False)
            else:
                self.answer("5xx" if outcome.failed else "200", arrived, asked)

        def request(arrived: float, is_script: bool) -> None:
            nonlocal started, idle
            now = self.clock.now
            if not (script_gateway if is_script else gateway).take():
                self.answer("429", arrived, now, "API Gateway's throttle")
            elif not requests.take():
                self.answer("5xx", arrived, now, "Lambda's requests a second")
            elif idle:
                idle -= 1
                self.clock.start(invocation(0, arrived, is_script))
            elif scaling.take() and started < concurrency:
                started += 1
                self.clock.start(invocation(COLD_START, arrived, is_script))
            else:
                self.answer("5xx", arrived, now, "Lambda's concurrency")

        return self.run(lambda: request(self.clock.now, self.new))

    def on_responders(self, count: int) -> "Simulation":
        waiting: list[deque[float]] = [deque() for _ in range(count)]
        busy = [0] * count

        def batches(machine: int) -> Task:
            while queue := waiting[machine]:
                batch = [queue.popleft() for _ in range(min(len(queue), BATCH_SIZE))]
                busy[machine], begin, outcome = len(batch), self.clock.now, Outcome()
                yield from self.record(len(batch), RESPONDER_TIMEOUT, outcome)
                cpu = outcome.calls * CPU_PER_CALL + len(batch) * CPU_PER_VISIT
                yield max(0, begin + cpu - self.clock.now)
                for arrived in batch:
                    self.answer("5xx" if outcome.failed else "200", arrived, arrived)
            busy[machine] = 0

        def visit() -> None:
            machine = self.clock.random.randrange(count)
            if len(waiting[machine]) + busy[machine] >= NGINX_REQUESTS:
                self.answer("5xx", self.clock.now, self.clock.now, "nginx's connections")
            else:
                waiting[machine].append(self.clock.now)
                if not busy[machine]:
                    self.clock.start(batches(machine))

        return self.run(visit)
