"""What the workflow `release` does with its own scripts: checksums, a bill of materials and notes. `gh` is a fake."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from responder import REPOSITORY

CHANGELOG = """\
# Changelog

## [Unreleased]

- Later.

## [1.2.3] - 2026-12-01

### Added

- The dashboard, with `$(touch wrong)` and "quotes".

## [1.2.2] - 2026-11-30

- Earlier.
"""
FILES = [
    *("headcount_1.2.3_amd64.cdx.json", "headcount_1.2.3_amd64.deb", "lambda-x86_64.zip"),
    *("headcount_1.2.3_arm64.cdx.json", "headcount_1.2.3_arm64.deb", "lambda-arm64.zip"),
]
FAKE_GH = """#!/usr/bin/env python3
import json, pathlib, sys
(pathlib.Path(__file__).parent / "call").write_text(json.dumps(sys.argv[1:]))
"""


@pytest.fixture
def tree(directory: Path) -> Path:
    """A tree with the files of both architectures in dist."""
    shutil.copytree(REPOSITORY / "scripts", directory / "scripts")
    (directory / "CHANGELOG.md").write_text(CHANGELOG)
    (directory / "openapi.yaml").write_text("info:\n  version: 1.2.3\n")
    (directory / "dist").mkdir()
    for name in FILES:
        (directory / "dist" / name).write_text(name)
    (directory / "gh").write_text(FAKE_GH)
    (directory / "gh").chmod(0o755)
    return directory


def run(tree: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": f"{tree}:{os.environ['PATH']}"} | variables
    return subprocess.run([tree / "scripts" / script], env=environment, capture_output=True, text=True, timeout=60)


def test_every_file_is_published_with_its_checksum_and_the_notes_of_its_version(tree: Path) -> None:
    assert run(tree, "checksums").returncode == 0
    sums = (tree / "dist/SHA256SUMS").read_text()
    assert sorted(line.split("  ")[1] for line in sums.splitlines()) == sorted(FILES)
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=tree / "dist", check=True)

    assert run(tree, "publish-release", TAG="v1.2.3").returncode == 0
    call = json.loads((tree / "call").read_text())
    assert call[:4] == ["release", "create", "v1.2.3", "--verify-tag"]
    assert sorted(each for each in call if each.startswith("dist/")) == sorted(
        f"dist/{name}" for name in [*FILES, "SHA256SUMS"]
    )
    notes = call[call.index("--notes") + 1]
    assert notes.strip() == '### Added\n\n- The dashboard, with `$(touch wrong)` and "quotes".'


def test_a_version_that_the_api_or_the_changelog_lacks_is_not_published(tree: Path) -> None:
    run(tree, "checksums")
    refused = run(tree, "publish-release", TAG="v1.2.4")
    assert refused.returncode == 1 and "openapi.yaml states the version 1.2.3, not 1.2.4." in refused.stderr
    (tree / "openapi.yaml").write_text("info:\n  version: 1.2.4\n")
    refused = run(tree, "publish-release", TAG="v1.2.4")
    assert refused.returncode == 1 and "CHANGELOG.md has no section [1.2.4]." in refused.stderr
    assert not (tree / "call").exists()


@pytest.mark.parametrize("pattern", ["*.cdx.json", "*.deb", "*.zip"])
def test_a_release_without_one_kind_of_file_is_not_published(tree: Path, pattern: str) -> None:
    for file in (tree / "dist").glob(pattern):
        file.unlink()
    assert run(tree, "checksums").returncode != 0
    assert run(tree, "publish-release", TAG="v1.2.3").returncode != 0
    assert not (tree / "call").exists()


def test_the_bill_of_materials_is_valid_and_names_every_package(directory: Path) -> None:
    control = directory / "package/DEBIAN/control"
    control.parent.mkdir(parents=True)
    control.write_text(
        "Package: headcount\nVersion: 1.2.3\nArchitecture: all\nMaintainer: Headcount <headcount@example.com>\n"
        "Depends: libc6 (>= 2.36), libsqlite3-0 (>= 3.7.15)\nDescription: stand-in\n"
    )
    package = directory / "headcount.deb"
    subprocess.run(["dpkg-deb", "--build", control.parent.parent, package], check=True, stdout=subprocess.DEVNULL)
    text = subprocess.run(
        [REPOSITORY / "scripts/sbom.py", package], check=True, stdout=-1, text=True, timeout=60
    ).stdout
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None

    document = json.loads(text)
    assert document["metadata"]["component"]["version"] == "1.2.3"
    named = {each["name"]: each for each in document["components"]}
    resolved = json.loads((REPOSITORY / "Package.resolved").read_text())["pins"]
    for pin in resolved:
        component = named[pin["identity"]]
        assert component["version"] == pin["state"]["version"]
        assert component["pedigree"]["commits"][0]["uid"] == pin["state"]["revision"]
    assert named["swift-log"]["purl"].startswith("pkg:swift/github.com/apple/swift-log@1.")
    assert {"swift", "libc6", "libsqlite3-0", "libc6-dev"} <= named.keys()
