"""Faults of the disk: every visit answered with 200 is stored, none is counted twice, and the responder recovers by
itself once the cause is gone."""

import concurrent.futures
import contextlib
import datetime
import itertools
import resource
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import records
import responder as program
from answer import Answer
from deadline import until
from disk import full
from responder import REPOSITORY, Responder

SUPPORT = REPOSITORY / "Tests/EndToEnd/support"


@dataclass
class Ledger:
    """Answers to visits. Every visitor is new, so each visit adds a row."""

    responder: Responder
    # The number in each answer.
    counts: list[int] = field(default_factory=list)
    failed: int = 0
    visitors: Iterator[int] = field(default_factory=itertools.count)

    def visit(self, times: int) -> list[int]:
        """Makes visits and returns their statuses, each 200 or a readable 503."""
        statuses = []
        with self.responder.connect() as connection:
            for _ in range(times):
                visitor = next(self.visitors)
                address = f"2001:db8:{visitor >> 16:x}:{visitor & 0xFFFF:x}::1"
                answer = connection.ask(REMOTE_ADDR=address)
                statuses.append(answer.status)
                if answer.status == 200:
                    self.counts.append(answer.json["count"])
                else:
                    self.failed += 1
                    assert answer.status == 503
                    assert int(answer.headers["Retry-After"]) > 0
                    assert answer.json["status"] == 503
                    assert str(self.responder.directory) not in answer.body.decode()
        return statuses

    def visit_until_refused(self) -> None:
        """Makes the database grow until a visit is refused. Requests that only read are still answered."""
        until(lambda: 503 in self.visit(20), "the fault shows")
        self.visit(20)
        assert self.responder.ask(HTTP_USER_AGENT="Googlebot").json["count"] == len(self.counts)

    def check_recovery(self, what: str, record: Callable[[str, object], None]) -> None:
        """After the fault, the same process answers again, and exactly the answered visits are stored: the process was
        not killed, so it knows the outcome of each."""
        process = self.responder.process.pid
        until(lambda: self.visit(1) == [200], "recovery")
        assert self.visit(50) == [200] * 50
        assert self.responder.is_running and self.responder.process.pid == process
        count, unique = records.site(self.responder.database)
        record("figure", f"{what}: answered {len(self.counts)}, count {count}, failed {self.failed}")
        assert sorted(self.counts) == list(range(1, count + 1)), "each number was answered once"
        assert unique == count, "each visitor was new"
        records.assert_sound(self.responder.database)
        assert self.responder.log.count("store unavailable") == self.responder.log.count("store available again") >= 1


