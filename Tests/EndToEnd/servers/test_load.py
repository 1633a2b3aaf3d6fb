"""Many visitors at once."""

import pytest
import records
import visitors

pytestmark = [pytest.mark.fastcgi, pytest.mark.usefixtures("one_day")]

VISITS = 10_000
PROCESSES = 4
CONNECTIONS = 16


def assert_exact(ledger, database):
    """Every visit was answered with a number of its own, and the file agrees."""
    assert ledger.failed == 0
    assert sorted(ledger.counts) == list(range(1, VISITS + 1))
    assert records.site(database)[0] == VISITS
    records.assert_sound(database)


def test_ten_thousand_concurrent_visits_are_ten_thousand(site):
    ledger = visitors.visit_from(PROCESSES, site.nginx.port, VISITS, CONNECTIONS)
    print(f"\n{VISITS} visits in {ledger.ended - ledger.began:.2f} s, slowest {ledger.slowest * 1000:.1f} ms")
    assert_exact(ledger, site.responder.database)
    assert site.numbers == (VISITS, PROCESSES * CONNECTIONS)


def test_two_responders_on_one_file_hand_out_each_number_once(make_responder, start_nginx):
    """They also meet on a file that neither has made yet, and share the day's salt."""
    both = [make_responder(name) for name in ("one", "two")]
    for each in both:
        each.launch()
    for each in both:
        each.wait()
    nginx = start_nginx(*both)
    ledger = visitors.visit_from(PROCESSES, nginx.port, VISITS, CONNECTIONS)
    print(f"\n{VISITS} visits in {ledger.ended - ledger.began:.2f} s, slowest {ledger.slowest * 1000:.1f} ms")
    assert_exact(ledger, both[0].database)
    assert records.site(both[0].database) == (VISITS, PROCESSES * CONNECTIONS)
    assert [each.ask("/count", "HEAD").status for each in both] == [200, 200]
    for each in both:
        assert each.stop() == 0
    assert records.site(both[0].database)[0] == VISITS


def test_newcomers_do_not_starve_beside_64_connections_under_load(site):
    """A thread for each kept-alive connection would leave them waiting for ever."""
    waves = []
    with visitors.processes(1) as pool:
        residents = pool.submit(visitors.visit, site.nginx.port, 20_000, 64)
        while not residents.done():
            waves.append(visitors.visit(site.nginx.port, visits=64, connections=64, addresses="10.1.0.{}"))
        residents = residents.result()
    beside = [wave for wave in waves if wave.began > residents.began and wave.ended < residents.ended]
    newcomers = max(wave.slowest for wave in beside)
    print(
        f"\nslowest of {len(residents.counts)} visits over 64 kept-alive connections: "
        f"{residents.slowest * 1000:.1f} ms; "
        f"of {len(beside)} times 64 newcomers: {newcomers * 1000:.1f} ms"
    )
    assert len(beside) >= 3
    assert residents.failed == sum(wave.failed for wave in waves) == 0
    assert max(residents.slowest, newcomers) < 1
    assert site.numbers[0] == 20_000 + 64 * len(waves)
