"""Puts a responder under load with wrk, and checks that each visit it has answered is in its database once."""

import http.client
import json
import os
import random
import sqlite3
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass

from processes import Processes, cpu, memory
from responders import BENCHMARKS, Responder


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    visits: str  # which of visits.lua
    connections: int | None = None  # otherwise those of the option


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("repeat", "One visitor, again and again", "repeat"),
        Scenario("browser", "One visitor, with a browser's headers", "browser"),
        Scenario("page", "One visitor, ten pages in turn", "page"),
        Scenario("new", "Every visitor new", "new"),
        Scenario("crowd", "One visitor, on 256 connections", "repeat", 256),
        Scenario("cgi", "CGI: a process for each visit, on 4 connections", "repeat", 4),
    )
}


@dataclass(frozen=True)
class Turn:
    """One responder, once under load."""

    answers: int
    rate: float  # answers a second
    p50: float  # milliseconds
    p99: float
    user: float  # CPU of the responder in microseconds an answer
    system: float
    memory: float  # megabytes, in the middle of the load


class Load:
    def __init__(self, processes: Processes, port: int, connections: int) -> None:
        self.processes, self.port, self.connections = processes, port, connections
        self.checked = 0  # answers that were found in a database
        self._turns = 0

    def turn(self, responder: Responder, scenario: Scenario, seconds: float) -> Turn:
        before = totals(responder)
        pid = self.processes.pid(responder.name)
        used = cpu(pid)
        answers, microseconds, p50, p99, megabytes = self._wrk(responder, scenario, seconds, pid)
        used = cpu(pid) - used
        if before:
            self._check(responder, scenario, answers, before)
        return Turn(
            answers,
            answers / microseconds * 1e6,
            p50 / 1000,
            p99 / 1000,
            used.user / answers,
            used.system / answers,
            megabytes,
        )

    def _wrk(
        self, responder: Responder, scenario: Scenario, seconds: float, pid: int
    ) -> tuple[int, int, int, int, float]:
        self._turns += 1
        connections = scenario.connections or self.connections
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
        command += ["-H", f"Host: {responder.name}", f"http://127.0.0.1:{self.port}{responder.path}"]
        command += ["-s", str(BENCHMARKS / "visits.lua"), "--", scenario.visits, str(self._turns)]
        wrk = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        time.sleep(seconds / 2)
        megabytes = memory(pid)
        output, _ = wrk.communicate()
        lines = [line for line in output.splitlines() if line.startswith("visits ")]
        if wrk.returncode or not lines:
            raise SystemExit(f"benchmark: wrk has failed: {output}")
        answers, microseconds, errors, broken, p50, p99 = (int(word) for word in lines[0].split()[1:])
        if errors or broken or not answers:
            raise SystemExit(
                f"benchmark: {responder.name}, {scenario.name}: of {answers} answers {errors} were errors, "
                f"and {broken} connections broke"
            )
        return answers, microseconds, p50, p99, megabytes

    def _check(self, responder: Responder, scenario: Scenario, answers: int, before: tuple[int, int]) -> None:
        """Each answer once, and nothing else but the requests that were under way when wrk stopped."""
        count, unique = (after - earlier for after, earlier in zip(settled(responder), before, strict=True))
        under_way = scenario.connections or self.connections
        what = f"benchmark: {responder.name}, {scenario.name}: {answers} answers, but"
        if not answers <= count <= answers + under_way:
            raise SystemExit(f"{what} {count} visits in the database")
        if responder.counts_visitors:
            expected = range(answers, answers + under_way + 1) if scenario.visits == "new" else range(2)
            if unique not in expected:
                raise SystemExit(f"{what} {unique} visitors in the database")
        self.checked += answers


def totals(responder: Responder) -> tuple[int, int] | None:
    """Visits and visitors in the database of a responder, if it has one."""
    if responder.database is None:
        return None
    with closing(sqlite3.connect(f"file:{responder.database}?mode=ro", uri=True, timeout=30)) as connection:
        return connection.execute("SELECT count, uniq FROM counter WHERE page = ''").fetchone()


def settled(responder: Responder) -> tuple[int, int]:
    """The totals after requests that were under way when wrk stopped."""
    before, now = None, totals(responder)
    while now != before:
        time.sleep(0.2)
        before, now = now, totals(responder)
    return now


def is_answering(responder: Responder, port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    with closing(connection):
        try:
            connection.request("GET", responder.path, headers={"Host": responder.name})
        except ConnectionRefusedError:  # nginx is not ready
            return False
        answer = connection.getresponse()
        body = answer.read()
    if answer.status != 200:
        return False
    headers = {name.lower() for name in answer.headers} & {*HEADERS}
    if headers != {*HEADERS} or json.loads(body).keys() != {"count", "unique"}:
        raise SystemExit(f"benchmark: {responder.name} answers otherwise: {answer.headers}{body!r}")
    return True


HEADERS = (
    "access-control-allow-origin",
    "cache-control",
    "content-length",
    "content-type",
    "x-content-type-options",
)


def add_visitors(responder: Responder) -> None:
    """Fills the table of today's visitors with ids that are evenly spread, in ascending order, which is fast."""
    step = 2**56 // responder.visitors
    with closing(sqlite3.connect(responder.database)) as connection:
        [day] = connection.execute("SELECT day FROM salt").fetchone()
        connection.execute("PRAGMA synchronous = OFF")
        for first in range(0, responder.visitors, 500_000):
            numbers = range(first, min(first + 500_000, responder.visitors))
            # The day modulo 256, signed, then 56 bits.
            keys = (((day + 128) % 256 - 128) * 2**56 + number * step + random.randrange(step) for number in numbers)
            with connection:
                connection.executemany("INSERT OR IGNORE INTO visitor VALUES (?)", ((key,) for key in keys))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.sync()
