"""`headcount import-log`, against a count of the same logs that shares nothing with it but the rules."""

import datetime
import gzip
import ipaddress
import random
import re
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import exports
import pytest
import records
from command import Command

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/604.1"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
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

    def __str__(self) -> str:
        stamp = self.at.strftime("%d/%b/%Y:%H:%M:%S %z")
        request = f"{self.method} {self.target} HTTP/1.1"
        return f'{self.address} - - [{stamp}] "{request}" {self.status} 512 "https://example.com/" "{self.agent}"\n'


def random_lines(seed: int, count: int) -> list[str]:
    """Over some three days, of few enough visitors that they come back."""
    rng = random.Random(seed)
    at = BEGIN
    lines = []
    for _ in range(count):
        at += datetime.timedelta(seconds=rng.randrange(2 * 86_400 * 3 // count))
        address = rng.choice([f"192.0.2.{rng.randrange(20)}", f"2001:db8::{rng.randrange(3)}:0:0:{rng.randrange(9)}"])
        target = rng.choice(["/", "/a", "/a/", "/a?x=1", "/caf%C3%A9", "/b+c", "/v1.2", "/x.css", "/i.png?y", "/count"])
        agent = rng.choice([FIREFOX, FIREFOX, SAFARI, GOOGLE, "-"])
        status = rng.choice([200, 200, 200, 304, 301, 404, 500])
        lines.append(str(Line(at, address, rng.choice(["GET", "GET", "GET", "HEAD", "POST"]), target, status, agent)))
    return lines


PAGES = {
    "/": "/",
    "/a": "/a",
    "/a/": "/a",
    "/a?x=1": "/a",
    "/caf%C3%A9": "/caf\u00e9",
    "/b+c": "/b+c",
    "/v1.2": "/v1.2",
}


def expected(lines: list[str]) -> exports.Histories:
    """After the rules of docs/command.md."""
    visits: dict[str | None, dict[str, list]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        address, stamp, method, target, status, agent = COMBINED.fullmatch(line.rstrip()).groups()
        if method != "GET" or status not in ("200", "304") or target not in PAGES or agent == GOOGLE:
            continue
        parsed = ipaddress.ip_address(address)
        household = parsed if parsed.version == 4 else int(parsed) >> 64
        at = datetime.datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z").astimezone(datetime.UTC)
        for page in (None, PAGES[target]):
            visits[page][at.date().isoformat()].append((household, agent))
    return {
        page: ((0, 0), {day: (len(who), len(set(who))) for day, who in days.items()}) for page, days in visits.items()
    }


@dataclass
class Logs:
    """A folder of logs, and the counter that they are imported into."""

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


@pytest.fixture(params=["sqlite", "dynamodb"])
def logs(request: pytest.FixtureRequest, start_responder, directory: Path) -> Logs:
    folder = directory / "logs"
    folder.mkdir()
    if request.param == "dynamodb":
        return Logs(folder, Command.of(request.getfixturevalue("table")))
    responder = start_responder()
    return Logs(folder, Command.of(responder.database))


def test_a_log_is_counted_as_the_service_would_have(logs: Logs, seed: int) -> None:
    lines = random_lines(seed, 3000)
    logs.write("access.log", lines)
    rehearsal = logs.command.ok("import-log", logs.folder / "access.log")
    assert "Nothing was changed" in rehearsal
    assert logs.numbers == {None: ((0, 0), {})}
    logs.apply("access.log")
    assert logs.numbers == expected(lines)
    before = logs.command.ok("export")
    assert "To add: 0 visits" in logs.apply("access.log")
    assert logs.command.ok("export") == before


def test_logs_are_rotated_compressed_and_grow_and_nothing_counts_twice(logs: Logs, seed: int) -> None:
    lines = random_lines(seed, 2000)
    logs.write("access.log", lines[:700])
    logs.apply()
    assert logs.numbers == expected(lines[:700])
    # It grows, in the middle of a day.
    logs.write("access.log", lines[:1100])
    logs.apply()
    assert logs.numbers == expected(lines[:1100])
    # It is rotated.
    logs.write("access.log", lines[1300:1900])
    logs.write("access.log.1", lines[:1300])
    logs.apply()
    assert logs.numbers == expected(lines[:1900])
    # All in one, compressed, and a copy of it beside it.
    for name in logs.names:
        (logs.folder / name).unlink()
    logs.write("all.gz", lines)
    logs.write("copy", lines)
    logs.apply()
    assert logs.numbers == expected(lines)
    assert "To add: 0 visits" in logs.apply()
    assert logs.numbers == expected(lines)


def test_days_that_the_counter_has_counted_are_left_out(start_responder, clock, directory: Path) -> None:
    clock.set("2026-10-31 12:00:00")
    responder = start_responder(**clock.settings)
    responder.ask("/count?page=/a")
    command = Command.of(responder.database)
    log = directory / "access.log"
    lines = [str(Line(BEGIN + datetime.timedelta(days=day), target="/a")) for day in range(3)]
    log.write_text("".join(lines))
    said = command.ok("import-log", "--apply", log)
    assert "1 day is left out, 2026-10-31" in said
    assert exports.read(command.ok("export"))[None][1] == {f"2026-{day}": (1, 1) for day in ("10-30", "10-31", "11-01")}
    command.ok("import-log", "--apply", "--all-days", log)
    numbers = exports.read(command.ok("export"))
    assert numbers[None][1] == {"2026-10-30": (1, 1), "2026-10-31": (2, 2), "2026-11-01": (1, 1)}
    assert "To add: 0 visits" in command.ok("import-log", "--apply", "--all-days", log)


def test_only_so_many_pages_are_counted_one_by_one(logs: Logs) -> None:
    lines = [str(Line(target=f"/{number}")) for number in range(10) for _ in range(number)]
    logs.write("access.log", lines)
    logs.command.settings = logs.command.settings | {"HEADCOUNT_MAX_PAGES": 3}
    logs.apply()
    numbers = logs.numbers
    assert set(numbers) == {None, "/9", "/8", "/7"}, "the most visited"
    assert numbers[None][1] == {"2026-10-30": (45, 1)}


def test_what_is_ignored_and_crawls_is_as_configured(logs: Logs) -> None:
    addresses = ["192.0.2.7", "192.0.2.200", "2001:db8::1", "203.0.113.1", "host.example.com"]
    logs.write("access.log", [str(Line(address=address)) for address in addresses] + [str(Line(agent=GOOGLE))])
    logs.command.settings = logs.command.settings | {
        "HEADCOUNT_IGNORE": "192.0.2.0/25,2001:db8::/32",
        "HEADCOUNT_CRAWLERS": "count",
    }
    said = logs.apply()
    assert re.search(r" 3  from addresses in HEADCOUNT_IGNORE", said)
    assert logs.numbers[None][1] == {"2026-10-30": (3, 3)}


def test_the_store_holds_nothing_of_a_log(start_responder, directory: Path) -> None:
    responder = start_responder()
    log = directory / "access.log"
    log.write_text(str(Line(address="203.0.113.77", target="/secret?token=1")))
    Command.of(responder.database).ok("import-log", "--apply", log)
    content = records.bytes_of(responder.database)
    assert b"/secret" in content
    for word in (b"203.0.113.77", b"Firefox", b"token", bytes([203, 0, 113, 77])):
        assert word not in content
    [(_, receipt)] = records.query(responder.database, "SELECT name, value FROM receipt")
    other = directory / "other.log"
    other.write_text(str(Line(address="198.51.100.1", target="/secret?token=1", agent=SAFARI)))
    assert "1  visits that were imported before" in Command.of(responder.database).ok("import-log", other), (
        "the receipt does not know who came"
    )
    assert receipt.startswith("1 1:")


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"hello\n" * 5, 65, "5 of 5 lines are in another format"),
        (gzip.compress("".join(random_lines(1, 2000)).encode())[:-100], 65, "cut short"),
    ],
    ids=["another format", "a gzip cut short"],
)
def test_what_is_no_log_changes_nothing(logs: Logs, content: bytes, status: int, said: str) -> None:
    path = logs.folder / "access.log"
    path.write_bytes(content)
    assert said in logs.command.fails(status, "import-log", "--apply", path)
    assert logs.numbers == {None: ((0, 0), {})}


