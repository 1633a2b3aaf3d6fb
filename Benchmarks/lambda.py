"""Headcount's function beside one of the original's shape: AWS's Python runtime and boto3. See README.md.

    python Benchmarks/lambda.py [--rounds 10] [--check]

Both are started cold again and again, in turn, against one Runtime API and one DynamoDB (moto behind TLS) on this
machine. Neither measures itself: the time starts before `exec` and ends when the Runtime API receives the call.
"""

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

REPOSITORY = Path(__file__).parents[1]
sys.path.insert(0, str(REPOSITORY / "Tests/EndToEnd/support"))

from deadline import until  # noqa: E402
from dynamodb import REGION, Moto  # noqa: E402
from fault_proxy import FaultProxy  # noqa: E402
from lambda_front import event  # noqa: E402
from lambda_function import ZIP, unpack  # noqa: E402
from runtime_api import RuntimeAPI  # noqa: E402

VISIT = json.dumps(event(b"/headcount")).encode()
# Touches no store, so that what is left is the runtime itself.
PREFLIGHT = json.dumps(event(b"/headcount", "OPTIONS")).encode()
WARM = 500
WARM_VISITS = 20
IDLE = 16  # seconds; the function does not use a connection again that was idle for 15
ROOTS = Path("/etc/ssl/certs/ca-certificates.crt")
MAXIMUM_ZIP = 12_000_000

START, ANSWER, MEMORY = "`exec` → first call for work", "`exec` → first visit answered", "peak resident memory"
AFTER_IDLING = f"CPU: visit after {IDLE} s idle"
# How many times less Headcount must take with --check.
TARGETS = {START: 8, ANSWER: 6, MEMORY: 2, AFTER_IDLING: 1}


@dataclass
class Runtime:
    command: list[str | Path]
    environment: dict[str, str]
    figures: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


