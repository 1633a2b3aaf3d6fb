#!/usr/bin/env python3
"""Measures Headcount behind nginx beside two C programs and what people use instead. README.md explains the figures."""

import argparse
import os
import shlex
import shutil
import signal
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import nginx
import report
from load import SCENARIOS, Load, Turn, add_visitors, is_answering, totals
from processes import Processes, resident_memory
from profiling import profile
from responders import REPOSITORY, NotInstalledError, Places, Responder, all_responders, free_port


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--rounds", type=positive, default=5, metavar="N", help="in each, every responder has its turn (%(default)s)")
    add("--seconds", type=positive, default=3, metavar="N", help="load in each turn (%(default)s)")
    add("--connections", type=positive, default=64, metavar="N", help="that wrk keeps open (%(default)s)")
    add(
        "--scenarios",
        type=names_of_scenarios,
        default="repeat,new,crowd,cgi",
        metavar="LIST",
        help=f"of {','.join(SCENARIOS)} (%(default)s)",
    )
    add("--responders", type=lambda names: names.split(","), metavar="LIST", help="these only, by the names printed")
    add("--visitors", type=positive, default=0, metavar="N", help="also Headcount with N visitors of today in its file")
    add("--check", type=float, metavar="RATIO", help="fail if Headcount's ratio to null in `repeat` is below RATIO")
    add("--memory", action="store_true", help="instead: memory after a million visits of one visitor and of new ones")
    add("--limit", type=float, metavar="MB", help="with --memory: fail above so many MB (10^6 bytes)")
    add("--profile", action="store_true", help="instead: where Headcount's time goes (perf), its system calls (strace)")
    add("--write", type=Path, metavar="FOLDER", help="write README.md, results.json and chart.svg to FOLDER")
    add(
        "--binary",
        type=Path,
        default=os.environ.get("HEADCOUNT_BINARY") or REPOSITORY / ".build/release/headcount-fcgi",
        metavar="PATH",
        help="headcount-fcgi, if not HEADCOUNT_BINARY or .build/release/headcount-fcgi",
    )
    options = parser.parse_args()
    if options.check and "repeat" not in options.scenarios:
        parser.error("--check needs the scenario `repeat`")
    if not os.access(options.binary, os.X_OK):
        parser.error(f"{options.binary} is missing: run make build")
    return options


def positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError
    return number


def names_of_scenarios(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in SCENARIOS:
            raise argparse.ArgumentTypeError(f"there is no scenario {name}")
    return names


def main() -> None:
    options = parse()
    os.environ["PATH"] += ":/usr/sbin"  # where Debian keeps nginx, outside a user's PATH
    tools = ["nginx", "wrk", *(["perf", "strace"] if options.profile else [])]
    for tool in tools:
        if shutil.which(tool) is None:
            raise SystemExit(f"benchmark: {tool} is missing")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))

    programs = REPOSITORY / ".build/bench"
    programs.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="run.", dir=programs) as data,
        tempfile.TemporaryDirectory(prefix="headcount-bench.", dir="/tmp") as session,
        Processes() as processes,
    ):
        places = Places(programs, Path(data), Path(session), options.binary.absolute())
        machine = report.machine(places.data)
        print(report.describe(machine))
        if float(machine["load_before"]) > 0.5:
            print("The machine is busy: these figures say little.")
        responders, skipped = build(places, options)
        load = start(places, processes, responders, options.connections)
        if options.memory:
            measure_memory(load, responders, options.limit)
        elif options.profile:
            profile(load, responders[0], options.scenarios, options.seconds, places.data)
        else:
            turns = take_turns(load, responders, options)
            command = shlex.join([str(Path(sys.argv[0]).resolve().relative_to(REPOSITORY)), *sys.argv[1:]])
            result = report.Report(
                report.now(),
                command,
                machine,
                options.rounds,
                options.seconds,
                options.connections,
                load.checked,
                skipped,
                report.rows(turns, {responder.name: responder.title for responder in responders}),
            )
            show(result, options)


