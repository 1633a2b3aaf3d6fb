"""Runs every example in docs/command.md, in order, and compares the manual page with the help."""

import datetime
import gzip
import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import exports
import pytest
from access_log import Line, random_lines
from command import BINARY, Command
from documents import blocks
from dynamodb import Table
from goatcounter import random_rows, write
from responder import REPOSITORY, environment

TODAY = "2026-11-24"
# The examples that fail, with their exit statuses; all others succeed.
REFUSED = {
    "headcount import numbers.jsonl": 64,
    "headcount import-log proxy.log": 65,
    "headcount import-original --table visitor_counter": 64,
}

PAGES = ["/", "/blog", "/about", "/blog/drafts", "/wp-login", "/.env"]


@dataclass
class Example:
    command: str
    output: str = ""


@dataclass
class Shell:
    """A shell as the document assumes it: the programs are on the PATH, and the files are in a temporary folder."""

    folder: Path
    settings: dict[str, str | Path | int]
    substitutions: dict[str, str] = field(default_factory=dict)

    def run(self, command: str, status: int = 0) -> str:
        """Runs a command, which must end with this status, and returns what it prints."""
        for place, path in self.substitutions.items():
            command = command.replace(place, path)
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        result = subprocess.run(
            ["bash", "-o", "pipefail", "-c", f"{command}\n"],
            cwd=self.folder,
            env=environment(**self.settings) | {"PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        assert result.returncode == status, (command, result.stdout)
        output = result.stdout
        for place, path in self.substitutions.items():
            output = output.replace(path, place)
        return output


def examples() -> Iterator[Example]:
    for block in blocks("docs/command.md", "console"):
        example = None
        for line in block.splitlines(keepends=True):
            if line.startswith("$ "):
                if example:
                    yield example
                example = Example(line[2:].rstrip("\n"))
            else:
                assert example, f"output without a command: {line}"
                example.output += line
        if example:
            yield example


def history() -> exports.Histories:
    """One month of a small site."""
    histories: exports.Histories = {None: ((0, 0), {})}
    for number, page in enumerate(PAGES):
        days = {}
        for day in range(1, 25):
            count = max(0, 30 // (number + 1) + (day * 37 + number * 11) % 23 - 8 * number)
            if number > 2:
                count = 1 if day == number + 5 else 0
            if count:
                days[f"2026-11-{day:02}"] = (count, count * 2 // 3 + 1 if count > 2 else count)
        histories[page] = ((0, 0), days)
        for day, (count, unique) in days.items():
            before = histories[None][1].get(day, (0, 0))
            histories[None][1][day] = (before[0] + count, before[1] + unique * 3 // 4 + 1)
    return histories


@pytest.fixture
def shell(directory: Path, table: Table, start_responder) -> Shell:
    folder = directory / "shell"
    for name in ("bin", "root", "lib"):
        (folder / name).mkdir(parents=True)
    database = folder / "lib/headcount.db"
    start_responder(HEADCOUNT_DATABASE=database).stop()
    # With LD_PRELOAD set by the test instead, libfaketime would hide the arguments from Swift.
    program = folder / "bin/headcount"
    program.write_text(f'#!/bin/sh\nTZ=UTC exec faketime "{TODAY} 12:00:00" {BINARY} "$@"\n')
    program.chmod(0o755)
    settings = table.settings | {"HEADCOUNT_STORE": "sqlite", "HEADCOUNT_DATABASE": database}
    Command(settings).ok("import", "-", stdin=exports.write(history()))

    lines = random_lines(11, 600)
    (folder / "access.log.1").write_text("".join(lines[:300]))
    (folder / "access.log").write_text("".join([*lines[300:], str(Line())]))
    subprocess.run(["gzip", folder / "access.log.1"], check=True)
    (folder / "proxy.log").write_text("".join(f"10.0.0.1 - {line}" for line in lines[:10]))

    begin = datetime.datetime(2026, 10, 27, 21, tzinfo=datetime.UTC)
    rows = random_rows(11, 300, begin, ["/", "/", "/blog", "/blog?page=2", "/about"], range(1, 60))
    (folder / "goatcounter.csv.gz").write_bytes(gzip.compress(write(rows).encode()))

    client = table.server.client("dynamodb")
    if "visitor_counter" not in client.list_tables()["TableNames"]:
        client.create_table(
            TableName="visitor_counter",
            AttributeDefinitions=[{"AttributeName": "SiteName", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "SiteName", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
    client.put_item(TableName="visitor_counter", Item={"SiteName": {"S": "Resume"}, "Count": {"N": "1234"}})
    return Shell(
        folder,
        settings,
        {"/var/lib/headcount": str(folder / "lib"), "/root": str(folder / "root"), "my-headcount": table.name},
    )


def pattern(output: str) -> re.Pattern[str]:
    """`…` matches what differs between machines."""
    return re.compile(".*".join(re.escape(part) for part in output.split("…")))


def test_every_example_prints_what_the_document_shows(shell: Shell) -> None:
    found = list(examples())
    assert len(found) > 15
    for example in found:
        output = shell.run(example.command, REFUSED.get(example.command, 0))
        assert pattern(example.output).fullmatch(output), (example.command, output)


def test_the_documented_export_can_be_imported(start_responder) -> None:
    [example] = blocks("docs/export-format.md", "jsonl")
    *lines, _ = example.splitlines()
    histories: exports.Histories = {
        None: ((100, 40), {"2026-11-23": (10, 7), "2026-11-24": (20, 5, 312, 4, 0)}),
        "/blog": ((0, 0), {"2026-11-24": (12, 9)}),
    }
    text = exports.write(histories)
    assert text.splitlines()[:-1] == lines
    command = Command.of(start_responder().database)
    command.ok("import", "-", stdin=text)
    assert command.ok("export") == text


def subcommands(command: dict, name: str = "") -> Iterator[tuple[str, dict]]:
    """The subcommands that do something, with their full names."""
    inner = [each for each in command.get("subcommands", []) if each["commandName"] != "help"]
    for each in inner:
        yield from subcommands(each, f"{name} {each['commandName']}".strip())
    if not inner:
        yield name, command


def test_every_subcommand_and_option_is_documented() -> None:
    root = json.loads(Command({}).ok("--experimental-dump-help"))["command"]
    page = (REPOSITORY / "docs/headcount.1").read_text().replace("\\-", "-")
    document = (REPOSITORY / "docs/command.md").read_text()
    for name, command in subcommands(root):
        assert f"headcount {name.removesuffix(' list')}" in document
        assert f".It Em {name.split()[-1]}\n" in page, "run `make man`"
        assert command["abstract"] in page
        for argument in command.get("arguments", []):
            assert argument["abstract"] in page, (name, argument)
            for option in argument.get("names", []):
                assert f"{' -' if option['kind'] == 'long' else 'Fl '}{option['name']}" in page


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["stats", "--days", "0"],
        ["import", "--merge", "--replace", "x"],
        ["prune", "--before", "2026-02-30"],
    ],
    ids=" ".join,
)
def test_a_usage_error_is_one_line_and_exits_with_64(arguments: list[str]) -> None:
    assert Command({}).fails(64, *arguments)


def test_a_bad_setting_exits_with_78() -> None:
    assert "HEADCOUNT_STORE=mysql" in Command({"HEADCOUNT_STORE": "mysql"}).fails(78, "stats")