class Instance:
    """A process of the function, with its own Runtime API."""

    def __init__(self, runtime: Runtime) -> None:
        self.figures = runtime.figures
        self.api = RuntimeAPI()
        self.invocations = 0
        self.began = time.monotonic()
        environment = runtime.environment | {"AWS_LAMBDA_RUNTIME_API": self.api.authority}
        self.process = subprocess.Popen(runtime.command, env=environment)

    def __enter__(self) -> Self:
        self.api.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.api.stop()

    def measure(self) -> None:
        """A cold start, the first visit, some warm invocations, and the start of a pause."""
        self._wait_for_call()
        start = self.api.polls[0] - self.began
        init = self._cpu()
        visit, first = self._visit()
        self.figures[START].append(start * 1000)
        self.figures[ANSWER].append((start + visit) * 1000)
        self.figures["a warm invocation without DynamoDB"].append(
            statistics.median(self._invoke(PREFLIGHT) for _ in range(WARM)) * 1000
        )
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        self.figures[MEMORY].append(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
        self.figures["CPU: start"].append(init)
        self.figures["CPU: first visit"].append(first)
        self.figures["CPU: warm visit"].append(statistics.median(self._visit()[1] for _ in range(WARM_VISITS)))
        # Lambda freezes a process that waits for an invocation.
        self.process.send_signal(signal.SIGSTOP)

    def measure_after_idling(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.figures[AFTER_IDLING].append(self._visit()[1])

    def _visit(self) -> tuple[float, float]:
        """Returns seconds until the answer, and milliseconds of CPU."""
        before = self._cpu()
        return self._invoke(VISIT), self._cpu() - before

    def _invoke(self, event: bytes) -> float:
        """Returns seconds from the moment an invocation is handed out to its answer."""
        began = time.monotonic()
        self.api.hand_out(event)
        answer = self.api.answer(self.invocations)
        assert json.loads(answer.body)["statusCode"] in (200, 204), answer.body
        self.invocations += 1
        self._wait_for_call()
        return answer.at - began

    def _wait_for_call(self) -> None:
        until(lambda: len(self.api.polls) > self.invocations, "it asks for the next invocation")

    def _cpu(self) -> float:
        """Milliseconds of CPU, user and system, that the process has used (clock_getcpuclockid(3))."""
        time.sleep(0.02)  # for what it does after it has asked for the next invocation
        return time.clock_gettime(~self.process.pid << 3 | 2) * 1000


def make_certificate(directory: Path) -> tuple[Path, Path, Path]:
    """Makes a certificate for 127.0.0.1; returns its authority's, itself and its key."""
    authority, authority_key, certificate, key = (directory / name for name in ("a.pem", "a.key", "c.pem", "c.key"))
    request = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -addext subjectAltName=IP:127.0.0.1"
    for options in (
        ["-subj", "/CN=authority", "-keyout", authority_key, "-out", authority],
        ["-subj", "/CN=server", "-keyout", key, "-out", certificate, "-CA", authority, "-CAkey", authority_key],
    ):
        subprocess.run([*request.split(), *options], check=True, capture_output=True)
    return authority, certificate, key


def trust(authority: Path) -> None:
    """Adds a certificate to the system's roots, for this mount namespace."""
    roots = authority.with_name("roots.pem")
    roots.write_bytes(ROOTS.read_bytes() + authority.read_bytes())
    subprocess.run(["mount", "--bind", roots, ROOTS], check=True)


def runtimes(directory: Path, moto: Moto, endpoint: str) -> tuple[Runtime, Runtime]:
    client = moto.client("dynamodb")
    client.create_table(
        TableName="visitor_counter",
        AttributeDefinitions=[{"AttributeName": "SiteName", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "SiteName", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    common = {"PATH": os.environ["PATH"], "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
    common |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_LAMBDA_FUNCTION_NAME": "counter"}
    common |= {"AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128"}
    settings = moto.make_table().settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": endpoint, "HEADCOUNT_CONFIG": ""}
    headcount = Runtime([unpack(directory)], common | settings)
    original = Runtime(
        [sys.executable, "-m", "awslambdaric", "handler.handler"],
        common
        | {"ENDPOINT": endpoint, "TABLE": "visitor_counter", "LAMBDA_TASK_ROOT": str(REPOSITORY)}
        | {"AWS_CA_BUNDLE": str(ROOTS), "PYTHONPATH": str(REPOSITORY / "Benchmarks/original")}
        | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    return headcount, original


def row(name: str, ours: list[float], theirs: list[float]) -> float:
    """Prints medians (lowest to highest), and returns how many times less Headcount takes."""
    unit = "MB" if name == MEMORY else "ms"

    def shown(values: list[float]) -> str:
        return f"{statistics.median(values):.1f} {unit} ({min(values):.1f} to {max(values):.1f})"

    ratio = statistics.median(theirs) / statistics.median(ours)
    print(f"| {name} | {shown(ours)} | {shown(theirs)} | {ratio:.1f} |")
    return ratio


def measure(rounds: int) -> tuple[Runtime, Runtime]:
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        authority, certificate, key = make_certificate(directory)
        trust(authority)
        stack.callback(subprocess.run, ["umount", ROOTS], check=True)
        moto = Moto().start()
        stack.callback(moto.stop)
        proxy = stack.enter_context(FaultProxy(moto.port, certificate, key))
        both = runtimes(directory, moto, f"https://127.0.0.1:{proxy.port}")
        instances = []
        # The first of each finds cold caches, and the tables empty.
        for number in range(rounds + 1):
            for runtime in both:
                instance = stack.enter_context(Instance(runtime))
                instance.measure()
                if number == 0:
                    runtime.figures.clear()
                else:
                    instances.append(instance)
        time.sleep(IDLE)
        for instance in instances:
            instance.measure_after_idling()
    return both


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--check", action="store_true", help="fail below the targets")
    parser.add_argument("--unshared", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.unshared:
        # In its own mount namespace, it can change which certificates are trusted.
        command = ["unshare", "--map-root-user", "--mount", sys.executable, *sys.argv, "--unshared"]
        os.execvp(command[0], command)
    ours, theirs = (runtime.figures for runtime in measure(options.rounds))
    print("| median (lowest to highest) | Headcount | awslambdaric and boto3 | times less |\n| --- | --- | --- | --- |")
    reached = {name: row(name, ours[name], theirs[name]) for name in ours}
    size = ZIP.stat().st_size
    print(f"| size of the zip | {size / 1e6:.1f} MB | | |")
    missed = [name for name, target in TARGETS.items() if reached[name] < target]
    if size > MAXIMUM_ZIP:
        missed.append("zip")
    if missed:
        print(f"below target: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