def test_a_log_that_is_missing_is_told(logs: Logs) -> None:
    assert "No such file" in logs.command.fails(66, "import-log", logs.folder / "none.log")


def test_odd_lines_do_no_harm(logs: Logs, seed: int) -> None:
    rng = random.Random(seed)
    good = [str(Line(address=f"192.0.2.{number}")) for number in range(200)]
    odd = [
        "\n",
        "x" * 3_000_000 + "\n",
        '192.0.2.9 - - [99/Foo/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "x"\n',
        '192.0.2.9 - - [24/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1 "-"\n',
        str(Line(target="/%zz")),
        str(Line(target="/%00")),
        str(Line(target="*")),
        '192.0.2.9 - - [24/Nov/2026:10:00:00 +0000] "\\x16\\x03\\x01" 400 150 "-" "-"\n',
        '192.0.2.9 - - [24/Nov/2026:10:00:00 +0000] "" 400 0 "-" "-"\n',
    ]
    odd += [line[: rng.randrange(1, len(line) - 2)].rstrip("\n") + "\n" for line in good[:80]]
    logs.write("access.log", [line for pair in zip(good, odd, strict=False) for line in pair] + good[len(odd) :])
    logs.apply()
    assert logs.numbers[None][1] == {"2026-10-30": (200, 200)}


def test_a_line_that_is_still_being_written_waits_for_the_next_time(logs: Logs) -> None:
    line = str(Line())
    logs.write("access.log", [line, line[:60]])
    logs.apply()
    logs.write("access.log", [line, line, line])
    logs.apply()
    assert logs.numbers[None][1] == {"2026-10-30": (3, 1)}


def test_a_log_is_read_at_500_megabytes_a_minute_or_better(start_responder, directory: Path, record_property) -> None:
    responder = start_responder()
    log = directory / "access.log"
    block = "".join(random_lines(7, 20_000))
    with log.open("w") as file:
        while file.tell() < 128 << 20:
            file.write(block)
    began = time.monotonic()
    Command.of(responder.database).ok("import-log", log)
    seconds = time.monotonic() - began
    rate = log.stat().st_size / 1e6 / seconds * 60
    record_property(
        "figure", f"import-log: {log.stat().st_size / 1e6:.0f} MB in {seconds:.2f} s, {rate:,.0f} MB a minute"
    )
    assert rate > 500
