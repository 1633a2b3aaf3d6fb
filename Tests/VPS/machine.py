"""A Debian 12 booted with systemd-nspawn. It shares this machine's loopback interface, so tests can send requests."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from deadline import until


class Machine:
    """A machine that has booted once `start` has returned."""

    def __init__(self, folder: Path, template: Path) -> None:
        # Always a new folder: a killed run may have left one behind.
        self.root = Path(tempfile.mkdtemp(prefix="root-", dir=folder))
        self.console = folder / "console.log"
        self.nspawn: subprocess.Popen[bytes] | None = None
        self.leader = 0
        subprocess.run(["cp", "--archive", "--reflink=auto", f"{template}/.", self.root], check=True)

    def start(self) -> "Machine":
        command = ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit"]
        command += [f"--directory={self.root}", "--machine=headcount-vps"]
        with self.console.open("ab") as console:
            self.nspawn = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True
            )
        self.leader = until(self._find_leader, "systemd runs")
        until(
            lambda: self.attempt("systemctl", "is-system-running").stdout.strip() == "running", "the machine has booted"
        )
        return self

    def stop(self) -> None:
        """Powers the machine off; kills it if that takes more than a minute."""
        if not self.nspawn:
            return
        self.attempt("systemctl", "poweroff")
        try:
            self.nspawn.wait(timeout=60)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.leader or self.nspawn.pid, signal.SIGKILL)
            self.nspawn.wait(timeout=60)
        self.nspawn = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.root)

    def attempt(self, *command: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command on the machine, as root."""
        enter = ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]
        return subprocess.run(
            [*enter, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *command],
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def run(self, *command: str, text: str | None = None) -> str:
        """Runs a command that must succeed; returns its output."""
        result = self.attempt(*command, text=text)
        assert result.returncode == 0, f"{command} ended with {result.returncode}: {result.stdout}{result.stderr}"
        return result.stdout

    def sh(self, script: str) -> str:
        """Runs the commands of a how-to as root; `sudo` does nothing."""
        return self.run("sh", "-euc", f'sudo() {{ "$@"; }}\n{script}')

    def write(self, path: str, text: str) -> None:
        """Writes a file from inside: from outside, an absolute link in its root would lead to the host's files."""
        self.run("install", "-D", "/dev/stdin", path, text=text)

    def read(self, path: str) -> str:
        return self.run("cat", path)

    def show(self, unit: str, name: str) -> str:
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def log(self, unit: str = "headcount.service") -> str:
        return self.run("journalctl", "--quiet", "--boot", "--output=cat", f"--unit={unit}")

    def push(self, file: Path, path: str) -> None:
        """Copies a large file to the machine. No part of `path` may be a link."""
        shutil.copy(file, self.root / path.lstrip("/"))

    def _find_leader(self) -> int:
        """The ID of systemd, the child of systemd-nspawn; 0 if it does not run yet."""
        assert self.nspawn.poll() is None, self.console.read_text(errors="replace")
        children = Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split()
        for child in children:
            with contextlib.suppress(OSError):
                if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    return int(child)
        return 0
