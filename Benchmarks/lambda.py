"""Headcount's function beside one of the original's shape: AWS's Python runtime and boto3. See README.md.

    python Benchmarks/lambda.py [--rounds 10] [--check]

Both are started cold again and again, in turn, against one Runtime API and one DynamoDB (moto) on this machine. A
stopwatch here, not theirs: it starts before `exec` and stops when the Runtime API has the call in its hand.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
sys.path.insert(0, str(REPOSITORY / "Tests/EndToEnd/support"))

from deadline import until  # noqa: E402
from dynamodb import REGION, Moto  # noqa: E402
from lambda_front import event  # noqa: E402
from lambda_function import ZIP, unpack  # noqa: E402
from runtime_api import RuntimeAPI  # noqa: E402

VISIT = json.dumps(event(b"/headcount")).encode()
# Touches no store, so that what is left is the runtime itself.
PREFLIGHT = json.dumps(event(b"/headcount", "OPTIONS")).encode()
WARM = 500
TARGETS = {"start": 30, "answer": 10, "memory": 2}
MAXIMUM_ZIP = 12_000_000


@dataclass
class Runtime:
    name: str
    command: list[str | Path]
    environment: dict[str, str]
    start: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def measure(self) -> None:
        """One cold start, its first visit, and some warm invocations."""
        with RuntimeAPI() as api:
            api.hand_out(VISIT)
            began = time.monotonic()
            process = subprocess.Popen(self.command, env=self.environment | {"AWS_LAMBDA_RUNTIME_API": api.authority})
            try:
                first = api.answer()
                assert json.loads(first.body)["statusCode"] == 200, first.body
                self.start.append(api.polls[0] - began)
                self.answer.append(first.at - began)
                self.warm.append(statistics.median(self._invoke_warm(api)))
                status = Path(f"/proc/{process.pid}/status").read_text()
                self.memory.append(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
            finally:
                process.kill()
                process.wait()

    def _invoke_warm(self, api: RuntimeAPI) -> list[float]:
        """From the moment an invocation is handed out to its answer."""
        took = []
        for number in range(WARM):
            until(lambda number=number: len(api.polls) > number + 1, "it asks for the next one")
            began = time.monotonic()
            api.hand_out(PREFLIGHT)
            took.append(api.answer(number + 1).at - began)
        return took


def runtimes(directory: Path, moto: Moto) -> tuple[Runtime, Runtime]:
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
    headcount = Runtime(
        "headcount", [unpack(directory)], common | moto.make_table().settings | {"HEADCOUNT_CONFIG": ""}
    )
    original = Runtime(
        "original",
        [sys.executable, "-m", "awslambdaric", "handler.handler"],
        common
        | {"ENDPOINT": moto.endpoint, "TABLE": "visitor_counter", "LAMBDA_TASK_ROOT": str(REPOSITORY)}
        | {"PYTHONPATH": str(REPOSITORY / "Benchmarks/original"), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return headcount, original


def row(
    name: str, unit: str, of: Callable[[Runtime], list[float]], both: tuple[Runtime, Runtime], scale: float
) -> float:
    """Prints medians (lowest to highest), and returns how many times less Headcount takes."""
    ours, theirs = (sorted(of(runtime)) for runtime in both)

    def shown(values: list[float]) -> str:
        low, middle, high = (value * scale for value in (values[0], statistics.median(values), values[-1]))
        return f"{middle:.1f} {unit} ({low:.1f} to {high:.1f})"

    ratio = statistics.median(theirs) / statistics.median(ours)
    print(f"| {name} | {shown(ours)} | {shown(theirs)} | {ratio:.1f} |")
    return ratio


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--check", action="store_true", help="fail below the targets")
    options = parser.parse_args()
    moto = Moto().start()
    try:
        with tempfile.TemporaryDirectory() as directory:
            both = runtimes(Path(directory), moto)
            # The first of each finds cold caches, and the tables empty.
            for number in range(options.rounds + 1):
                for runtime in both:
                    runtime.measure()
                    if number == 0:
                        for figures in (runtime.start, runtime.answer, runtime.warm, runtime.memory):
                            figures.clear()
    finally:
        moto.stop()
    print("| median (lowest to highest) | Headcount | awslambdaric and boto3 | times less |\n| --- | --- | --- | --- |")
    reached = {
        "start": row("exec → first call for work", "ms", lambda runtime: runtime.start, both, 1000),
        "answer": row("exec → first visit answered, with DynamoDB", "ms", lambda runtime: runtime.answer, both, 1000),
        "memory": row("peak resident memory", "MB", lambda runtime: runtime.memory, both, 1),
        "warm": row("a warm invocation without DynamoDB", "ms", lambda runtime: runtime.warm, both, 1000),
    }
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
