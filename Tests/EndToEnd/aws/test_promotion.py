"""scripts/propose-promotion after a successful trial deployment. `gh` is a fake that runs the real jq."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from responder import REPOSITORY

TESTED, LATER = "a" * 40, "b" * 40

FAKE_GH = """#!/usr/bin/env python3
import json, os, pathlib, sys
home, arguments = pathlib.Path(__file__).parent, sys.argv[1:]
with (home / "calls").open("a") as calls:
    print(json.dumps(arguments), file=calls)
answer = {"api": "compare.json", "pr list": "list.json"}
for command, file in answer.items():
    if arguments[: len(command.split())] == command.split():
        query = arguments[arguments.index("--jq") + 1]
        os.execvp("jq", ["jq", "--raw-output", query, str(home / file)])
"""


def pull_request(number: int, **others: Any) -> dict[str, Any]:
    own = {"isCrossRepository": False, "headRepositoryOwner": {"login": "owner"}, "headRefOid": TESTED}
    return {"number": number} | own | others


FROM_A_FORK = pull_request(3, isCrossRepository=True, headRepositoryOwner={"login": "stranger"})


def propose(directory: Path, ahead: int, open_requests: list[dict[str, Any]]) -> list[list[str]]:
    """Runs the script and returns its `gh` calls that change something."""
    (directory / "gh").write_text(FAKE_GH)
    (directory / "gh").chmod(0o755)
    (directory / "compare.json").write_text(json.dumps({"ahead_by": ahead}))
    (directory / "list.json").write_text(json.dumps(open_requests))
    settings = {
        "PATH": f"{directory}:{os.environ['PATH']}",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "owner/site",
        "GITHUB_RUN_ID": "7",
        "GITHUB_SHA": TESTED,
    }
    subprocess.run([REPOSITORY / "scripts/propose-promotion"], env=os.environ | settings, timeout=60, check=True)
    calls = [json.loads(line) for line in (directory / "calls").read_text().splitlines()]
    return [each for each in calls if each[0] == "pr" and each[1] != "list"]


def test_it_opens_a_pull_request_if_the_repository_has_none(directory: Path) -> None:
    [changed] = propose(directory, 1, [FROM_A_FORK])
    assert changed[:6] == ["pr", "create", "--base", "main", "--head", "test"]
    assert TESTED in changed[-1]


def test_it_comments_on_an_open_pull_request(directory: Path) -> None:
    [changed] = propose(directory, 1, [FROM_A_FORK, pull_request(8)])
    assert changed[:3] == ["pr", "comment", "8"]
    assert f"The trial deployment of {TESTED} passed" in changed[-1]


@pytest.mark.parametrize(("ahead", "open_requests"), [(1, [pull_request(8, headRefOid=LATER)]), (0, [])])
def test_it_does_nothing_for_untested_commits_or_without_changes(
    directory: Path, ahead: int, open_requests: list[dict[str, Any]]
) -> None:
    assert propose(directory, ahead, open_requests) == []
