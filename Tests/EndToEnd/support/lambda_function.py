"""The function as deployed: `bootstrap` from the zip, run by AWS's own Runtime Interface Emulator."""

import contextlib
import http.client
import importlib.util
import json
import platform
import subprocess
import threading
import zipfile
from pathlib import Path
from typing import Any

from deadline import until
from responder import REPOSITORY, environment
from webserver import free_port, listens

ZIP = REPOSITORY / "dist/lambda.zip"
INVOCATIONS = "/2015-03-31/functions/function/invocations"


def unpack(directory: Path) -> Path:
    """Extracts the program from the zip."""
    assert ZIP.exists(), f"{ZIP} is missing: run `make lambda`"
    with zipfile.ZipFile(ZIP) as archive:
        program = Path(archive.extract("bootstrap", directory))
    program.chmod(0o755)
    return program


def emulator() -> Path:
    """The emulator, which is part of AWS's SAM CLI."""
    [package] = importlib.util.find_spec("samcli").submodule_search_locations
    machine = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
    return Path(package) / f"local/rapid/aws-lambda-rie-{machine}"


class Function:
    """An instance of the function, ready once `start` has returned. Its first invocation is a cold start."""

    def __init__(self, program: Path, log: Path, **settings: str | Path | int) -> None:
        self.program = program
        self.settings = settings
        self.log_file = log
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    def start(self) -> "Function":
        while True:
            ports = free_port(), free_port()
            if ports[0] != ports[1] and self._start_on(*ports):
                return self

    def stop(self) -> None:
        """Stops the emulator and waits for the function to end with it."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        self.process.terminate()
        self.process.wait(timeout=60)
        until(lambda: not any(self._is_ours(child) for child in children), "the function has ended")

    def invoke(self, event: Any) -> Any:
        """Returns the function's result for an event, or its error."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        # The emulator is one execution environment, which handles one invocation at a time.
        with self._turn, contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as peer:
            peer.request("POST", INVOCATIONS, body)
            return json.loads(peer.getresponse().read())

    @property
    def output(self) -> str:
        """All output of the emulator and the function."""
        return self.log_file.read_text()

    @property
    def log(self) -> list[dict[str, Any]]:
        """The function's own log."""
        return [json.loads(line) for line in self.output.splitlines() if line.startswith("{")]

    def _start_on(self, port: int, runtime_port: int) -> bool:
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    emulator(),
                    f"--runtime-interface-emulator-address=127.0.0.1:{port}",
                    f"--runtime-api-address=127.0.0.1:{runtime_port}",
                    self.program,
                ],
                env=environment(**self.settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.port = port
        until(lambda: self.process.poll() is not None or listens(port), "the emulator listens")
        return self.process.poll() is None

    def _is_ours(self, process: str) -> bool:
        with contextlib.suppress(OSError):
            return Path(f"/proc/{process}/exe").resolve() == self.program.resolve()
        return False