def build(places: Places, options: argparse.Namespace) -> tuple[list[Responder], list[str]]:
    """The responders that take part, and why others can't."""
    makers = all_responders(options.visitors)
    only_headcount = options.memory or options.profile
    names = options.responders or (["headcount"] if only_headcount else list(makers))
    for name in names:
        if name not in makers:
            raise SystemExit(f"benchmark: there is no responder {name}, only {', '.join(makers)}")
    responders, skipped = [], []
    for name, make in makers.items():
        if name not in names:
            continue
        try:
            responders.append(make(places))
        except NotInstalledError as missing:
            skipped.append(f"{name}, which needs {missing}")
            print(f"Skipped {skipped[-1]}.")
    if not only_headcount:
        responders = [responder for responder in responders if not responder.scenarios.isdisjoint(options.scenarios)]
    if not responders:
        raise SystemExit("benchmark: there is nothing to measure")
    return responders, skipped


def start(places: Places, processes: Processes, responders: list[Responder], connections: int) -> Load:
    port = free_port()
    for responder in responders:
        processes.start(responder.name, responder.command, responder.environment)
    processes.start("nginx", nginx.configure(places.session, port, responders), {})
    load = Load(processes, port, connections)
    for responder in responders:
        processes.wait_until(lambda responder=responder: is_answering(responder, port), f"{responder.name} answers")
        if responder.visitors:
            print(f"Putting {responder.visitors:,} visitors of today into the database of {responder.name} …")
            add_visitors(responder)
    return load


def take_turns(
    load: Load, responders: list[Responder], options: argparse.Namespace
) -> dict[str, dict[str, list[Turn]]]:
    turns: dict[str, dict[str, list[Turn]]] = {}
    for name in options.scenarios:
        scenario, by_responder = SCENARIOS[name], defaultdict(list)
        present = [responder for responder in responders if name in responder.scenarios]
        for responder in present:
            load.turn(responder, scenario, 1)  # warms up
        for number in range(options.rounds):
            if sys.stderr.isatty():
                print(f"\r{name}: round {number + 1} of {options.rounds} ", end="", file=sys.stderr, flush=True)
            for responder in present:
                by_responder[responder.name].append(load.turn(responder, scenario, options.seconds))
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
        turns[name] = by_responder
    return turns


def show(result: report.Report, options: argparse.Namespace) -> None:
    print(
        f"\n{options.rounds} rounds of {options.seconds} s. Answers and ratios: median (lowest to highest). "
        "CPU: of the responder for each answer.\n"
    )
    print(result.table())
    print(f"\n{result.checked:,} answers are in the databases, each of them once. None was an error.")
    if options.write:
        result.write(options.write)
        print(f"Written to {options.write}: README.md, results.json and chart.svg.")
    if options.check:
        row = result.row("repeat", "headcount")
        if row is None or "null" not in row.ratios:
            raise SystemExit("benchmark: --check needs the responders null and headcount")
        ratio = row.ratios["null"].median
        if ratio < options.check:
            raise SystemExit(f"benchmark: the ratio of {ratio:.3f} is below {options.check}")
        print(f"The ratio of {ratio:.3f} is at least {options.check}.")


def measure_memory(load: Load, responders: list[Responder], limit: float | None) -> None:
    for responder in responders:
        pid = load.processes.pid(responder.name)
        print_memory(pid, f"{responder.name} at its start")
        for name in ("repeat", "new"):
            goal = totals(responder)[0] + 1_000_000
            while totals(responder)[0] < goal:
                load.turn(responder, SCENARIOS[name], 5)
            highest = print_memory(pid, f"{responder.name} after {totals(responder)[0]:,} visits ({name})")
        if limit and highest > limit:
            raise SystemExit(f"benchmark: {highest:.1f} MB is more than the limit of {limit:g} MB")


def print_memory(pid: int, when: str) -> float:
    now, highest = resident_memory(pid)
    print(f"{when:<48} {now:6.1f} MB resident, {highest:6.1f} MB at its highest", flush=True)
    return highest


if __name__ == "__main__":
    main()
