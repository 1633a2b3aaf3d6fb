"""Faults of the disk, under a ledger: what was answered with 200 is there, nothing is there twice, and the responder
recovers by itself when the cause has gone."""

import concurrent.futures
import contextlib
import itertools
import os
import resource
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import fastcgi
import pytest
import records
import responder as program
from answer import Answer
from command import Command
from deadline import until
from responder import REPOSITORY, Responder

SUPPORT = REPOSITORY / "Tests/EndToEnd/support"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting takes root")


@dataclass
class Ledger:
    """Answers, on one connection after another, from visitors who are all new: each of them writes a row."""

    responder: Responder
    # The number that each answer told; several threads append to it.
    counts: list[int] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    visitors: Iterator[int] = field(default_factory=itertools.count)

    @property
    def answered(self) -> int:
        return len(self.counts)

    @property
    def failed(self) -> int:
        return len(self.failures)

    def visit(self, times: int) -> list[int]:
        """Returns the statuses, each 200 or a readable 503."""
        statuses = []
        with self.responder.connect(timeout=30) as connection:
            for _ in range(times):
                visitor = next(self.visitors)
                address = f"2001:db8:{visitor >> 16:x}:{visitor & 0xFFFF:x}::1"
                answer = connection.ask(REMOTE_ADDR=address)
                statuses.append(answer.status)
                if answer.status == 200:
                    self.counts.append(answer.json["count"])
                else:
                    self.failures.append(answer.status)
                    assert answer.status == 503
                    assert int(answer.headers["Retry-After"]) > 0
                    assert answer.json["status"] == 503
                    assert str(self.responder.directory) not in answer.body.decode()
        return statuses

    def visit_until_refused(self) -> None:
        """A file grows until there is no room left."""
        until(lambda: 503 in self.visit(20), "the fault shows", seconds=30)

    def settle(self, what: str, record: Callable[[str, object], None]) -> None:
        """After the fault: served again at once, by the same process, and what was answered is what is there: nobody
        was killed, so the responder knows of each visit whether it counts."""
        process = self.responder.process.pid
        until(lambda: self.visit(1) == [200], "recovery", seconds=10)
        assert self.visit(50) == [200] * 50
        assert self.responder.is_running and self.responder.process.pid == process
        count, unique = records.site(self.responder.database)
        record("figure", f"{what}: answered {self.answered}, count {count}, failed {self.failed}")
        assert sorted(self.counts) == list(range(1, count + 1)), "each number was told once"
        assert unique == count, "each visitor was new"
        records.assert_sound(self.responder.database)
        assert self.responder.log.count("store unavailable") == self.responder.log.count("store available again") >= 1


def test_a_file_that_may_not_grow(start_responder, record_property):
    ledger = Ledger(start_responder())
    ledger.visit(5)
    size = sum(file.stat().st_size for file in ledger.responder.directory.glob("headcount.db*"))
    resource.prlimit(ledger.responder.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    ledger.visit_until_refused()
    ledger.visit(20)
    assert ledger.responder.ask(HTTP_USER_AGENT="Googlebot").json["count"] >= 5, "what can be read is still read"
    resource.prlimit(
        ledger.responder.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    )
    ledger.settle("file-size limit", record_property)


@as_root
def test_a_full_disk(small_disk, start_responder, record_property):
    ledger = Ledger(start_responder(HEADCOUNT_DATABASE=small_disk / "headcount.db"))
    ledger.visit(5)
    ballast = small_disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb") as file:
        while True:
            file.write(bytes(4096))
            file.flush()
    ledger.visit_until_refused()
    ledger.visit(20)
    ballast.unlink()
    ledger.settle("full disk", record_property)


@as_root
def test_a_start_on_a_read_only_file_system_is_refused(small_disk):
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    ended = program.run(HEADCOUNT_DATABASE=small_disk / "headcount.db", HEADCOUNT_LISTEN=small_disk.parent / "s.sock")
    assert ended.returncode == 73
    assert ended.stderr.count("\n") == 1 and "HEADCOUNT_DATABASE" in ended.stderr and "Read-only" in ended.stderr


@as_root
def test_a_file_system_that_is_read_only_for_a_while(small_disk):
    """The kernel makes it so after an error, and the owner writable again; the file was there before."""
    database = small_disk / "headcount.db"
    assert visit_as_script(database).json["count"] == 1
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    refused = visit_as_script(database)
    assert (refused.status, int(refused.headers["Retry-After"]) > 0) == (503, True)
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    assert visit_as_script(database).json["count"] == 2
    records.assert_sound(database)


@pytest.fixture
def failing_disk(directory: Path) -> Path:
    library = directory / "failing_disk.so"
    build = ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, SUPPORT / "failing_disk.c", "-ldl"]
    subprocess.run(build, check=True)
    return library


