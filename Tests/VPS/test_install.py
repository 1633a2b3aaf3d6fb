"""A server on which the package has been installed."""

import json
import re
import stat

import httpx
import pytest
from deadline import until
from dynamodb import REGION, Moto
from server import Server, how_to
from webserver import free_port

SERVICES = ["headcount.service", "headcount@blog.service", "headcount-backup.service", "headcount-backup@blog.service"]


def test_it_counts(server: Server) -> None:
    assert httpx.get(f"{server.url}/headcount/healthz").json() == {"status": "ok"}
    before = server.count
    answer = httpx.get(f"{server.url}/headcount", params={"page": "/demo"}, headers={"Origin": "https://blog.example"})
    assert answer.json()["count"] == server.count == before + 1
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_service_starts_with_the_machine(server: Server) -> None:
    units = ("headcount.socket", "headcount.service", "headcount-backup.timer")
    assert server.machine.run("systemctl", "is-enabled", *units).split() == ["enabled"] * 3
    assert server.machine.run("systemctl", "is-active", *units).split() == ["active"] * 3
    count = server.count
    server.machine.stop()
    server.machine.start()
    assert server.visit().json()["count"] == count + 1


@pytest.mark.parametrize("unit", SERVICES)
def test_systemd_rates_its_exposure_at_most_0_5(server: Server, unit: str, record_property) -> None:
    report = server.machine.run("systemd-analyze", "security", "--no-pager", unit)
    exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", report)[1])
    record_property("figure", f"systemd-analyze security {unit}: {exposure}")
    assert exposure <= 0.5, report


def test_only_the_web_server_may_connect(server: Server) -> None:
    path = "/run/headcount/headcount.sock"
    assert server.machine.run("stat", "--format=%U:%G %a", path) == "root:www-data 660\n"

    def connect(user: str, group: str) -> str:
        as_user = ["setpriv", "--clear-groups", f"--reuid={user}", f"--regid={group}"]
        curl = ["curl", "--silent", "--show-error", "--max-time", "5", "--unix-socket", path, "http://localhost/"]
        return server.machine.attempt(*as_user, *curl).stderr

    assert "Couldn't connect" in connect("nobody", "nogroup")
    # It may connect; the responder then closes the connection because curl doesn't speak FastCGI.
    assert re.search("Empty reply|Connection reset", connect("www-data", "www-data"))


def test_only_root_and_the_service_can_read_the_settings_and_the_database(server: Server) -> None:
    assert server.machine.run("stat", "--format=%U %a", "/etc/headcount/headcount.env") == "root 600\n"
    state = server.database.parent
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    user = int(server.machine.run("ps", "-o", "uid=", "-p", str(server.process)))
    assert user not in (0, 65534)
    assert {path.stat().st_uid for path in (state, *state.glob("headcount.db*"))} == {user}


PROBE = r"""
for file in /home/alice/letter /root/letter /etc/headcount/headcount.env /etc/shadow; do
    cat "$file" 2>&1 >/dev/null && echo "READ $file"
done
find / \( -path /proc -o -path /sys \) -prune -o \( -type d -o -type f \) -writable -printf 'WRITABLE %p\n' 2>/dev/null
touch "$STATE_DIRECTORY/probe" && rm "$STATE_DIRECTORY/probe" && echo STATE
(: >/dev/tcp/127.0.0.1/@PORT@) && echo CONNECTED
(: >/dev/udp/127.0.0.1/@PORT@) && echo CONNECTED
unshare --net true && echo UNSHARED
mount -t tmpfs none /tmp && echo MOUNTED
[ -d /proc/1 ] && echo OTHERS
exit 0
"""


def run_in_sandbox(server: Server, script: str) -> str:
    """Runs a script under the sandbox of the service's unit; returns its output."""
    unit = server.machine.run("systemctl", "cat", "headcount.service")
    replaced = ("Type", "ExecStart", "StandardInput", "WatchdogSec", "Restart", "RestartSec", "Requires", "After")
    lines = [line for line in unit.splitlines() if line.split("=")[0] not in replaced]
    assert len(unit.splitlines()) - len(lines) == len(replaced)
    lines += ["[Service]", "Type=oneshot", "ExecStart=/bin/bash /usr/local/probe"]
    server.machine.write("/usr/local/probe", script)
    server.machine.write("/run/systemd/system/probe.service", "\n".join(lines))
    server.machine.sh("systemctl daemon-reload && systemctl start --wait probe")
    return server.machine.log("probe.service")


