"""scripts/deployment on a desk, where more than one terminal is open and a command may be meant for another."""

import json
import os
import platform
import pty
import shutil
import subprocess
from pathlib import Path

import pytest
from dynamodb import REGION, Moto
from responder import REPOSITORY
from terraform_project import BUCKET, Project, left_over, make_zip, succeed


@pytest.fixture
def bucket(guarded: Moto) -> None:
    guarded.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})


def make_wrapper(directory: Path, command: str, before: str) -> str:
    """A PATH on which `terraform COMMAND` does something else first, the first time."""
    wrapper = directory / "bin/terraform"
    wrapper.parent.mkdir()
    wrapper.write_text(f"""#!/bin/bash
if [[ $1 == {command} ]] && mkdir {directory}/once; then
    (unset TF_DATA_DIR TF_WORKSPACE; export PATH='{os.environ["PATH"]}'; {before}) >{directory}/before.log 2>&1
fi 2>/dev/null
exec {shutil.which("terraform")} "$@"
""")
    wrapper.chmod(0o755)
    return f"{wrapper.parent}:{os.environ['PATH']}"


@pytest.mark.usefixtures("bucket")
def test_what_is_destroyed_is_what_was_named(project: Project, guarded: Moto, directory: Path) -> None:
    """Also with another terminal at work meanwhile, and never by the state of something else."""
    program = str(make_zip(directory / "any.zip"))
    succeed(project.make("deploy", "test", ZIP=program))
    s3 = guarded.client("s3")
    state = s3.get_object(Bucket=BUCKET, Key="test/headcount.tfstate")["Body"].read()
    s3.put_object(Bucket=BUCKET, Key="prod/headcount.tfstate", Body=state)
    refused = project.make("destroy", "prod")
    assert refused.returncode == 2 and "the state of headcount-test, not of headcount-prod" in refused.stderr
    s3.delete_object(Bucket=BUCKET, Key="prod/headcount.tfstate")

    other = f"make --no-print-directory -C {REPOSITORY} plan ENV=prod ZIP={program}"
    succeed(project.make("destroy", "test", PATH=make_wrapper(directory, "destroy", other)))
    assert "headcount-prod" in (directory / "before.log").read_text()
    assert not any(left_over(guarded.client).values())


@pytest.mark.usefixtures("bucket")
def test_a_trial_that_was_killed_is_removed_with_its_lock(project: Project, guarded: Moto, directory: Path) -> None:
    trial = {"WORKSPACE": "run-7", "ZIP": str(make_zip(directory / "any.zip"))}
    succeed(project.make("deploy", "test", **trial))
    s3 = guarded.client("s3")
    lock = {"ID": "11111111-2222-3333-4444-555555555555", "Operation": "OperationTypeApply", "Version": "1.11.4"}
    s3.put_object(Bucket=BUCKET, Key="test/run-7/test/headcount.tfstate.tflock", Body=json.dumps(lock))
    held = project.make("plan", "test", **trial)
    assert held.returncode == 2 and "Error acquiring the state lock" in held.stderr
    for _ in range(2):  # the second time, there is nothing left
        succeed(project.make("destroy", "test", WORKSPACE="run-7"))
        assert not any(left_over(guarded.client).values())
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        assert [key for key in keys if "run-7" in key] == []


ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00"


@pytest.mark.parametrize(
    ("program", "machine"),
    [
        (None, f"{platform.machine().replace('aarch64', 'arm64')}\n"),
        (ELF + b"\xb7\x00", "arm64\n"),
        (ELF + b"\x28\x00", "another processor\n"),
        (b"#!/bin/sh", ""),
    ],
)
def test_a_zip_says_what_processor_it_is_for(directory: Path, program: bytes | None, machine: str) -> None:
    command = [REPOSITORY / "scripts/zip-architecture.py", make_zip(directory / "any.zip", program)]
    assert subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout == machine


@pytest.mark.usefixtures("bucket")
def test_a_program_for_another_processor_is_refused(project: Project, directory: Path) -> None:
    program = make_zip(directory / "any.zip", ELF + b"\xb7\x00")
    refused = project.make("plan", "test", ZIP=str(program))
    assert refused.returncode == 2
    assert "is for arm64 and architecture is x86_64" in " ".join(refused.stderr.split())
    assert "will be created" in project.make("plan", "test", ZIP=str(program), TF_VAR_architecture="arm64").stdout


@pytest.mark.parametrize(
    ("typed", "settings", "is_asked"),
    [
        ("yes\n", {}, True),
        ("headcount-prod\n", {}, True),
        ("", {"YES": "1"}, False),
        ("", {"CI": "true"}, False),
    ],
)
def test_production_is_destroyed_at_a_terminal_only_by_its_name(
    project: Project, typed: str, settings: dict[str, str], is_asked: bool
) -> None:
    controller, terminal = pty.openpty()
    os.write(controller, typed.encode())
    destroyed = subprocess.run(
        [REPOSITORY / "scripts/deployment", "destroy", "prod"],
        env={name: value for name, value in project.environment().items() if name != "CI"} | settings,
        stdin=terminal,
        capture_output=True,
        text=True,
        timeout=100,
    )
    os.close(controller)
    os.close(terminal)
    assert ("Type its name" in destroyed.stderr) == is_asked
    assert ("Nothing was removed." in destroyed.stderr) == (typed == "yes\n")
    # There is no bucket here, at which what goes on ends.
    assert ("NoSuchBucket" in destroyed.stderr or "bucket" in destroyed.stderr) == (typed != "yes\n")
