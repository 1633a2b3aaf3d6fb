"""The service answers every request in the tables of docs/api.md as documented."""

import datetime
import json
import re
from dataclasses import dataclass, field

import pytest
from lambda_front import RENAMED
from responder import REPOSITORY

CODE = re.compile(r"`([^`]+)`")
HEADER = re.compile(r"([A-Za-z-]+): (.+)")


@dataclass
class Table:
    line: int
    settings: dict[str, str] = field(default_factory=dict)
    rows: list[tuple[str, str]] = field(default_factory=list)


def tables() -> list[Table]:
    """The tables that begin with `| request | answer |`, with the settings from the paragraph above each."""
    found: list[Table] = []
    settings: dict[str, str] = {}
    is_open = False
    for number, line in enumerate((REPOSITORY / "docs/api.md").read_text().splitlines(), 1):
        if line == "| request | answer |":
            found.append(Table(number, settings))
            is_open = True
        elif is_open and line.startswith("| `"):
            request, answer = line.strip("| ").split(" | ")
            found[-1].rows.append((request, answer))
        elif not line.startswith("|"):
            is_open = False
            if line:
                settings = dict(code.split("=", 1) for code in CODE.findall(line) if line.startswith("With `"))
    return found


TABLES = tables()


def test_every_table_is_parsed() -> None:
    assert len(TABLES) == 8
    assert sum(len(table.rows) for table in TABLES) > 35


@pytest.mark.usefixtures("one_day")
@pytest.mark.parametrize("table", TABLES, ids=lambda table: f"line {table.line}")
def test_the_service_answers_as_documented(start_site, table: Table) -> None:
    site = start_site(**table.settings)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    for request, answer in table.rows:
        asked, *headers = CODE.findall(request)
        status, *expected = CODE.findall(answer.replace("TODAY", today).partition("`: ")[0] + "`")
        method, target = asked.split(" ", 1)
        fields = dict(HEADER.fullmatch(header).groups() for header in headers)
        if address := fields.pop("X-From", None):
            fields["X-Test-Address"] = address
        got = site.request(target, method, **fields)
        assert got.status == int(status), request
        assert all(part.startswith("{") or HEADER.fullmatch(part) for part in expected), f"unknown notation: {answer}"
        for part in expected:
            if part.startswith("{"):
                assert got.body.decode() == part, request
                json.loads(part)
            else:
                name, value = HEADER.fullmatch(part).groups()
                assert got.headers.get(name, got.headers.get(RENAMED.get(name, ""))) == value, request
        assert got.headers["Cache-Control"] and got.headers["X-Content-Type-Options"] == "nosniff", request