@pytest.mark.parametrize("fault", ["sync", "write"])
def test_a_disk_that_fails_now_and_then(failing_disk, directory, start_responder, record_property, fault):
    """EIO when a commit is to be made durable; EROFS at each write."""
    switch = directory / "fails"
    ledger = Ledger(start_responder(LD_PRELOAD=failing_disk, FAILING_DISK=switch))
    for _ in range(3):
        ledger.visit(10)
        switch.write_text(fault)
        assert set(ledger.visit(10)) == {503}
        assert ledger.responder.ask(HTTP_USER_AGENT="Googlebot").json["count"] >= 10, "what can be read is still read"
        switch.unlink()
    ledger.settle({"sync": "EIO on fdatasync", "write": "EROFS on write"}[fault], record_property)


def test_a_crash_while_the_disk_can_not_sync(failing_disk, directory, start_responder, record_property):
    switch = directory / "fails"
    ledger = Ledger(start_responder(LD_PRELOAD=failing_disk, FAILING_DISK=switch))
    ledger.visit(10)
    switch.write_text("sync")
    assert set(ledger.visit(10)) == {503}
    ledger.responder.kill()
    switch.unlink()
    ledger.responder.start()
    ledger.visit(10)
    count, _ = records.site(ledger.responder.database)
    record_property("figure", f"EIO, then kill -9: answered {ledger.answered} <= count {count} <= + {ledger.failed}")
    assert ledger.answered <= count <= ledger.answered + ledger.failed
    records.assert_sound(ledger.responder.database)


def test_a_database_that_another_process_has_locked(start_responder, record_property):
    """For longer than the busy timeout of two seconds."""
    ledger = Ledger(start_responder())
    ledger.visit(5)
    other = sqlite3.connect(ledger.responder.database, isolation_level=None)
    with contextlib.closing(other):
        other.execute("BEGIN IMMEDIATE")
        assert ledger.visit(1) == [503]
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(ledger.visit, 1)
            other.execute("ROLLBACK")
            assert waiting.result() == [200]
    ledger.settle("locked database", record_property)
    assert ledger.failed == 1, "whoever waited for a moment only was counted"


@pytest.mark.parametrize("seconds", [1.5, 5])
def test_a_lock_costs_nobody_the_connection(start_responder, record_property, seconds: float):
    """Newcomers, more than two batches of them, whose requests have come while a commit kept the loop from looking."""
    responder = start_responder()
    other = sqlite3.connect(responder.database, isolation_level=None, check_same_thread=False)
    with contextlib.closing(other), contextlib.ExitStack() as stack:
        peers = [stack.enter_context(responder.connect(timeout=30)) for _ in range(700)]
        other.execute("BEGIN IMMEDIATE")
        unlock = threading.Timer(seconds, other.execute, ["ROLLBACK"])
        unlock.start()
        for peer in peers:
            peer.send(fastcgi.request())
        answers = [peer.answer() for peer in peers]
        unlock.join()
    counts = [answer.json["count"] for answer in answers if answer.status == 200]
    refused = [answer for answer in answers if answer.status != 200]
    record_property("figure", f"locked for {seconds} s, 700 newcomers: {len(counts)} answered, {len(refused)} failed")
    assert all(answer.status == 503 and int(answer.headers["Retry-After"]) > 0 for answer in refused)
    assert sorted(counts) == list(range(1, len(counts) + 1))
    assert counts and records.site(responder.database)[0] == len(counts)


def test_a_disk_that_fails_one_time_in_ten(failing_disk, directory, start_responder, record_property, soak: int):
    """ENOSPC, EIO, writes that come out short, at any call and on and off, while eight connections visit."""
    switch = directory / "fails"
    ledger = Ledger(start_responder(LD_PRELOAD=failing_disk, FAILING_DISK=switch))
    rounds = soak * 100 or 10

    def is_further(told: int) -> bool:
        return ledger.answered + ledger.failed >= told or stop.is_set()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        stop = threading.Event()

        def visit() -> None:
            try:
                while not stop.is_set():
                    ledger.visit(20)
            finally:
                stop.set()

        visiting = [pool.submit(visit) for _ in range(8)]
        for number in range(rounds):
            told = ledger.answered + ledger.failed
            if number % 2:
                switch.unlink()
            else:
                switch.write_text("chaos")
            until(lambda told=told: is_further(told + 300), "visits go on", seconds=60)
        stop.set()
        for each in visiting:
            each.result()
    switch.unlink(missing_ok=True)
    assert ledger.failed > 0, "the disk did fail"
    assert len(ledger.responder.log.splitlines()) < 10 + rounds, "the log does not fill"
    ledger.settle("a disk that fails one time in ten", record_property)


