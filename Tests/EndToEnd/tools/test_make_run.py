"""`make run` in a terminal, without its build, which `scripts/fresh-machine run` and `.ci/run` cover."""

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
from urllib.parse import urljoin

import httpx
import pytest
from deadline import until
from playwright.sync_api import Browser, expect
from responder import BINARY, REPOSITORY, environment
from webserver import free_port, listens

LIMIT = 60


class Run:
    """`make run` in its own terminal and session, so that leftover processes can be found."""

    def __init__(self, port: int, database: Path) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.output = ""
        self.terminal, other_end = os.openpty()
        self.process = subprocess.Popen(
            # An xdist worker may ignore SIGINT, and child processes would inherit that.
            ["env", "--default-signal=INT,HUP,TERM", "make", "run", f"PORT={port}", f"HEADCOUNT_BINARY={BINARY}"],
            cwd=REPOSITORY,
            env=environment(HEADCOUNT_DATABASE=database),
            stdin=other_end,
            stdout=other_end,
            stderr=other_end,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(other_end)

    def read(self, limit: float) -> bool:
        """Reads the next output on the terminal; false at its end."""
        readable, _, _ = select.select([self.terminal], [], [], limit)
        assert readable, f"make run printed nothing more after:\n{self.output}"
        try:
            self.output += os.read(self.terminal, 4096).decode()
        except OSError:  # Linux reports the end of a terminal as EIO
            return False
        return True

    def wait_for_url(self) -> None:
        while f"http://localhost:{self.port}/" not in self.output or "Ctrl-C" not in self.output:
            assert self.read(LIMIT), f"make run ended:\n{self.output}"

    def press_ctrl_c(self) -> None:
        os.write(self.terminal, b"\x03")

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def close_terminal(self) -> None:
        os.close(self.terminal)
        self.terminal = -1

    def remaining(self) -> list[str]:
        """The processes of the session, whose ID is that of its first process (proc(5), field 6 of stat)."""
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
        until(lambda: not self.remaining(), "all processes have ended")
        assert not listens(self.port)

    def clean_up(self) -> None:
        if self.terminal >= 0:
            self.close_terminal()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=LIMIT)


@pytest.fixture
def make_run(tmp_path: Path) -> Iterator[Callable[[int], Run]]:
    """Starts runs that share a temporary database instead of the developer's."""
    runs: list[Run] = []

    def start(port: int) -> Run:
        runs.append(Run(port, tmp_path / "headcount.db"))
        return runs[-1]

    yield start
    for run in runs:
        run.clean_up()


@pytest.mark.parametrize("stop", [Run.press_ctrl_c, Run.terminate, Run.close_terminal], ids=lambda stop: stop.__name__)
def test_it_serves_the_demo_page_and_the_counter_and_leaves_no_process(
    make_run: Callable[[int], Run], stop: Callable[[Run], None]
) -> None:
    run = make_run(free_port())
    run.wait_for_url()

    page = httpx.get(f"{run.url}/")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for link in re.findall(r'(?:href|src)="([^":]+)"', page.text):
        assert httpx.head(urljoin(f"{run.url}/", link)).status_code == 200
    visit = httpx.get(f"{run.url}/headcount?page=/demo", headers={"Origin": "https://blog.example"})
    assert visit.headers["Access-Control-Allow-Origin"] == "*"
    assert visit.json() == {"count": 1, "unique": 1, "page": {"path": "/demo", "count": 1, "unique": 1}}

    stop(run)
    run.assert_gone()


def test_its_example_is_a_dashboard_with_two_made_up_months(make_run: Callable[[int], Run]) -> None:
    run = make_run(free_port())
    run.wait_for_url()
    for path in ("/headcount/", "/example/headcount/"):
        assert f"http://localhost:{run.port}{path}" in run.output
        assert httpx.get(f"{run.url}{path}").headers["Content-Type"].startswith("text/html")

    example = httpx.get(f"{run.url}/example/headcount/stats", params={"days": 90}).json()
    busy_days = [day for day in example["days"] if day["count"] > 50]
    assert len(busy_days) in (60, 61)  # today is not over
    assert httpx.get(f"{run.url}/headcount/stats").json()["count"] == 0


@pytest.mark.parametrize("host", ["localhost", "my-machine.local"])
def test_its_page_counts_the_reader(make_run: Callable[[int], Run], browser: Browser, host: str) -> None:
    run = make_run(free_port())
    run.wait_for_url()
    url = f"http://{host}:{run.port}"
    # By itself, the browser says that it is headless.
    with browser.new_page(user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0") as page:
        page.goto(url)
        expect(page.locator("[data-headcount]")).to_have_text(["1", "1", "1"])
        page.get_by_role("button", name="Count again").click()
        expect(page.locator("[data-headcount]")).to_have_text(["2", "1", "2"])
        expect(page.locator("pre").first).to_contain_text(f'src="{url}/headcount.js"')


def test_counts_are_kept_between_runs(make_run: Callable[[int], Run]) -> None:
    for count in (1, 2):
        run = make_run(free_port())
        run.wait_for_url()
        assert httpx.get(f"{run.url}/headcount").json()["count"] == count
        run.press_ctrl_c()
        run.assert_gone()


def test_a_port_in_use_is_reported_and_another_suggested(make_run: Callable[[int], Run]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = make_run(port)
        while run.read(LIMIT):
            pass

        assert run.process.wait(timeout=LIMIT) != 0
        assert f"port {port} is taken by another program" in run.output
        assert "make run PORT=" in run.output
