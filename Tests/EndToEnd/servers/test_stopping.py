"""What was answered is on disk, however the responder ends."""

import concurrent.futures
import contextlib
import random
import signal
import socket
import sqlite3
import threading
import time

import fastcgi
import pytest
import records
import visitors
from deadline import until

CONNECTIONS = 32
MORE_THAN_THERE_IS_TIME_FOR = 1_000_000

pytestmark = pytest.mark.fastcgi


def visit_until(site, moment, end):
    """Load on a kept-alive nginx until `end` is called, so many seconds after the first answer."""
    killer = threading.Timer(moment, end)
    ledger = visitors.visit(site.nginx.port, MORE_THAN_THERE_IS_TIME_FOR, CONNECTIONS, on_first_answer=killer.start)
    killer.join()
    assert len(set(ledger.counts)) == len(ledger.counts)
    return ledger


def test_after_kill_9_under_load_no_answered_visit_is_lost_and_none_counted_twice(site, record_property, soak, seed):
    moments = random.Random(seed)
    answered = in_flight = lost = uncertain = total = 0
    rounds = max(50, soak * 40) if soak else 8
    for _ in range(rounds):
        moment = moments.uniform(0.02, 0.5)
        ledger = visit_until(site, moment, site.responder.process.kill)
        site.responder.process.wait()
        answered += len(ledger.counts)
        in_flight += ledger.failed
        site.responder.start()
        count, _ = site.numbers
        print(
            f"\nkilled after {moment:.3f} s: answered {answered} <= count {count} <= {answered} + {in_flight}", end=""
        )
        total += len(ledger.counts)
        uncertain += ledger.failed
        lost += max(0, answered - count)
        assert ledger.failed <= CONNECTIONS
        assert answered <= count <= answered + in_flight
        records.assert_sound(site.responder.database)
        # What the crash left uncertain is settled now, so that the next round is as strict as the first.
        answered, in_flight = count, 0
    record_property(
        "figure", f"kill -9 at {rounds} moments: {total} answered, {lost} of them lost, {uncertain} in flight"
    )


def test_after_kill_9_behind_a_kept_socket_each_visit_counts_once(
    make_responder, start_nginx, record_property, soak, seed
):
    """As it is deployed: nginx sends again, to the next process, what the killed one may have counted. It is known
    again, and gets the answer that was due."""
    moments = random.Random(seed)
    responder = make_responder(HEADCOUNT_LISTEN="")
    with socket.socket(socket.AF_UNIX) as listener, visitors.processes(1) as pool:
        listen(listener, responder)
        kills, ledger = 0, visitors.Ledger()
        for _ in range(soak * 10 or 1):
            load = pool.submit(visitors.visit, start_nginx(responder).port, 6000, CONNECTIONS)
            while not load.done():
                concurrent.futures.wait([load], timeout=moments.uniform(0.02, 0.3))
                responder.kill()
                responder.launch(stdin=listener)
                kills += 1
            ledger += load.result()
        responder.wait()
    answered, (count, _) = len(ledger.counts), records.site(responder.database)
    record_property(
        "figure",
        f"kill -9 behind a kept socket, {kills} times: answered {answered}, failed {ledger.failed}, count {count}",
    )
    assert kills > 0
    assert len(set(ledger.counts)) == answered, "each number was told once"
    assert answered <= count <= answered + ledger.failed
    records.assert_sound(responder.database)


