"""What came of the turns: figures for each responder in each scenario, as a table, Markdown and JSON."""

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import chart
from load import SCENARIOS, Turn

COLUMNS = (
    "responder",
    "answers a second",
    "p50 ms",
    "p99 ms",
    "CPU µs",
    "memory MB",
    "ratio to null",
    "ratio to durable",
    "Headcount ÷ it",
)


@dataclass(frozen=True)
class Figure:
    """A figure over all rounds."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Figure":
        return cls(*(float(f"{value:.5g}") for value in (statistics.median(values), min(values), max(values))))

    def text(self, form: Callable[[float], str]) -> str:
        return f"{form(self.median)} ({form(self.lowest)}\N{EN DASH}{form(self.highest)})"


@dataclass(frozen=True)
class Row:
    """A responder in a scenario."""

    scenario: str
    responder: str
    title: str
    answers_a_second: Figure
    p50_ms: Figure
    p99_ms: Figure
    cpu_us: Figure
    cpu_user_us: Figure
    cpu_system_us: Figure
    memory_mb: Figure
    ratios: dict[str, Figure]  # its answers a second by those of each responder in the same round

    @property
    def is_headcount(self) -> bool:
        return self.responder.startswith("headcount")


@dataclass(frozen=True)
class Report:
    date: str
    command: str
    machine: dict[str, str]
    rounds: int
    seconds: float
    connections: int
    checked: int  # answers that were found in a database
    skipped: list[str]
    rows: list[Row]

    def table(self) -> str:
        """For the terminal."""
        lines = [("scenario", *COLUMNS), *((row.scenario, *self._cells(row, row.responder)) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if index < 2 else cell.rjust(width)
                for index, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
            for line in lines
        )

    def markdown(self) -> str:
        lines = [f"| {' | '.join(COLUMNS)} |", "| --- |" + " ---: |" * (len(COLUMNS) - 1)]
        for scenario in dict.fromkeys(row.scenario for row in self.rows):
            lines.append(f"| **{SCENARIOS[scenario].title}** |" + " |" * (len(COLUMNS) - 1))
            rows = (row for row in self.rows if row.scenario == scenario)
            lines += [
                f"| {' | '.join(self._cells(row, f'**{row.title}**' if row.is_headcount else row.title))} |"
                for row in rows
            ]
        skipped = "".join(f"Not measured: {reason}.\n\n" for reason in self.skipped)
        return DOCUMENT.format(
            table="\n".join(lines),
            skipped=skipped,
            machine=describe(self.machine),
            checked=f"{self.checked:,}",
            date=self.date,
            command=self.command,
            rounds=self.rounds,
            seconds=f"{self.seconds:g}",
            connections=self.connections,
        )

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "README.md").write_text(self.markdown())
        (folder / "results.json").write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n")
        (folder / "chart.svg").write_text(chart.draw(self))

    def row(self, scenario: str, responder: str) -> Row | None:
        return next((row for row in self.rows if (row.scenario, row.responder) == (scenario, responder)), None)

    def times(self, row: Row) -> float | None:
        """How many times as many visits Headcount answers as this responder."""
        headcount = self.row(row.scenario, "headcount-cgi" if row.scenario == "cgi" else "headcount")
        return headcount.ratios[row.responder].median if headcount else None

    def _cells(self, row: Row, name: str) -> tuple[str, ...]:
        times = self.times(row)
        return (
            name,
            row.answers_a_second.text(lambda rate: f"{rate:,.0f}"),
            f"{row.p50_ms.median:.2f}",
            f"{row.p99_ms.median:.2f}",
            f"{row.cpu_us.median:,.1f}",
            f"{row.memory_mb.median:.1f}",
            *(self._ratio(row, base) for base in ("null", "durable")),
            ratio(times) if times else "",
        )

    def _ratio(self, row: Row, base: str) -> str:
        if row.responder == base:
            return "1"
        return row.ratios[base].text(ratio) if base in row.ratios else ""


DOCUMENT = """# Headcount beside what you might use instead

<!-- Written by `make bench`. -->

![Answers a second; the figures are in the table below](chart.svg)

{table}

All run behind the same nginx with one worker, configured as in `deploy/nginx`, and under the same load: `wrk` with one
thread and {connections} connections, unless the table says otherwise. They take turns: in each of {rounds} rounds,
every responder is under load for {seconds} seconds.

- **Answers a second and ratios** are medians, with the lowest and the highest round. A ratio compares the answers a
  second of two responders in the same round. *Headcount ÷ it* says how many times as many visits Headcount answers.
- **p50 and p99** are latencies, **CPU** is the responder's time for each answer, user and system; **memory** is what is
  resident under load. All are medians. Child processes are included, and memory that they share is counted once.

What they do for a visit:

- **C, does nothing** answers a constant: the most that nginx, the kernel and libfcgi can do on this machine.
- **C, durable** commits one transaction for all requests that are ready, as Headcount does. It knows no pages and no
  visitors: its number of unique visitors never changes.
- **Headcount** does all of its work.
- **Go, Python, PHP and Perl** ([sources](../../Benchmarks/peers)) commit a transaction for each visit, to the same two
  tables as the durable C loop. They know no pages, no visitors and no crawlers either.

All but the first keep their numbers in SQLite with `synchronous=FULL`, on a real disk. {checked} answers were looked up
in these databases afterwards: each was there once.

{skipped}Measured on {date}, on this machine: {machine}.

To repeat it, on a machine that does nothing else:

```sh
make bench    # runs {command}
```
"""


def ratio(value: float) -> str:
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def rows(turns: dict[str, dict[str, list[Turn]]], titles: dict[str, str]) -> list[Row]:
    """From the turns of each round, by scenario and responder."""

    def row(scenario: str, name: str) -> Row:
        mine = turns[scenario][name]

        def figure(value: Callable[[Turn], float]) -> Figure:
            return Figure.of([value(turn) for turn in mine])

        return Row(
            scenario,
            name,
            titles[name],
            figure(lambda turn: turn.rate),
            figure(lambda turn: turn.p50),
            figure(lambda turn: turn.p99),
            figure(lambda turn: turn.user + turn.system),
            figure(lambda turn: turn.user),
            figure(lambda turn: turn.system),
            figure(lambda turn: turn.memory),
            {
                other: Figure.of([turn.rate / its.rate for turn, its in zip(mine, theirs, strict=True)])
                for other, theirs in turns[scenario].items()
            },
        )

    return [row(scenario, name) for scenario in turns for name in turns[scenario]]


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")


def machine(data: Path) -> dict[str, str]:
    def output(*command: str) -> str:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        return (result.stdout or result.stderr).strip()

    processors = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    system = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    return {
        "cores": str(os.cpu_count()),
        "processor": processors[0].partition(": ")[2] if processors else platform.machine(),
        "system": system["PRETTY_NAME"].strip('"'),
        "kernel": platform.release(),
        "filesystem": output("df", "--output=fstype", str(data)).split()[-1],
        "nginx": output("nginx", "-v").rpartition("/")[2],
        "load_before": f"{os.getloadavg()[0]:.2f}",
    }


def describe(machine: dict[str, str]) -> str:
    return (
        "{cores} cores, {processor}, {system}, Linux {kernel}, {filesystem}, nginx {nginx}, "
        "load average {load_before} before the run"
    ).format(**machine)
