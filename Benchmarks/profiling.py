"""Where a responder spends its time (perf), and its system calls (strace)."""

import signal
import subprocess
import time
from pathlib import Path

from load import SCENARIOS, Load
from responders import Responder


def profile(load: Load, responder: Responder, scenarios: list[str], seconds: float, folder: Path) -> None:
    pid = str(load.processes.pid(responder.name))
    load.turn(responder, SCENARIOS["repeat"], 1)  # warms up
    for name in scenarios:
        # A virtual machine hides the processor's own counters; the clock is there.
        recorded = folder / "perf.data"
        command = ["perf", "record", "--quiet", "--event", "cpu-clock", "--freq", "4999", "--call-graph", "fp"]
        command += ["--pid", pid, "--output", str(recorded), "--", "sleep", str(seconds)]
        perf = subprocess.Popen(command)
        turn = load.turn(responder, SCENARIOS[name], seconds)
        perf.wait()
        print(f"\n== {name}: {turn.rate:,.0f} answers a second under perf")
        for sort in ("dso", "dso,symbol"):
            print_perf(recorded, sort)

        summary = folder / "strace"
        command = ["strace", "--follow-forks", "--summary-only", "--summary-wall-clock"]
        command += ["--output", str(summary), "--attach", pid]
        strace = subprocess.Popen(command)
        time.sleep(0.2)
        turn = load.turn(responder, SCENARIOS[name], 3)
        strace.send_signal(signal.SIGINT)
        strace.wait()
        print(f"\nSystem calls of {turn.answers:,} requests (slower under strace, so the batches are larger):")
        print_strace(summary, turn.answers)


def print_perf(recorded: Path, sort: str) -> None:
    command = ["perf", "report", "--stdio", "--input", str(recorded), "--no-children", "--call-graph", "none"]
    command += ["--percent-limit", "0.6", "--sort", sort]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    print()
    for line in output.splitlines():
        if line and not line.startswith("#"):
            print(line[:150].rstrip())


def print_strace(summary: Path, requests: int) -> None:
    for line in summary.read_text().splitlines():
        fields = line.split()
        if len(fields) >= 5 and fields[3].isdigit() and fields[-1] != "total":
            print(f"{fields[-1]:<18} {int(fields[3]):9,}  {int(fields[3]) / requests:6.3f} a request")