def listen(listener, responder):
    listener.bind(str(responder.address))
    responder.address.chmod(0o666)
    listener.listen(128)
    responder.start(stdin=listener)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_under_load_counts_what_it_answered_and_empties_the_log(site, by, seed):
    site.request()
    ledger = visit_until(site, random.Random(seed).uniform(0.02, 0.5), lambda: site.responder.process.send_signal(by))
    assert site.responder.process.wait(timeout=10) == 0
    log = site.responder.database.with_name("headcount.db-wal")
    assert not log.exists() or log.stat().st_size == 0
    print(f"\nanswered {len(ledger.counts) + 1}, count {site.numbers[0]}")
    assert site.numbers[0] == len(ledger.counts) + 1
    records.assert_sound(site.responder.database)
    site.responder.start()
    assert site.request().json["count"] == len(ledger.counts) + 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_restarts_under_load_fail_no_request(make_responder, start_nginx, record_property, soak, method):
    """As systemd does, the parent keeps the socket open while responders come and go behind it."""
    visits = soak * 100_000 or 10_000
    responder = make_responder(HEADCOUNT_LISTEN="")
    with socket.socket(socket.AF_UNIX) as listener, visitors.processes(1) as pool:
        listen(listener, responder)
        load = pool.submit(visitors.visit, start_nginx(responder).port, visits, CONNECTIONS, method=method)
        restarts = 0
        while not load.done():
            assert responder.stop() == 0
            responder.start(stdin=listener)
            restarts += 1
        ledger = load.result()
    print(
        f"\n{restarts} restarts, {len(ledger.counts)} answered, {ledger.failed} failed, slowest {ledger.slowest:.3f} s"
    )
    record_property(
        "figure", f"{restarts} restarts under load by {method}: {len(ledger.counts)} answered, {ledger.failed} failed"
    )
    assert restarts > 3
    assert ledger.failed == 0
    assert sorted(ledger.counts) == list(range(1, visits + 1))
    assert records.site(responder.database)[0] == visits


def test_a_stop_does_not_wait_for_a_lull(start_responder):
    """There may be none: here, new requests are ready after every batch."""
    responder = start_responder()
    with visitors.processes(4) as pool:
        load = [pool.submit(visitors.answered_until_the_end, responder.address, 100) for _ in range(4)]
        until(lambda: responder.descriptors > 400, "all are connected")
        began = time.monotonic()
        try:
            # Whoever asks again after the answer finds the connection closed.
            assert responder.stop() == 0
        finally:
            seconds = time.monotonic() - began
            responder.kill()
        answered = sum(each.result() for each in load)
    print(f"\nstopped after {seconds:.3f} s; answered {answered}")
    assert seconds < 2
    assert records.site(responder.database)[0] == answered


def test_a_stop_while_the_database_is_locked_answers_by_the_batch(start_responder):
    """Each batch waits for two seconds; the last requests, one by one, would take minutes."""
    responder = start_responder()
    other = sqlite3.connect(responder.database, isolation_level=None)
    with contextlib.closing(other), contextlib.ExitStack() as stack:
        peers = []
        for _ in range(560):
            peers.append(stack.enter_context(responder.connect(timeout=30)))
            assert peers[-1].ask().status == 200
        other.execute("BEGIN IMMEDIATE")
        peers[0].send(fastcgi.request())
        began = time.monotonic()
        responder.process.send_signal(signal.SIGTERM)
        for peer in peers[1:]:
            peer.send(fastcgi.request())
        assert {peer.answer().status for peer in peers} == {503}
        assert responder.process.wait(timeout=10) == 0
    assert time.monotonic() - began < 20
    assert records.site(responder.database)[0] == 560


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_responder_stops_at_once_and_leaves_no_socket_behind(start_responder, by):
    responder = start_responder()
    assert responder.stop(by) == 0
    assert not responder.address.exists()
    assert responder.database.exists()


def test_peers_that_stay_connected_do_not_hold_up_the_end(start_responder):
    responder = start_responder()
    silent, kept, half = (responder.connect() for _ in range(3))
    kept.ask("/count")
    half.send(b"\1\1\0\1")
    with silent, kept, half:
        assert responder.stop() == 0
    assert records.site(responder.database) == (1, 1)


def test_a_responder_outlives_its_web_server(start_responder, start_nginx):
    responder = start_responder()
    for count in (1, 2, 3):
        nginx = start_nginx(responder)
        assert nginx.request().json["count"] == count
        nginx.stop()
