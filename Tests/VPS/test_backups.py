"""The nightly backups, and restoring one."""

import datetime
import re

import records
from deadline import until
from server import Server, how_to

EVERY_SECOND = """\
[Timer]
OnCalendar=
OnCalendar=*:*:*
RandomizedDelaySec=0
AccuracySec=1ms
"""


def test_the_timer_makes_a_backup_that_can_be_restored(server: Server) -> None:
    machine, drop_in = server.machine, "/run/systemd/system/headcount-backup.timer.d"
    backups = server.database.parent / "backups"
    for _ in range(5):
        server.visit()
    saved = server.count
    assert not backups.exists()
    machine.write(f"{drop_in}/now.conf", EVERY_SECOND)
    machine.sh("systemctl daemon-reload && systemctl restart headcount-backup.timer")
    until(lambda: list(backups.glob("headcount-*.db")), "the timer has made a backup")
    machine.sh(f"rm -r {drop_in} && systemctl daemon-reload && systemctl restart headcount-backup.timer")
    until(lambda: machine.show("headcount-backup.service", "ActiveState") != "activating", "the backup has ended")
    assert machine.show("headcount-backup.service", "Result") == "success"
    backup = backups / f"headcount-{datetime.datetime.now(datetime.UTC):%Y-%m-%d}.db"
    records.assert_sound(backup)
    assert records.site(backup)[0] == saved
    assert records.query(backup, "SELECT count(*) FROM visitor") == [(0,)]

    for _ in range(3):
        server.visit()
    assert server.count == saved + 3
    machine.sh(re.sub(r"headcount-[\d-]+\.db", backup.name, how_to("Backups")))
    assert server.visit().json()["count"] == saved + 1


def test_backups_are_kept_for_14_days_and_a_failed_one_deletes_none(server: Server) -> None:
    machine, drop_in = server.machine, "/run/systemd/system/headcount-backup.service.d"
    machine.run("systemctl", "start", "headcount-backup.service")
    machine.sh("""
        cd /var/lib/headcount/backups
        for days in 13 14; do touch -d "$days days ago" headcount-$days.db; done
        touch -d "16 days ago" mine.db
    """)
    backups = server.database.parent / "backups"
    before = {path.name for path in backups.iterdir()}

    machine.write(f"{drop_in}/elsewhere.conf", "[Service]\nEnvironment=HEADCOUNT_DATABASE=/var/lib/headcount/none.db\n")
    machine.run("systemctl", "daemon-reload")
    assert machine.attempt("systemctl", "start", "headcount-backup.service").returncode != 0
    assert "none.db" in machine.log("headcount-backup.service")
    assert {path.name for path in backups.iterdir()} == before
    machine.sh(f"rm -r {drop_in} && systemctl daemon-reload && systemctl reset-failed")

    machine.run("systemctl", "start", "headcount-backup.service")
    assert {path.name for path in backups.iterdir()} == before - {"headcount-14.db"}
