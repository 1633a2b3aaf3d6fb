"""Every answered visit is counted once and is on disk, however the responder ends."""

import random
import signal
import socket
import threading
import time
from dataclasses import dataclass

import pytest
import records
import visitors
from nginx_site import InstalledNginx
from responder import Responder

CONNECTIONS = 32
ENDLESS = 1_000_000

pytestmark = pytest.mark.fastcgi


@pytest.mark.usefixtures("one_day")
def test_ten_thousand_concurrent_visits_are_counted_exactly(site):
    ledger = visitors.visit(site.nginx.port, 10_000, 64)
    assert ledger.failed == 0
    assert sorted(ledger.counts) == list(range(1, 10_001))
    assert site.numbers == (10_000, 64)
    site.assert_sound()


def visit_until(site, moment, end):
    """Visits without a pause until `end` stops the responder, `moment` seconds after the first answer."""
    killer = threading.Timer(moment, end)
    ledger = visitors.visit(site.nginx.port, ENDLESS, CONNECTIONS, on_first_answer=killer.start)
    killer.join()
    assert len(set(ledger.counts)) == len(ledger.counts)
    return ledger


def test_kill_9_under_load_loses_no_answered_visit(site, record_property, soak, seed):
    moments = random.Random(seed)
    before = total = uncertain = 0
    rounds = max(50, soak * 40) if soak else 4
    for _ in range(rounds):
        ledger = visit_until(site, moments.uniform(0.02, 0.5), site.responder.process.kill)
        site.responder.process.wait()
        site.responder.start()
        answered, (count, _) = len(ledger.counts), site.numbers
        assert ledger.failed <= CONNECTIONS
        assert answered <= count - before <= answered + ledger.failed
        records.assert_sound(site.responder.database)
        before, total, uncertain = count, total + answered, uncertain + ledger.failed
    record_property("figure", f"kill -9 at {rounds} moments: {total} answered, none lost, {uncertain} in flight")


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_under_load_counts_exactly_what_was_answered(site, by, seed):
    site.request()
    ledger = visit_until(site, random.Random(seed).uniform(0.02, 0.5), lambda: site.responder.process.send_signal(by))
    assert site.responder.process.wait(timeout=60) == 0
    log = site.responder.database.with_name("headcount.db-wal")
    assert not log.exists() or log.stat().st_size == 0
    assert not site.responder.address.exists()
    assert site.numbers[0] == len(ledger.counts) + 1
    records.assert_sound(site.responder.database)
    site.responder.start()
    assert site.request().json["count"] == len(ledger.counts) + 2


@dataclass
class Deployed:
    """As installed, except for the rate limit: a parent process keeps the socket, and nginx has the shipped files."""

    responder: Responder
    nginx: InstalledNginx
    listener: socket.socket

    def stop(self) -> None:
        assert self.responder.stop() == 0
        self.responder.start(stdin=self.listener)

    def kill(self) -> None:
        self.responder.kill()
        self.responder.launch(stdin=self.listener)


@pytest.fixture
def deployed(make_responder, directory):
    responder, nginx = make_responder(HEADCOUNT_LISTEN=""), InstalledNginx(directory)
    nginx.edit("snippets/headcount-location.conf", "zone=headcount burst=20", "zone=headcount burst=100000000")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(responder.address))
        responder.address.chmod(0o666)
        listener.listen(128)
        responder.start(stdin=listener)
        nginx.start()
        yield Deployed(responder, nginx, listener)
        nginx.stop()


def test_no_request_fails_when_the_responder_restarts_under_load(deployed, record_property, soak):
    restarts = soak * 200 or 10

    def restart() -> None:
        for _ in range(restarts):
            deployed.stop()

    ledger = visitors.load_during(deployed.nginx.port, restart, CONNECTIONS, method="POST")
    answered = len(ledger.counts)
    record_property("figure", f"{restarts} restarts under load: {answered} answered, {ledger.failed} failed")
    assert ledger.failed == 0
    assert sorted(ledger.counts) == list(range(1, answered + 1))
    assert records.site(deployed.responder.database)[0] == answered


def test_a_visit_that_nginx_sends_again_after_kill_9_counts_once(deployed, record_property, soak, seed):
    """nginx resends requests to the next process that the killed one may have counted."""
    moments = random.Random(seed)
    kills = soak * 50 or 10

    def kill() -> None:
        for _ in range(kills):
            time.sleep(moments.uniform(0.02, 0.3))
            deployed.kill()

    ledger = visitors.load_during(deployed.nginx.port, kill, CONNECTIONS)
    answered, (count, _) = len(ledger.counts), records.site(deployed.responder.database)
    record_property(
        "figure",
        f"kill -9 behind a kept socket, {kills} times: answered {answered}, failed {ledger.failed}, count {count}",
    )
    assert answered <= count <= answered + ledger.failed
    records.assert_sound(deployed.responder.database)
