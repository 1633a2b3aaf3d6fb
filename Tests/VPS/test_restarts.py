"""Upgrades, crashes and hangs under load: every answer is compared with the database."""

import subprocess
from pathlib import Path

import pytest
import records
from deadline import until
from server import CONNECTIONS, Server, how_to


@pytest.fixture(scope="module", autouse=True)
def no_rate_limit(server: Server) -> None:
    server.lift_rate_limit()


def make_older(package: Path, folder: Path) -> Path:
    """The same package under an older version, so that dpkg upgrades."""
    tree, older = folder / "previous", folder / "previous.deb"
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control = tree / "DEBIAN/control"
    version = next(line for line in control.read_text().splitlines() if line.startswith("Version: "))
    control.write_text(control.read_text().replace(version, "Version: 0.0.0~previous"))
    subprocess.run(["dpkg-deb", "-Zxz", "-z0", "--root-owner-group", "--build", tree, older], check=True)
    return older


def test_no_request_fails_during_an_upgrade_under_load(
    server: Server, package: Path, tmp_path: Path, record_property
) -> None:
    machine = server.machine
    machine.push(make_older(package, tmp_path), "/root/previous.deb")
    machine.run("dpkg", "--install", "--force-downgrade", "/root/previous.deb")
    assert machine.run("dpkg-query", "--show", "--showformat=${Version}", "headcount") == "0.0.0~previous"
    machine.sh("sed -i 's/^#HEADCOUNT_MAX_PAGES=.*/HEADCOUNT_MAX_PAGES=77/' /etc/headcount/headcount.env")
    machine.sh(how_to("Several sites"))
    before, process, blog = server.count, server.process, machine.show("headcount@blog.service", "MainPID")

    upgrade = how_to("Upgrade").replace("./headcount_NEWER.deb", "/root/headcount.deb")
    ledger = server.load_during(lambda: machine.sh(upgrade))

    record_property(
        "figure",
        f"an upgrade under load: {len(ledger.counts)} answered, {ledger.failed} failed, slowest {ledger.slowest:.2f} s",
    )
    assert machine.run("dpkg-query", "--show", "--showformat=${Version}", "headcount") != "0.0.0~previous"
    assert server.process not in (0, process), "the service was restarted"
    assert machine.show("headcount@blog.service", "MainPID") not in ("0", blog), "and so was the other site"
    assert "HEADCOUNT_MAX_PAGES=77" in machine.read("/etc/headcount/headcount.env"), "the settings are kept"
    assert ledger.failed == 0
    assert sorted(ledger.counts) == list(range(before + 1, before + 1 + len(ledger.counts)))
    assert server.count == before + len(ledger.counts)
    records.assert_sound(server.database)


def test_systemd_restarts_the_service_after_kill_9_under_load(server: Server, record_property) -> None:
    before, process = server.count, server.process
    machine = server.machine
    ledger = server.load_during(lambda: machine.run("kill", "-9", str(process)))
    until(lambda: server.process not in (0, process), "a new process has started")
    answered = len(ledger.counts)
    record_property(
        "figure",
        f"kill -9 under load: {answered} answered, {ledger.failed} failed, count {server.count - before}, "
        f"slowest {ledger.slowest:.2f} s",
    )
    # nginx resends unanswered requests. Those that were counted already are not counted again.
    assert answered <= server.count - before <= answered + ledger.failed
    assert ledger.failed <= CONNECTIONS
    records.assert_sound(server.database)


def test_the_watchdog_restarts_a_service_that_hangs(server: Server) -> None:
    machine, drop_in = server.machine, "/run/systemd/system/headcount.service.d"
    assert machine.show("headcount.service", "WatchdogUSec") == "30s"
    machine.write(f"{drop_in}/soon.conf", "[Service]\nWatchdogSec=1\n")
    machine.sh("systemctl daemon-reload && systemctl restart headcount")
    before, process = server.count, server.process
    machine.run("kill", "-STOP", str(process))
    assert server.visit().json()["count"] == before + 1, "a visit during the restart is answered"
    assert server.process not in (0, process)
    assert "Watchdog timeout" in machine.log()
    machine.sh(f"rm -r {drop_in} && systemctl daemon-reload && systemctl restart headcount")
