"""scripts/deployment on a developer's machine: an interrupted trial, a zip for the wrong CPU, and more."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from dynamodb import REGION, Moto
from responder import REPOSITORY
from terraform_project import BUCKET, Project, left_over, make_zip, succeed


@pytest.fixture
def bucket(strict_moto: Moto) -> None:
    strict_moto.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})


@pytest.mark.usefixtures("bucket")
def test_an_interrupted_trial_can_be_destroyed_despite_its_lock(
    project: Project, strict_moto: Moto, directory: Path
) -> None:
    trial = {"WORKSPACE": "run-7", "ZIP": str(make_zip(directory / "any.zip"))}
    succeed(project.make("deploy", "test", **trial))
    s3 = strict_moto.client("s3")
    lock = {"ID": "11111111-2222-3333-4444-555555555555", "Operation": "OperationTypeApply", "Version": "1.11.4"}
    s3.put_object(Bucket=BUCKET, Key="test/run-7/test/headcount.tfstate.tflock", Body=json.dumps(lock))
    held = project.make("plan", "test", **trial)
    assert held.returncode == 2 and "Error acquiring the state lock" in held.stderr
    for _ in range(2):  # the second time there is nothing left to destroy
        succeed(project.make("destroy", "test", WORKSPACE="run-7"))
        assert not any(left_over(strict_moto.client).values())
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        assert [key for key in keys if "run-7" in key] == []


@pytest.mark.usefixtures("bucket")
def test_deployments_share_one_copy_of_the_provider(project: Project, directory: Path) -> None:
    program = str(make_zip(directory / "any.zip"))
    names = ["run-1", "run-2"]
    with ThreadPoolExecutor() as pool:
        plans = list(pool.map(lambda name: project.make("plan", "test", WORKSPACE=name, ZIP=program), names))
    assert all("will be created" in plan.stdout for plan in plans), [plan.stderr for plan in plans]
    data = project.directory / ".terraform"
    copies = {path.resolve() for path in data.glob(f"{BUCKET}/*/providers/registry.terraform.io/hashicorp/aws/*/*")}
    assert len(list(data.glob(f"{BUCKET}/*"))) == 2 and len(copies) == 1
    assert copies.pop().is_relative_to(data / "plugin-cache")


@pytest.mark.usefixtures("bucket")
def test_a_zip_for_another_architecture_is_refused(project: Project, directory: Path) -> None:
    arm64 = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00"
    program = make_zip(directory / "any.zip", arm64)
    refused = project.make("plan", "test", ZIP=str(program))
    assert refused.returncode == 2
    assert "is for arm64 and architecture is x86_64" in " ".join(refused.stderr.split())


def test_destroying_production_requires_a_confirmation(project: Project) -> None:
    command = [REPOSITORY / "scripts/deployment", "destroy", "prod"]
    refused = subprocess.run(command, env=project.environment(), capture_output=True, text=True, timeout=60)
    assert refused.returncode == 64 and "add YES=1" in refused.stderr
