"""The workflows' own scripts: from a push to `test` to production. `gh` is a fake that runs the real jq."""

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
answer = {"api repos/owner/site/actions": "runs.json", "api": "compare.json", "pr list": "list.json"}
for command, file in answer.items():
    if " ".join(arguments).startswith(command):
        query = arguments[arguments.index("--jq") + 1]
        os.execvp("jq", ["jq", "--raw-output", query, str(home / file)])
"""


def pull_request(number: int, **others: Any) -> dict[str, Any]:
    own = {"isCrossRepository": False, "headRepositoryOwner": {"login": "owner"}, "headRefOid": TESTED}
    return {"number": number} | own | others


FROM_A_FORK = pull_request(3, isCrossRepository=True, headRepositoryOwner={"login": "stranger"})


def fake_gh(directory: Path) -> dict[str, str]:
    """Makes a `gh`; returns the environment of a workflow that uses it."""
    (directory / "gh").write_text(FAKE_GH)
    (directory / "gh").chmod(0o755)
    return os.environ | {
        "PATH": f"{directory}:{os.environ['PATH']}",
        "GITHUB_REPOSITORY": "owner/site",
        "GITHUB_OUTPUT": str(directory / "output"),
    }


def propose(directory: Path, ahead: int, open_requests: list[dict[str, Any]]) -> list[list[str]]:
    """Runs the script and returns its `gh` calls that change something."""
    settings = fake_gh(directory) | {
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_RUN_ID": "7",
        "GITHUB_SHA": TESTED,
    }
    (directory / "compare.json").write_text(json.dumps({"ahead_by": ahead}))
    (directory / "list.json").write_text(json.dumps(open_requests))
    subprocess.run([REPOSITORY / "scripts/propose-promotion"], env=settings, timeout=60, check=True)
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


class Clone:
    """A clone with two branches: `main` and the work on `test`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "clone"
        self.directory.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("README.md")
        self.git("checkout", "--quiet", "-b", "test")

    def git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=Owner", "-c", "user.email=owner@example.com")
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=self.directory, timeout=60, check=True, stdout=-1, text=True).stdout.strip()

    def commit(self, *files: str) -> None:
        for file in files:
            (self.directory / file).parent.mkdir(parents=True, exist_ok=True)
            (self.directory / file).write_text("changed\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=Change")

    def run(self, script: str, *arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        command = [REPOSITORY / "scripts" / script, *arguments]
        return subprocess.run(command, cwd=self.directory, env=environment, timeout=60, capture_output=True, text=True)


@pytest.mark.parametrize("merge", ["--no-ff", "--squash"])
def test_production_gets_the_zip_that_was_tried_with_the_same_files(directory: Path, merge: str) -> None:
    environment, clone = fake_gh(directory), Clone(directory)
    clone.commit("Sources/Main.swift")
    tried = {
        "head_sha": clone.git("rev-parse", "HEAD"),
        "head_commit": {"tree_id": clone.git("rev-parse", "HEAD^{tree}")},
    }
    other = {"head_sha": LATER, "head_commit": {"tree_id": LATER}}
    runs = [{"id": 9} | other, {"id": 8} | tried, {"id": 7} | tried]
    (directory / "runs.json").write_text(json.dumps({"workflow_runs": runs}))
    clone.git("checkout", "--quiet", "main")
    clone.git("merge", "--quiet", merge, "test")
    if merge == "--squash":
        clone.git("commit", "--quiet", "--message=Squashed")
    found = clone.run("find-tried-zip", environment=environment)
    assert found.returncode == 0, found.stderr
    [asked] = (directory / "calls").read_text().splitlines()
    assert "test-deploy.yml/runs?branch=test&event=push&status=success" in asked
    assert (directory / "output").read_text() == f"run=8\ncommit={tried['head_sha']}\n"

    clone.commit("Sources/Main.swift", "hotfix")
    untried = clone.run("find-tried-zip", environment=environment)
    assert untried.returncode == 1 and "No trial has passed with these files" in untried.stdout


@pytest.mark.parametrize(
    ("fork", "files", "command"),
    [
        (False, ["docs/aws.md"], ".ci/run"),
        (True, ["docs/aws.md", "terraform/environments/prod.tfvars"], ""),
        (True, ["terraform/modules/headcount/api.tf", "README.md"], "make test-terraform"),
        (True, ["terraform/main.tf", "Sources/Main.swift", "terraform/other.tf"], ".ci/run"),
    ],
)
def test_a_fork_tests_what_its_change_touches(directory: Path, fork: bool, files: list[str], command: str) -> None:
    environment, clone = fake_gh(directory), Clone(directory)
    clone.commit(*files)
    said = clone.run("what-to-test", "main", environment=environment | {"FORK": str(fork).lower()})
    assert said.returncode == 0, said.stderr
    assert (directory / "output").read_text() == f"command={command}\n"
    assert clone.run("what-to-test", "none", environment=environment | {"FORK": "true"}).returncode != 0
