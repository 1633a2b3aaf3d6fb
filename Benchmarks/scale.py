#!/usr/bin/env python3
"""Makes the tables of docs/scale.md: how Headcount on AWS answers many visits, simulated, and what they cost."""

import argparse
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from costs import THROTTLE, costs
from simulation import Simulation
from tables import number, table

INSTALLED, RAISED = (THROTTLE, 50), (10_000, 5_000)  # API Gateway: requests a second and burst; RAISED is an account's
NEW_TABLE, WARM_TABLE = 4, 40  # partitions
KNOWN, KNOWN_PAGE, NEW, NEW_PAGE = VISITORS = ("known", "known, page", "new", "new, page")

Phases = tuple[tuple[float, float], ...]


def steady(rate: float) -> Phases:
    return (5, rate), (max(3, 4000 / rate), rate), (4, rate)


@cache
def on_lambda(
    visitors: str,
    phases: Phases,
    throttle=RAISED,
    concurrency=1000,
    partitions=NEW_TABLE,
    **shards: int,
) -> Simulation:
    return Simulation(phases, visitors, partitions, **shards).on_lambda(throttle, concurrency)


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
    def cells(phases: Phases) -> list[str]:
        runs = [on_lambda(NEW_PAGE, phases, INSTALLED), on_lambda(NEW_PAGE, phases)]
        return [answered(run) for run in [*runs, *(on_responders(count, NEW_PAGE, phases) for count in (1, 2, 4))]]

    def rows() -> Iterator[list[str]]:
        for rate in (10, 100, 500, 1000, 1500, 3000, 10_000):
            yield [f"{rate:,}", *cells(steady(rate))]
        for rate in (10, 100):
            yield [f"{rate}, and {10 * rate:,} for a minute", *cells(((10, rate), (60, 10 * rate), (4, rate)))]

    return table("new visitors a second | Lambda | throttle raised | 1 responder | 2 responders | 4 responders", rows())


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


def shards() -> str:
    def rows() -> Iterator[list[str]]:
        for visitors, name, sharded in (
            *((KNOWN, f"{count}", {"shards": count}) for count in (1, 4, 16)),
            (KNOWN, "4, all read by each visit", {"shards": 4, "exact": True}),
            (NEW_PAGE, "16", {"shards": 16}),
            (NEW_PAGE, "16, and 16 of the page", {"shards": 16, "page_shards": 16}),
        ):
            run = on_lambda(visitors, steady(10_000), partitions=WARM_TABLE, **sharded)
            yield [visitors, name, *figures(run)]

    return table(f"visitors | shards of the site | {FIGURES}", rows())


TABLES = {made.__name__: made for made in (answer, lambdas, responders, shards, costs)}


def with_tables(document: str) -> str:
    """The document with new tables, each between two comments with its name."""
    return re.sub(
        r"(?s)(<!-- (\w+) -->\n\n).*?(\n\n<!-- end of \2 -->)",
        lambda match: match[1] + TABLES[match[2]]() + match[3],
        document,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this document")
    file = parser.parse_args().write
    if file:
        file.write_text(with_tables(file.read_text()))
    else:
        print("\n\n".join(make() for make in TABLES.values()))


if __name__ == "__main__":
    main()
