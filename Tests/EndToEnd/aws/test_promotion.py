"""scripts/propose-promotion, after a trial that passed. `gh` is a stand-in that has real jq."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from responder import REPOSITORY

TRIED, LATER = "a" * 40, "b" * 40

STAND_IN = """#!/usr/bin/env python3
import json, os, pathlib, sys
home, arguments = pathlib.Path(__file__).parent, sys.argv[1:]
with (home / "asked").open("a") as asked:
    print(json.dumps(arguments), file=asked)
answer = {"api": "compare.json", "pr list": "list.json"}
for command, file in answer.items():
    if arguments[: len(command.split())] == command.split():
        query = arguments[arguments.index("--jq") + 1]
        os.execvp("jq", ["jq", "--raw-output", query, str(home / file)])
"""


def pull_request(number: int, **others: Any) -> dict[str, Any]:
    own = {"isCrossRepository": False, "headRepositoryOwner": {"login": "owner"}, "headRefOid": TRIED}
    return {"number": number} | own | others


FORKS = pull_request(3, isCrossRepository=True, headRepositoryOwner={"login": "stranger"})


def propose(directory: Path, ahead: int, open_ones: list[dict[str, Any]]) -> list[list[str]]:
    """What it changes on GitHub."""
    (directory / "gh").write_text(STAND_IN)
    (directory / "gh").chmod(0o755)
    (directory / "compare.json").write_text(json.dumps({"ahead_by": ahead}))
    (directory / "list.json").write_text(json.dumps(open_ones))
    settings = {
        "PATH": f"{directory}:{os.environ['PATH']}",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "owner/site",
        "GITHUB_RUN_ID": "7",
        "GITHUB_SHA": TRIED,
    }
    subprocess.run([REPOSITORY / "scripts/propose-promotion"], env=os.environ | settings, timeout=60, check=True)
    asked = [json.loads(line) for line in (directory / "asked").read_text().splitlines()]
    return [each for each in asked if each[0] == "pr" and each[1] != "list"]


def test_without_one_of_its_own_a_pull_request_is_opened(directory: Path) -> None:
    [changed] = propose(directory, 1, [FORKS])
    assert changed[:6] == ["pr", "create", "--base", "main", "--head", "test"]
    assert TRIED in changed[-1]


def test_the_one_that_is_open_is_told(directory: Path) -> None:
    [changed] = propose(directory, 1, [FORKS, pull_request(8)])
    assert changed[:3] == ["pr", "comment", "8"]
    assert f"The trial deployment of {TRIED} passed" in changed[-1]


@pytest.mark.parametrize(("ahead", "open_ones"), [(1, [pull_request(8, headRefOid=LATER)]), (0, [])])
def test_nothing_is_said_of_commits_that_were_not_tried_or_bring_nothing(
    directory: Path, ahead: int, open_ones: list[dict[str, Any]]
) -> None:
    assert propose(directory, ahead, open_ones) == []
