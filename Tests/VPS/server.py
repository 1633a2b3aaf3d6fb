"""A machine with the Debian package and nginx, set up as docs/vps.md says."""

from collections.abc import Callable
from pathlib import Path

import httpx
import records
import visitors
from deadline import until
from documents import commands
from machine import Machine
from webserver import free_port

# Concurrent requests under load.
CONNECTIONS = 16

# A header sets the visitor's address, so that a test can simulate many visitors.
SITE = """
server {{
    listen 127.0.0.1:{port};
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Test-Address;
    {also}
    include snippets/headcount.conf;
}}
"""


def how_to(section: str) -> str:
    """The first block of commands in a section of docs/vps.md."""
    return commands("docs/vps.md", section)[0]


class Server:
    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def install(self, package: Path) -> None:
        """Installs the package and waits until it counts."""
        self.machine.push(package, "/root/headcount.deb")
        self.machine.sh(how_to("Install").replace("./headcount_*.deb", "/root/headcount.deb"))
        self.add_site("site", self.port)
        until(lambda: self.visit().status_code == 200, "a visit is counted")

    def add_site(self, name: str, port: int, also: str = "") -> None:
        self.machine.write(f"/etc/nginx/sites-enabled/{name}", SITE.format(port=port, also=also))
        self.machine.sh("nginx -q -t && systemctl reload nginx")

    def lift_rate_limit(self) -> None:
        """Raises the rate limit: under load, few addresses send many requests."""
        self.machine.sh("sed -i 's/rate=10r/rate=100000r/' /etc/nginx/conf.d/headcount.conf && systemctl reload nginx")

    def visit(self) -> httpx.Response:
        return httpx.get(f"{self.url}/headcount", timeout=60)

    @property
    def database(self) -> Path:
        return self.machine.root / "var/lib/private/headcount/headcount.db"

    @property
    def count(self) -> int:
        return records.site(self.database)[0]

    @property
    def process(self) -> int:
        """The responder's process ID; 0 if it does not run."""
        return int(self.machine.show("headcount.service", "MainPID"))

    def load_during(self, event: Callable[[], object]) -> visitors.Ledger:
        """Sends visits without a pause from before the event until after it."""
        return visitors.load_during(self.port, event, CONNECTIONS)
