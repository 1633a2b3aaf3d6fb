"""SECURITY.md: the tests that it names exist, and a stranger's pull request can do as little as it says."""

import re

import yaml
from responder import REPOSITORY

WORKFLOWS = {file.name: yaml.safe_load(file.read_text()) for file in (REPOSITORY / ".github/workflows").iterdir()}
ON = True  # how YAML 1.1 reads the key `on`


def test_a_pull_request_gets_no_secret_no_role_and_may_only_read() -> None:
    for name, workflow in WORKFLOWS.items():
        assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(workflow[ON]), name
        assert workflow["permissions"] == {}, name
        if "pull_request" not in workflow[ON]:
            continue
        for job in workflow["jobs"].values():
            assert job["permissions"] == {"contents": "read"} and "environment" not in job
        assert not re.search(r"\bsecrets\b|AWS", str(workflow))


def test_only_jobs_with_an_environment_can_sign_in_to_aws_or_publish() -> None:
    """Each environment is for one branch, or for the tags of releases (scripts/setup-aws)."""
    for workflow in WORKFLOWS.values():
        for job in workflow["jobs"].values():
            granted = job.get("permissions", {})
            if granted.get("id-token") or {"contents", "packages"} & {
                key for key, value in granted.items() if value == "write"
            }:
                assert job["environment"] in ("test", "prod", "release")


def test_every_test_that_the_threat_model_names_exists() -> None:
    named = re.findall(r"\[[`“]([^`”]+)[`”]\]\((Tests/[^)]+)\)", (REPOSITORY / "SECURITY.md").read_text())
    assert len(named) > 30
    for name, file in named:
        assert f"def {name}(" in (text := (REPOSITORY / file).read_text()) or f'@Test("{name}"' in text, (name, file)
