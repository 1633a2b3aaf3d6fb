"""`headcount`, the owner's command, as a child process."""

import errno
import os
import pty
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dynamodb import Table
from responder import REPOSITORY, environment

BINARY = REPOSITORY / ".build/release/headcount"


@dataclass
class Command:
    """The command with the settings of one counter."""

    settings: dict[str, str | Path | int]

    @classmethod
    def of(cls, store: Path | Table, **settings: str | Path | int) -> "Command":
        return cls((store.settings if isinstance(store, Table) else {"HEADCOUNT_DATABASE": store}) | settings)

    def run(self, *arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        assert BINARY.exists(), f"{BINARY} is missing: run `make build`"
        return subprocess.run(
            [BINARY, *map(str, arguments)],
            env=environment(**self.settings),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def ok(self, *arguments: str | Path, stdin: str | None = None) -> str:
        """Runs a command that must succeed without warnings; returns its output."""
        result = self.run(*arguments, stdin=stdin)
        assert (result.returncode, result.stderr) == (0, ""), result
        return result.stdout

    def fails(self, status: int, *arguments: str | Path, stdin: str | None = None) -> str:
        """Runs a command that must exit with this status and one line of error; returns that line."""
        result = self.run(*arguments, stdin=stdin)
        assert result.returncode == status, result
        [line] = result.stderr.splitlines()
        assert line.startswith("headcount: ")
        return line.removeprefix("headcount: ")

    def start(self, *arguments: str | Path, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [BINARY, *map(str, arguments)],
            env=environment(**self.settings),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def on_terminal(self, *arguments: str | Path, answers: bytes = b"") -> tuple[int, str]:
        """Runs a command on a terminal where `answers` have been typed; returns its status and all output."""
        process, terminal = pty.fork()
        if process == 0:
            os.execve(
                BINARY,
                [str(BINARY), *map(str, arguments)],
                environment(**{"TERM": "xterm", "NO_COLOR": ""} | self.settings),
            )
        seen = b""
        os.write(terminal, answers)
        while True:
            try:
                piece = os.read(terminal, 65536)
            except OSError as error:
                # Linux reports EIO when the other end is closed.
                assert error.errno == errno.EIO, error
                break
            if not piece:
                break
            seen += piece
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), seen.decode().replace("\r\n", "\n")
