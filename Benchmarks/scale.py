#!/usr/bin/env python3
"""How many visits Headcount on AWS answers, simulated, and what they cost.

The first two tables are in docs/performance.md.
"""

import argparse
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from costs import THROTTLE, costs
from simulation import Simulation
from tables import number, table

# API Gateway: requests a second and burst of a route. RAISED is the account's limit in most regions.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
INSTALLED, RAISED = (THROTTLE, 50), (10_000, 5_000)
# Partitions: by default, a new table takes 4,000 write units a second, and a warmed one 40,000.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
NEW_TABLE, WARM_TABLE = 4, 40
KNOWN, KNOWN_PAGE, NEW, NEW_PAGE = VISITORS = ("known", "known, page", "new", "new, page")

Phases = tuple[tuple[float, float], ...]


def steady(rate: float) -> Phases:
    return (5, rate), (max(3, 4000 / rate), rate), (4, rate)


@cache
def on_lambda(visitors: str, phases: Phases, throttle=RAISED, concurrency=1000) -> Simulation:
    return Simulation(phases, visitors, NEW_TABLE).on_lambda(throttle, concurrency)


@cache
def on_responders(count: int, visitors: str, phases: Phases, partitions=NEW_TABLE) -> Simulation:
    return Simulation(phases, visitors, partitions).on_responders(count)


def answered(run: Simulation) -> str:
    percent = 100 * run.answers["200"] / run.answers.total()
    return "all" if percent > 99.9 else f"{min(percent, 99):.0f} %"


def figures(run: Simulation) -> list[str]:
    rate = run.phases[1][1] / run.answers.total()  # without the chance in how many came
    times = sorted(run.latencies)
    percentiles = (number(1000 * times[int(part * len(times))]) if times else "" for part in (0.5, 0.99))
    answers = (number(run.answers[status] * rate) for status in ("200", "429", "5xx"))
    limits = "" if answered(run) == "all" else ", then ".join(run.limits)
    return [*answers, *percentiles, number(run.units * rate), limits]


FIGURES = "200 | 429 | 5xx | median, ms | 99 %, ms | units | what was reached"


def answer() -> str:
    def rows() -> Iterator[list[str]]:
        for rate in (10, 100, 500, 1000, 3000, 10_000):
            phases = steady(rate)
            lambdas = (on_lambda(NEW_PAGE, phases, throttle) for throttle in (INSTALLED, RAISED))
            yield [f"{rate:,}", *map(answered, [*lambdas, on_responders(1, NEW_PAGE, phases)])]

    return table("new visitors a second | Lambda | Lambda, throttle raised | one responder", rows())


def lambdas() -> str:
    def rows() -> Iterator[list[str]]:
        for rate in (10, 100, 1000, 10_000):
            yield [f"{rate:,}", "as installed", NEW_PAGE, *figures(on_lambda(NEW_PAGE, steady(rate), INSTALLED))]
            for visitors in VISITORS if rate > 10 else ():
                yield [f"{rate:,}", "raised", visitors, *figures(on_lambda(visitors, steady(rate)))]
        for rate in (50, 200):
            run = on_lambda(NEW_PAGE, steady(rate), concurrency=10)
            yield [f"{rate}", "raised, account of 10", NEW_PAGE, *figures(run)]

    return table(f"a second | throttle | visitors | {FIGURES}", rows())


def responders() -> str:
    def rows() -> Iterator[list[str]]:
        for rate, count, visitors in (
            (100, 1, NEW_PAGE),
            *((1000, 1, visitors) for visitors in VISITORS),
            *((10_000, count, visitors) for visitors in (KNOWN_PAGE, NEW, NEW_PAGE) for count in (1, 4)),
        ):
            yield [f"{rate:,}", f"{count}", visitors, *figures(on_responders(count, visitors, steady(rate)))]
        run = on_responders(4, NEW_PAGE, steady(10_000), WARM_TABLE)
        yield ["10,000", "4, table warmed", NEW_PAGE, *figures(run)]

    return table(f"a second | responders | visitors | {FIGURES}", rows())


TABLES = {made.__name__: made for made in (answer, costs, lambdas, responders)}


def with_tables(document: str) -> str:
    """The document with new tables, each between two comments with its name."""
    return re.sub(
        r"(?s)(<!-- (\w+) -->\n).*?(\n<!-- end of \2 -->)",
        lambda match: f"{match[1]}\n{TABLES[match[2]]()}\n{match[3]}",
        document,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="put its tables into this document")
    file = parser.parse_args().write
    if file:
        file.write_text(with_tables(file.read_text()))
    else:
        print("\n\n".join(make() for make in TABLES.values()))


if __name__ == "__main__":
    main()
