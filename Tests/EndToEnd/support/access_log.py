"""Makes access logs, and counts them by an independent implementation of the same rules."""

import datetime
import gzip
import ipaddress
import random
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import exports
from command import Command

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
QUOTED = r'Mozilla/5.0 (X11; "quoted" \ Linux) Gecko/20100101 Firefox/140.0'
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
REFERRER = "https://example.com/"
BEGIN = datetime.datetime(2026, 10, 30, 21, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
COMBINED = re.compile(r'(\S+) \S+ .*?\[(.+?)\] "(\S+) (\S+) \S+" (\d+) \d+ ".*?" "(.*)"')


@dataclass
class Line:
    at: datetime.datetime = BEGIN
    address: str = "192.0.2.1"
    method: str = "GET"
    target: str = "/"
    status: int = 200
    agent: str = FIREFOX
    size: int = 512

    @property
    def stamp(self) -> str:
        return self.at.strftime("%d/%b/%Y:%H:%M:%S %z")

    @property
    def request(self) -> str:
        return f"{self.method} {self.target} HTTP/1.1"

    @property
    def escaped_agent(self) -> str:
        """As Apache writes it."""
        return self.agent.replace("\\", r"\\").replace('"', r"\"")

    @property
    def common(self) -> str:
        return f'{self.address} - - [{self.stamp}] "{self.request}" {self.status} {self.size}'

    @property
    def combined(self) -> str:
        return f'{self.common} "{REFERRER}" "{self.escaped_agent}"'

    def __str__(self) -> str:
        return f"{self.combined}\n"


PAGES = {
    "/": "/",
    "/a": "/a",
    "/a/": "/a",
    "/a?x=1": "/a",
    "/caf%C3%A9": "/caf\u00e9",
    "/tags/c%23": "/tags/c%23",
    "/b+c": "/b+c",
    "/v1.2": "/v1.2",
}
OTHER_TARGETS = ["/x.css", "/i.png?y", "/headcount"]


def random_visits(seed: int, count: int) -> list[Line]:
    """Lines of about three days, by so few visitors that they come back."""
    rng = random.Random(seed)
    at = BEGIN
    visits = []
    for _ in range(count):
        at += datetime.timedelta(seconds=rng.randrange(2 * 86_400 * 3 // count))
        address = rng.choice([f"192.0.2.{rng.randrange(20)}", f"2001:db8::{rng.randrange(3)}:0:0:{rng.randrange(9)}"])
        method = rng.choice(["GET", "GET", "GET", "HEAD", "POST"])
        target = rng.choice([*PAGES, *OTHER_TARGETS])
        status = rng.choice([200, 200, 200, 304, 301, 404, 500])
        visits.append(Line(at, address, method, target, status, rng.choice([FIREFOX, FIREFOX, QUOTED, GOOGLE, "-"])))
    return visits


def random_lines(seed: int, count: int) -> list[str]:
    return [str(visit) for visit in random_visits(seed, count)]


def distinct_lines(seed: int, count: int) -> list[str]:
    """Like `random_lines`, but no two lines are equal."""
    return [line.replace(" 512 ", f" {size} ") for size, line in enumerate(random_lines(seed, count))]


def expected(lines: list[str]) -> exports.Histories:
    """The numbers of these lines, by the rules in `headcount help import-log`."""
    visits: dict[str | None, dict[str, list]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        address, stamp, method, target, status, agent = COMBINED.fullmatch(line.rstrip()).groups()
        if method != "GET" or status not in ("200", "304") or target not in PAGES or agent == GOOGLE:
            continue
        parsed = ipaddress.ip_address(address)
        network = parsed if parsed.version == 4 else int(parsed) >> 64
        at = datetime.datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z").astimezone(datetime.UTC)
        for page in (None, PAGES[target]):
            visits[page][at.date().isoformat()].append((network, agent))
    return {
        page: ((0, 0), {day: (len(who), len(set(who))) for day, who in days.items()}) for page, days in visits.items()
    }


@dataclass
class Logs:
    """A folder of logs and the counter that they are imported into."""

    folder: Path
    command: Command

    def write(self, name: str, lines: list[str]) -> Path:
        path = self.folder / name
        content = "".join(lines).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    def apply(self, *names: str) -> str:
        return self.command.ok("import-log", "--apply", *[self.folder / name for name in names or self.names])

    @property
    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    @property
    def numbers(self) -> exports.Histories:
        return exports.read(self.command.ok("export"))

    def clear(self) -> None:
        """Removes all logs and sets the counter to zero."""
        for name in self.names:
            (self.folder / name).unlink()
        self.command.ok("import", "--replace", "-", stdin=exports.write({None: ((0, 0), {})}))