def test_a_disk_that_fails_over_midnights(failing_disk, directory, clock, start_responder, record_property):
    """Each day is opened and each closed one erased, sooner or later."""
    clock.set("2026-11-28 22:00:00")
    preloaded = f"{clock.settings['LD_PRELOAD']}:{failing_disk}"
    switch = directory / "fails"
    ledger = Ledger(start_responder(**clock.settings | {"LD_PRELOAD": preloaded, "FAILING_DISK": switch}))
    ledger.visit(50)
    of_closed_days = records.secrets(ledger.responder.database)
    switch.write_text("chaos")
    for day in ("2026-11-29", "2026-11-30", "2026-12-01"):
        clock.set(f"{day} 00:00:01")
        until(lambda: ledger.visit(50).count(200) > 1, "the day is opened", seconds=30)
        if day != "2026-12-01":
            of_closed_days += records.secrets(ledger.responder.database)
    assert ledger.failed > 0, "the disk did fail"
    switch.unlink()
    ledger.settle("a failing disk over three midnights", record_property)

    def is_gone() -> bool:
        present = records.bytes_of(ledger.responder.database)
        return not any(secret in present for secret in of_closed_days)

    until(is_gone, "the salts and hashes of closed days are gone from the bytes")
    days = records.query(ledger.responder.database, "SELECT DISTINCT date(day * 86400, 'unixepoch') FROM daily")
    assert len(days) == 4


@as_root
def test_a_start_on_a_full_disk_may_be_tried_again(small_disk, make_responder):
    """Status 75 (EX_TEMPFAIL), which a supervisor takes for a reason to come back."""
    responder = make_responder(HEADCOUNT_DATABASE=small_disk / "headcount.db").start()
    assert responder.ask().json["count"] == 1
    responder.stop()
    ballast = small_disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb") as file:
        while True:
            file.write(bytes(512))
            file.flush()
    ended = program.run(**responder.settings)
    assert ended.returncode == 75, ended.stderr
    assert ended.stderr.count("\n") == 1 and "HEADCOUNT_DATABASE" in ended.stderr and "disk" in ended.stderr
    ballast.unlink()
    responder.start()
    assert responder.ask().json["count"] == 2


def visit_as_script(database: Path) -> Answer:
    environment = program.environment(
        HEADCOUNT_DATABASE=database, GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD="GET", PATH_INFO="/count"
    )
    return Answer.from_cgi(subprocess.run([program.BINARY], env=environment, capture_output=True, timeout=60).stdout)


def test_a_script_waits_for_a_locked_database_longer_than_a_responder_does(start_responder, soak: int):
    """For twenty seconds, which only the long form waits out."""
    seconds, status = (25, 503) if soak else (3, 200)
    responder = start_responder()
    other = sqlite3.connect(responder.database, isolation_level=None, check_same_thread=False)
    with contextlib.closing(other):
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        unlock = threading.Timer(seconds, other.execute, ["ROLLBACK"])
        unlock.start()
        answer = visit_as_script(responder.database)
        took = time.monotonic() - began
        unlock.join()
    assert answer.status == status
    assert min(seconds, 20) <= took < min(seconds, 20) + 3
    assert records.site(responder.database)[0] == (status == 200)


@pytest.mark.parametrize("verb", ["backup", "export"])
def test_a_file_system_without_links_takes_files_and_replaces_none(
    failing_disk, directory, start_responder, verb: str
) -> None:
    responder = start_responder()
    responder.ask()
    switch = directory / "fault"
    switch.write_text("nolinks")
    command = Command.of(responder.database, LD_PRELOAD=failing_disk, FAILING_DISK=switch)
    folder = directory / "usb"
    folder.mkdir()
    file = folder / "numbers"
    command.ok(verb, file)
    assert file.stat().st_size > 100
    assert "--overwrite" in command.fails(73, verb, file)
    command.ok(verb, "--overwrite", file)
    assert list(folder.iterdir()) == [file]
