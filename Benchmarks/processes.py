"""The processes of a run: their start and end, and what they cost."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Processes:
    """Starts processes by name, and stops them all when it is left."""

    def __init__(self) -> None:
        self.by_name: dict[str, subprocess.Popen] = {}

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.by_name.values():
            process.terminate()
        for process in self.by_name.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        variables = {key: value for key, value in os.environ.items() if not key.startswith("HEADCOUNT_")}
        self.by_name[name] = subprocess.Popen(command, env=variables | environment, stdin=subprocess.DEVNULL)

    def pid(self, name: str) -> int:
        return self.by_name[name].pid

    def wait_until(self, is_ready: Callable[[], bool], what: str) -> None:
        """Waits at most 15 seconds, and no longer than all processes run."""
        end = time.monotonic() + 15
        while not is_ready():
            for name, process in self.by_name.items():
                if process.poll() is not None:
                    raise SystemExit(f"benchmark: {name} has ended with status {process.returncode}")
            if time.monotonic() > end:
                raise SystemExit(f"benchmark: not within 15 seconds: {what}")
            time.sleep(0.02)


@dataclass(frozen=True)
class CPU:
    """CPU time in microseconds."""

    user: float
    system: float

    def __sub__(self, other: "CPU") -> "CPU":
        return CPU(self.user - other.user, self.system - other.system)


def cpu(pid: int) -> CPU:
    """What a process and its children have used, with the children that have ended (proc_pid_stat(5))."""
    ticks = [0, 0]
    for process in _tree(pid):
        fields = _read(process, "stat").rpartition(")")[2].split()
        if fields:
            ticks[0] += int(fields[11]) + int(fields[13])
            ticks[1] += int(fields[12]) + int(fields[14])
    return CPU(*(count * 1e6 / TICKS_A_SECOND for count in ticks))


def memory(pid: int) -> float:
    """Resident memory in MB of a process and its children; what they share is counted once."""
    rollups = [_read(process, "smaps_rollup") for process in _tree(pid)]
    private = [_megabytes(text, "Private_Clean") + _megabytes(text, "Private_Dirty") for text in rollups]
    shared = [_megabytes(text, "Rss") - own for text, own in zip(rollups, private, strict=True)]
    return sum(private) + max(shared)


def resident_memory(pid: int) -> tuple[float, float]:
    """Resident memory of one process in MB: now, and at its highest."""
    status = _read(pid, "status")
    return _megabytes(status, "VmRSS"), _megabytes(status, "VmHWM")


def _tree(pid: int) -> list[int]:
    children = _read(pid, f"task/{pid}/children").split()
    return [pid, *(process for child in children for process in _tree(int(child)))]


def _read(pid: int, file: str) -> str:
    try:
        return Path(f"/proc/{pid}/{file}").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return ""


def _megabytes(text: str, field: str) -> float:
    for line in text.splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0
