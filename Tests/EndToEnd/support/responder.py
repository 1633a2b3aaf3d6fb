"""The responder as a child process."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

from answer import Answer
from deadline import until
from fastcgi import Connection

REPOSITORY = Path(__file__).parents[3]
BINARY = Path(os.environ.get("HEADCOUNT_BINARY") or REPOSITORY / ".build/release/headcount-fcgi").absolute()

Address = Path | tuple[str, int]


def environment(**settings: str | Path | int) -> dict[str, str]:
    """This process's environment, without variables that a responder reads, and without a settings file."""
    prefixes = ("HEADCOUNT_", "LISTEN_", "NOTIFY_", "WATCHDOG_", "REQUEST_", "GATEWAY_", "PATH_INFO", "QUERY_STRING")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    return clean | {"HEADCOUNT_CONFIG": ""} | {name: str(value) for name, value in settings.items()}


def run(*arguments: str, **settings: str | Path | int) -> subprocess.CompletedProcess[str]:
    """Runs a responder that is expected to exit by itself, without passing it a socket."""
    return subprocess.run(
        [BINARY, *arguments],
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def run_script(*arguments: str, body: bytes = b"", **variables: str | Path | int) -> subprocess.CompletedProcess[bytes]:
    """Runs the program as a CGI script (RFC 3875 §4.1), for a visit unless `variables` say otherwise."""
    visit = {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "/cgi-bin/headcount",
        "PATH_INFO": "/headcount",
        "QUERY_STRING": "",
        "REMOTE_ADDR": "192.0.2.1",
    }
    return subprocess.run(
        [BINARY, *arguments], env=environment(**visit | variables), input=body, capture_output=True, timeout=60
    )


class Responder:
    """A responder, by default on a Unix socket in `directory`. It answers once `start` has returned."""

    def __init__(self, directory: Path, name: str = "headcount", **settings: str | Path | int) -> None:
        self.directory = directory
        self.name = name
        self.address: Address = directory / f"{name}.sock"
        self.settings = {"HEADCOUNT_LISTEN": self.address, "HEADCOUNT_DATABASE": directory / "headcount.db"} | settings
        self.database = Path(self.settings["HEADCOUNT_DATABASE"])
        self.stdout = directory / f"{name}.out"
        self.stderr = directory / f"{name}.err"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, command: list[str] | None = None, stdin: int | IO[bytes] = subprocess.DEVNULL) -> "Responder":
        """Starts the responder and waits until it answers. An empty setting means the default."""
        self.launch(command, stdin)
        return self.wait()

    def wait(self) -> "Responder":
        until(self._answers, "the responder answers")
        return self

    def start_listening(self) -> "Responder":
        """Starts the responder and waits until it accepts connections, whether or not its store is available."""
        self.launch()
        until(lambda: not self.is_running or self._listens(), "the responder listens")
        assert self.is_running, self.log
        return self

    def launch(self, command: list[str] | None = None, stdin: int | IO[bytes] = subprocess.DEVNULL) -> None:
        """Starts the responder without waiting."""
        with self.stdout.open("ab") as stdout, self.stderr.open("ab") as stderr:
            self.process = subprocess.Popen(
                command or [BINARY], env=environment(**self.settings), stdin=stdin, stdout=stdout, stderr=stderr
            )

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> str:
        return self.stderr.read_text()

    @property
    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    @property
    def resident(self) -> float:
        """Its resident memory, in MB of 10^6 bytes."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGESIZE") / 1e6

    def connect(self) -> Connection:
        return Connection(self.address)

    def ask(self, target: str | bytes = "/headcount", method: str = "GET", body: bytes = b"", **others: str) -> Answer:
        with self.connect() as connection:
            return connection.ask(target, method, body, **others)

    def health(self) -> float:
        """Checks the health over a new connection; returns the response time in seconds."""
        began = time.monotonic()
        answer = self.ask("/headcount/healthz")
        assert (answer.status, answer.json) == (200, {"status": "ok"})
        return time.monotonic() - began

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Sends the signal and waits; returns the exit status."""
        self.process.send_signal(by)
        return self.process.wait(timeout=60)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), self.connect():
            return True
        return False

    def _answers(self) -> bool:
        assert self.is_running, f"ended with {self.process.returncode}: {self.log}"
        with contextlib.suppress(OSError):
            return self.ask("/headcount/healthz", PATH_INFO="/headcount/healthz").status in (200, 404)
        return False