def test_a_file_size_limit(start_responder, record_property):
    ledger = Ledger(start_responder())
    ledger.visit(5)
    process = ledger.responder.process.pid
    size = sum(file.stat().st_size for file in ledger.responder.directory.glob("headcount.db*"))
    resource.prlimit(process, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    ledger.visit_until_refused()
    resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    ledger.check_recovery("file-size limit", record_property)


def test_a_full_disk(small_disk, start_responder, record_property):
    """A responder that starts on a full disk exits with 74 (EX_IOERR), after which systemd tries again."""
    responder = start_responder(HEADCOUNT_DATABASE=small_disk / "headcount.db")
    ledger = Ledger(responder)
    ledger.visit(5)
    with full(small_disk):
        ledger.visit_until_refused()
    ledger.check_recovery("full disk", record_property)
    assert responder.stop() == 0
    with full(small_disk):
        result = program.run(**responder.settings)
    assert result.returncode == 74, result.stderr
    assert result.stderr.count("\n") == 1 and "HEADCOUNT_DATABASE" in result.stderr and "disk" in result.stderr
    responder.start()
    assert ledger.visit(1) == [200]


def visit_as_script(database: Path) -> Answer:
    return Answer.from_cgi(program.run_script(HEADCOUNT_DATABASE=database, REMOTE_ADDR="203.0.113.1").stdout)


def test_a_file_system_that_is_temporarily_read_only(small_disk):
    """The kernel remounts a file system read-only after an error, until its owner repairs it."""
    database = small_disk / "headcount.db"
    assert visit_as_script(database).json["count"] == 1
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    refused = visit_as_script(database)
    assert (refused.status, int(refused.headers["Retry-After"]) > 0) == (503, True)
    for path in (database, small_disk / "new.db"):
        result = program.run(HEADCOUNT_DATABASE=path, HEADCOUNT_LISTEN=small_disk.parent / "s.sock")
        assert result.returncode == 73
        assert result.stderr.startswith(f"headcount-fcgi: HEADCOUNT_DATABASE={path}: is on a read-only file system; ")
        assert result.stderr.count("\n") == 1
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
def test_a_disk_that_fails_sometimes(failing_disk, directory, start_responder, record_property, fault):
    """EIO when a commit is synced, or EROFS at each write."""
    switch = directory / "fails"
    ledger = Ledger(start_responder(LD_PRELOAD=failing_disk, FAILING_DISK=switch))
    for _ in range(3):
        ledger.visit(10)
        switch.write_text(fault)
        assert set(ledger.visit(10)) == {503}
        switch.unlink()
    ledger.check_recovery({"sync": "EIO on fdatasync", "write": "EROFS on write"}[fault], record_property)


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
    answered, (count, _) = len(ledger.counts), records.site(ledger.responder.database)
    record_property("figure", f"EIO, then kill -9: answered {answered} <= count {count} <= + {ledger.failed}")
    assert answered <= count <= answered + ledger.failed
    records.assert_sound(ledger.responder.database)


def test_a_disk_that_fails_one_time_in_ten_over_midnights(
    failing_disk, directory, clock, start_responder, record_property, soak
):
    """ENOSPC, EIO and short writes at any call, while a new day begins and the last one is erased."""
    clock.set("2026-11-28 22:00:00")
    preloaded = f"{clock.settings['LD_PRELOAD']}:{failing_disk}"
    switch = directory / "fails"
    ledger = Ledger(start_responder(**clock.settings | {"LD_PRELOAD": preloaded, "FAILING_DISK": switch}))
    database = ledger.responder.database
    ledger.visit(50)
    old_secrets = []
    switch.write_text("chaos")
    midnights = soak * 50 or 3
    for number in range(midnights):
        old_secrets += records.secrets(database)
        clock.set(f"{datetime.date(2026, 11, 29) + datetime.timedelta(number)} 00:00:01")
        until(lambda: ledger.visit(50).count(200) > 1, "the new day begins")
    assert ledger.failed > 0, "the disk did fail"
    assert len(ledger.responder.log.splitlines()) < ledger.failed, "not every failure is logged"
    switch.unlink()
    ledger.check_recovery(f"a disk that fails one time in ten, over {midnights} midnights", record_property)

    def is_gone() -> bool:
        present = records.bytes_of(database)
        return not any(secret in present for secret in old_secrets)

    until(is_gone, "the salts and hashes of past days are erased from the files")
    assert len(records.query(database, "SELECT DISTINCT day FROM daily")) == 1 + midnights


def test_a_database_that_another_process_has_locked(start_responder, record_property):
    """A responder waits for two seconds before it answers 503; a CGI script waits longer."""
    ledger = Ledger(start_responder())
    ledger.visit(5)
    database = ledger.responder.database
    other = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    with contextlib.closing(other), concurrent.futures.ThreadPoolExecutor(2) as pool:
        other.execute("BEGIN IMMEDIATE")
        script = pool.submit(visit_as_script, database)
        assert ledger.visit(1) == [503]
        waiting = pool.submit(ledger.visit, 1)
        threading.Timer(0.5, other.execute, ["ROLLBACK"]).start()
        assert waiting.result() == [200], "a short wait is not an error"
        assert script.result().status == 200
    ledger.counts.append(script.result().json["count"])
    ledger.check_recovery("locked database", record_property)
    assert ledger.failed == 1
