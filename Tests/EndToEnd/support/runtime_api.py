"""A fake of Lambda's Runtime API, for what AWS's emulator can't do: it can fail, and keeps the exact answers."""

import contextlib
import queue
import subprocess
import time
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from deadline import until
from local_server import Handler, LocalServer
from responder import environment

BASE = "/2018-06-01/runtime"


@dataclass(frozen=True)
class Post:
    """A request that the function sent."""

    path: str
    headers: Message
    body: bytes
    at: float


class RuntimeAPI(LocalServer):
    """Passes invocations to a function and records what it sends back."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.polls: list[float] = []
        self.status_of_posts = 202
        self._invocations: queue.Queue[tuple[bytes, dict[str, str]] | None] = queue.Queue()
        api = self

        class RuntimeHandler(Handler):
            def do_GET(self) -> None:
                api.polls.append(time.monotonic())
                invocation = api._invocations.get() if self.path == f"{BASE}/invocation/next" else None
                if invocation is None:
                    self.close_connection = True
                    return
                body, headers = invocation
                self.send_response(200)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(api.status_of_posts)
                self.send_header("Content-Length", "0")
                self.end_headers()
                api.posts.append(Post(self.path.removeprefix(BASE), self.headers, body, time.monotonic()))

        super().__init__(RuntimeHandler)

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.hang_up()
        super().stop()

    def hand_out(self, event: bytes, request_id: str = "r-1", milliseconds: int | None = 3000, **headers: str) -> None:
        """Queues an invocation with this timeout. `Trace_Id` becomes the header Lambda-Runtime-Trace-Id."""
        fields = {"Aws-Request-Id": request_id}
        if milliseconds is not None:
            fields["Deadline-Ms"] = str(int(time.time() * 1000) + milliseconds)
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        self._invocations.put((event, {f"Lambda-Runtime-{name}": value for name, value in fields.items()}))

    def hang_up(self) -> None:
        """Closes the connection that waits for the next invocation."""
        self._invocations.put(None)

    def answer(self, number: int = 0) -> Post:
        """Waits for the function's request of this number, from 0."""
        return until(lambda: self.posts[number : number + 1], f"post {number}")[0]


class Bootstrap:
    """A process of the function's program, without an emulator."""

    def __init__(self, program: Path, log: Path, **settings: str | Path | int) -> None:
        self.log_file = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [program],
                env=environment(**settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def wait(self) -> int:
        return self.process.wait(timeout=60)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
