#!/usr/bin/env python3
"""Prints what is in the programs of a release, as CycloneDX: run it where `make lambda deb` has built them.

    scripts/sbom.py PACKAGE.deb

It lists the Swift packages that were resolved for the build (some are needed only to build, or by other platforms),
Swift's own libraries, and Debian's. From Swift 6.4 on, `swift package generate-sbom` can list the first (SE-0509).
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent
# What a static program takes from Debian: the C library, its unwinder, and the C++ library of Swift's runtime.
STATIC_LIBRARIES = ("libc.a", "libgcc_eh.a", "libstdc++.a")


def output(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def component(name: str, version: str, purl: str, linked: str, **others: Any) -> dict[str, Any]:
    fields = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    return fields | others | {"properties": [{"name": "headcount:linked", "value": linked}]}


def swift_packages() -> Iterator[dict[str, Any]]:
    for pin in json.loads((REPOSITORY / "Package.resolved").read_text())["pins"]:
        repository, state = pin["location"].removesuffix(".git"), pin["state"]
        purl = f"pkg:swift/{repository.removeprefix('https://')}@{state['version']}"
        commit = {"uid": state["revision"], "url": f"{repository}/commit/{state['revision']}"}
        yield component(pin["identity"], state["version"], purl, "statically", pedigree={"commits": [commit]})


def swift_itself() -> dict[str, Any]:
    version = re.search(r"Swift version (\S+)", output("swift", "--version"))[1]
    return component("swift", version, f"pkg:swift/github.com/swiftlang/swift@{version}", "statically")


def debian_packages(package: str) -> Iterator[dict[str, Any]]:
    """The package's dependencies, in the versions that it was built with, and those of the static function."""
    depends = output("dpkg-deb", "--field", package, "Depends")
    for name in re.findall(r"(?:^|, )([^ ,:]+)", depends):
        yield debian_package(name, "dynamically, in the Debian package")
    for name in sorted({output("dpkg-query", "--search", f"*/{each}").split(":")[0] for each in STATIC_LIBRARIES}):
        yield debian_package(name, "statically, in the function for AWS Lambda")


def debian_package(name: str, linked: str) -> dict[str, Any]:
    shown = output("dpkg-query", "--show", "--showformat=${Version} ${Architecture}\n", name).splitlines()[0]
    version, architecture = shown.split()
    purl = f"pkg:deb/debian/{name}@{version.replace('+', '%2B').replace(':', '%3A')}?arch={architecture}"
    return component(name, version, purl, linked)


def main() -> None:
    package = sys.argv[1]
    version = output("dpkg-deb", "--field", package, "Version")
    headcount = {"type": "application", "bom-ref": "headcount", "name": "headcount", "version": version}
    licences = [{"license": {"id": "Apache-2.0"}}]
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": headcount | {"licenses": licences}},
        "components": [*swift_packages(), swift_itself(), *debian_packages(package)],
    }
    json.dump(document, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
