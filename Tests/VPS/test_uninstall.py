"""`apt remove` keeps the numbers and the settings; `apt purge` keeps nothing. By its name, this file runs last."""

from pathlib import Path

import httpx
from deadline import until
from server import Server, how_to
from webserver import free_port


def headcount_files(server: Server) -> list[str]:
    """All files named like Headcount, except the package that the tests installed."""
    script = "find / \\( -path /proc -o -path /sys -o -path /dev \\) -prune -o -iname '*headcount*' -print"
    return [line for line in server.machine.sh(script).splitlines() if line != "/root/headcount.deb"]


def test_remove_keeps_the_numbers_and_the_settings(server: Server, package: Path) -> None:
    machine = server.machine
    machine.sh("sed -i 's/^#HEADCOUNT_STATS=.*/HEADCOUNT_STATS=public/' /etc/headcount/headcount.env")
    machine.run("systemctl", "start", "headcount-backup.service")
    machine.sh(how_to("Several sites"))
    port = free_port()
    server.add_site("blog", port, "set $headcount headcount-blog;")
    blog = f"http://127.0.0.1:{port}/headcount"
    visits = until(lambda: (answer := httpx.get(blog)).status_code == 200 and answer.json()["count"], "blog counts")
    count, backups = server.count, list((server.database.parent / "backups").iterdir())

    machine.run("dpkg", "--remove", "headcount")

    assert server.visit().status_code == httpx.get(blog).status_code == 502
    assert server.count == count
    assert backups and backups == list((server.database.parent / "backups").iterdir())
    assert "HEADCOUNT_STATS=public" in machine.read("/etc/headcount/headcount.env")
    assert machine.attempt("pgrep", "headcount").stdout == ""
    assert machine.attempt("test", "-e", "/run/headcount/headcount.sock").returncode == 1

    server.install(package)
    assert server.visit().json()["count"] == count + 2
    assert machine.run("systemctl", "is-active", "headcount.socket", "headcount.service").split() == ["active"] * 2
    assert httpx.get(blog).json()["count"] == visits + 1
    units = ("headcount@blog.socket", "headcount@blog.service", "headcount-backup@blog.timer")
    assert machine.run("systemctl", "is-active", *units).split() == ["active"] * 3


def test_purge_asks_nothing_and_leaves_no_file(server: Server) -> None:
    machine = server.machine
    # The package does not remove the files that the owner made.
    machine.sh("rm /etc/nginx/sites-enabled/* /etc/nginx/conf.d/headcount-blog.conf && systemctl reload nginx")
    others = [f"/var/lib{private}/headcount-other-thing" for private in ("", "/private")]
    machine.run("mkdir", *others)
    assert machine.run("ls", "/var/lib/private/headcount-blog").split()

    machine.run("dpkg", "--purge", "headcount")

    assert sorted(headcount_files(server)) == others, "files of other packages are kept"
    machine.run("rmdir", *others)
    assert machine.run("systemctl", "list-units", "--all", "--plain", "--no-legend", "headcount*") == ""
    machine.sh("nginx -q -t && systemctl restart nginx")