def test_the_sandbox_hides_homes_allows_writing_only_to_the_state_and_has_no_network(server: Server) -> None:
    server.machine.sh("mkdir -p /home/alice && echo dear | tee /home/alice/letter /root/letter")
    server.machine.sh("chmod 644 /home/alice/letter; chmod 755 /home/alice")
    script = PROBE.replace("@PORT@", str(server.port))
    server.machine.write("/usr/local/unconfined-probe", script)
    unconfined = server.machine.attempt("env", "STATE_DIRECTORY=/var/tmp", "bash", "/usr/local/unconfined-probe").stdout
    assert "READ /home/alice/letter" in unconfined and "CONNECTED" in unconfined and "WRITABLE /usr\n" in unconfined
    assert "UNSHARED" in unconfined and "MOUNTED" in unconfined and "OTHERS" in unconfined
    server.machine.attempt("umount", "/tmp")

    confined = run_in_sandbox(server, script)

    assert "STATE" in confined.splitlines()
    for word in ("READ", "CONNECTED", "UNSHARED", "MOUNTED", "OTHERS"):
        assert word not in confined, confined
    writable = re.findall(r"^WRITABLE (.*)", confined, re.MULTILINE)
    # Its state, and what PrivateTmp= and PrivateIPC= make for it alone.
    own = r"(/var/lib/private/headcount|/tmp|/var/tmp|/dev/mqueue)(/|$)"
    others = [path for path in writable if not re.match(own, path)]
    assert "/var/lib/private/headcount" in writable
    assert others == []


def test_a_second_site_has_its_own_database_socket_and_user(server: Server) -> None:
    machine, port = server.machine, free_port()
    machine.sh(how_to("Several sites"))
    server.add_site("blog", port, also="set $headcount headcount-blog;")

    before = server.count
    assert httpx.get(f"http://127.0.0.1:{port}/headcount").json() == {"count": 1, "unique": 1}
    assert httpx.get(f"http://127.0.0.1:{port}/headcount").json() == {"count": 2, "unique": 1}
    assert server.count == before
    assert server.visit().json()["count"] == before + 1

    own = machine.root / "var/lib/private/headcount-blog"
    assert own.stat().st_uid != server.database.parent.stat().st_uid
    machine.run("systemctl", "start", "headcount-backup@blog.service")
    assert len(list((own / "backups").glob("headcount-*.db"))) == 1


def test_a_bad_setting_is_logged_and_once_it_is_fixed_the_service_counts_again(server: Server) -> None:
    machine, count = server.machine, server.count
    settings = machine.read("/etc/headcount/headcount.env")
    machine.write("/etc/headcount/headcount.env", "HEADCOUNT_MAX_PAGES=many\n")
    assert machine.attempt("systemctl", "restart", "headcount").returncode != 0
    assert "HEADCOUNT_MAX_PAGES=many: must be a whole number from 0 to 1000000" in machine.log()
    # Each visit starts the service again, until systemd's trigger limit closes the socket.
    answer = until(lambda: (answer := server.visit()).status_code == 502 and answer, "nginx answers 502")
    assert answer.json()["detail"].startswith("The counter is not running")
    machine.write("/etc/headcount/headcount.env", settings)
    machine.run("chmod", "600", "/etc/headcount/headcount.env")
    machine.run("systemctl", "restart", "headcount")
    assert server.visit().json()["count"] == count + 1


def test_the_service_reaches_dynamodb_only_with_the_drop_in(server: Server) -> None:
    moto = Moto().start()
    try:
        table = moto.make_table()
        machine = server.machine
        settings = machine.read("/etc/headcount/headcount.env")
        chosen = {
            "HEADCOUNT_STORE": "dynamodb",
            "HEADCOUNT_DYNAMODB_TABLE": table.name,
            "HEADCOUNT_DYNAMODB_ENDPOINT": moto.endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        machine.write("/etc/headcount/headcount.env", "".join(f"{name}={value}\n" for name, value in chosen.items()))
        machine.run("systemctl", "restart", "headcount")
        assert server.visit().status_code == 503
        machine.sh(how_to("Numbers in DynamoDB"))
        assert server.visit().json() == {"count": 1, "unique": 1}
        assert json.loads(machine.run("headcount", "stats", "--json"))["count"] == 1, "the command uses the same store"
        report = machine.run("systemd-analyze", "security", "--no-pager", "headcount.service")
        assert float(re.search(r"Overall exposure level for \S+: ([\d.]+)", report)[1]) < 2, report
        machine.write("/etc/headcount/headcount.env", settings)
        machine.sh("rm -r /etc/systemd/system/headcount.service.d && systemctl daemon-reload")
        machine.run("systemctl", "restart", "headcount")
        assert server.visit().json()["count"] == server.count
    finally:
        moto.stop()
