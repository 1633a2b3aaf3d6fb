"""`make run`, from a terminal, but for its build: that is in `scripts/fresh-machine run` and `.ci/run`."""

import fcntl
import os
import re
import select
import signal
import socket
import subprocess
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from deadline import until
from nginx_site import listens
from responder import BINARY, REPOSITORY, environment
from webserver import free_port

LIMIT = 60


class Run:
    """`make run` in a terminal and a session of its own, so that whatever it leaves behind can be found."""

    def __init__(self, port: int, database: Path) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.output = ""
        self.terminal, its_side = os.openpty()
        self.process = subprocess.Popen(
            # An xdist worker may ignore SIGINT, and what it starts would inherit that.
            ["env", "--default-signal=INT,HUP,TERM", "make", "run", f"PORT={port}", f"HEADCOUNT_BINARY={BINARY}"],
            cwd=REPOSITORY,
            env=environment(HEADCOUNT_DATABASE=database),
            stdin=its_side,
            stdout=its_side,
            stderr=its_side,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(its_side)

    def read(self, limit: float) -> bool:
        """Reads what comes next on the terminal; false when nothing can come any more."""
        readable, _, _ = select.select([self.terminal], [], [], limit)
        assert readable, f"make run says no more than:\n{self.output}"
        try:
            self.output += os.read(self.terminal, 4096).decode()
        except OSError:  # Linux reports the end of a terminal as EIO
            return False
        return True

    def wait_for_url(self) -> None:
        while f"http://localhost:{self.port}/" not in self.output or "Ctrl-C" not in self.output:
            assert self.read(LIMIT), f"make run has ended:\n{self.output}"

    def press_ctrl_c(self) -> None:
        os.write(self.terminal, b"\x03")

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def close_terminal(self) -> None:
        os.close(self.terminal)
        self.terminal = -1

    def remaining(self) -> list[str]:
        """The processes of the session, which has the id of its first process (proc(5), field 6 of stat)."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, fields = re.fullmatch(r"\d+ \((.*)\) (.*)", stat.read_text().strip(), re.DOTALL).groups()
            except FileNotFoundError:
                continue
            state, _, _, session = fields.split()[:4]
            if int(session) == self.process.pid and state != "Z":
                found.append(name)
        return found

    def assert_gone(self) -> None:
        self.process.wait(timeout=LIMIT)
        until(lambda: not self.remaining(), "nothing is left")
        assert not listens(self.port)

    def clean_up(self) -> None:
        if self.terminal >= 0:
            self.close_terminal()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=LIMIT)


@pytest.fixture
def make_run(tmp_path: Path) -> Iterator[Callable[[int], Run]]:
    """Starts runs that share a database of their own, instead of the developer's."""
    runs: list[Run] = []

    def start(port: int) -> Run:
        runs.append(Run(port, tmp_path / "headcount.db"))
        return runs[-1]

    yield start
    for run in runs:
        run.clean_up()


@pytest.mark.parametrize("stop", [Run.press_ctrl_c, Run.terminate, Run.close_terminal], ids=lambda stop: stop.__name__)
def test_it_serves_the_demo_page_and_the_counter_and_leaves_nothing(
    make_run: Callable[[int], Run], stop: Callable[[Run], None]
) -> None:
    run = make_run(free_port())
    run.wait_for_url()

    page = httpx.get(f"{run.url}/")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for link in re.findall(r'(?:href|src)="([^":]+)"', page.text):
        assert httpx.get(f"{run.url}/{link}").status_code == 200
    visit = httpx.get(f"{run.url}/count?page=/demo", headers={"Origin": "https://blog.example"})
    assert visit.headers["Access-Control-Allow-Origin"] == "*"
    assert visit.json() == {"count": 1, "unique": 1, "page": {"path": "/demo", "count": 1, "unique": 1}}

    stop(run)
    run.assert_gone()


def test_the_counts_outlive_a_run(make_run: Callable[[int], Run]) -> None:
    for count in (1, 2):
        run = make_run(free_port())
        run.wait_for_url()
        assert httpx.get(f"{run.url}/count").json()["count"] == count
        run.press_ctrl_c()
        run.assert_gone()


def test_a_port_that_is_taken_is_reported_with_another(make_run: Callable[[int], Run]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = make_run(port)
        while run.read(LIMIT):
            pass

        assert run.process.wait(timeout=LIMIT) != 0
        assert f"port {port} is taken by another program" in run.output
        assert "make run PORT=" in run.output
