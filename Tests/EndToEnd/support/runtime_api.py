"""Lambda's Runtime API in the test's hand, for what AWS's emulator can't do: faults, and exactly what comes back."""

import contextlib
import queue
import subprocess
import threading
import time
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from deadline import until
from responder import environment

BASE = "/2018-06-01/runtime"


@dataclass(frozen=True)
class Post:
    """What a function has sent."""

    path: str
    headers: Message
    body: bytes
    at: float


class RuntimeAPI:
    """Hands out the invocations that it is given, and keeps what comes back."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.polls: list[float] = []
        self.status_of_posts = 202
        self._invocations: queue.Queue[tuple[bytes, dict[str, str]] | None] = queue.Queue()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # One segment an answer: a second one would wait for the acknowledgement of the first, 40 ms.
            wbufsize = -1

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

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "RuntimeAPI":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def hand_out(self, event: bytes, request_id: str = "r-1", milliseconds: int | None = 3000, **headers: str) -> None:
        """An invocation that may take so long. `Trace_Id` is Lambda-Runtime-Trace-Id."""
        fields = {"Aws-Request-Id": request_id}
        if milliseconds is not None:
            fields["Deadline-Ms"] = str(int(time.time() * 1000) + milliseconds)
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        self._invocations.put((event, {f"Lambda-Runtime-{name}": value for name, value in fields.items()}))

    def hang_up(self) -> None:
        """Ends the conversation of whoever asks for the next invocation."""
        self._invocations.put(None)

    def answer(self, number: int = 0) -> Post:
        """The post of that number, once it is there."""
        return until(lambda: self.posts[number : number + 1], f"post {number}")[0]


class Bootstrap:
    """The function's program, without an emulator."""

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
