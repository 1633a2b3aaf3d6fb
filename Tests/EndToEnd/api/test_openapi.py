"""`openapi.yaml` and the service say the same."""

import http
import re
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema
import pytest
import yaml
from nginx_site import InstalledNginx
from openapi_spec_validator import validate
from responder import REPOSITORY, Responder

FILE = REPOSITORY / "openapi.yaml"
PATHS: dict[str, dict] = yaml.safe_load(FILE.read_text())["paths"]
METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")

# RFC 9110's, where Python 3.11 has older ones.
PHRASES = {413: "Content Too Large", 414: "URI Too Long"}

# What the whole site of deploy/nginx sets, so that what nginx itself refuses is refused as the file says.
OWN_ERRORS = "error_page 400 404 405 414 494 501 505 /headcount-problem;"


@pytest.fixture
def nginx(directory: Path) -> Iterator[InstalledNginx]:
    """The files of deploy/nginx as they are, but for the limits."""
    server = InstalledNginx(directory)
    server.edit("conf.d/headcount.conf", "rate=10r/s", "rate=100000r/s")
    server.edit("conf.d/headcount.conf", "rate=1r/s", "rate=100000r/s")
    server.edit("snippets/headcount-location.conf", "burst=20", "burst=100000")
    server.edit("snippets/headcount-location.conf", "burst=10 ", "burst=100000 ")
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("settings", "arguments", "cases"),
    [
        ({"HEADCOUNT_STATS": "public"}, [], 1000),
        ({"HEADCOUNT_STATS_PASSWORD": "s3cret"}, ["--auth=owner:s3cret", "--include-path=/stats"], 300),
    ],
    ids=["public", "private"],
)
def test_schemathesis_finds_nothing(
    nginx: InstalledNginx,
    start_responder: Callable[..., Responder],
    directory: Path,
    record_property: Callable[[str, object], None],
    settings: dict[str, str],
    arguments: list[str],
    cases: int,
) -> None:
    """Every check, on data that the file allows and on data that it does not."""
    responder = start_responder(**settings)
    nginx.start(OWN_ERRORS)
    configuration = directory / "schemathesis.toml"
    # A field that the file does not know is ignored, as it says; schemathesis takes that for a fault.
    configuration.write_text("[generation]\nallow-extra-parameters = false\n")
    # The file leaves open whether a password is asked for; a given service asks for it always or never.
    described = directory / "openapi.yaml"
    described.write_text(FILE.read_text().replace("        - {}\n" if arguments else "        - owner: []\n", ""))
    run = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            f"--config-file={configuration}",
            "run",
            described,
            f"--url={nginx.url}",
            "--checks=all",
            "--phases=examples,coverage,fuzzing",
            "--mode=all",
            "--max-examples=150",
            "--seed=20261124",
            "--workers=4",
            "--continue-on-failure",
            "--no-color",
            *arguments,
        ],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    summary = run.stdout[run.stdout.index(" SUMMARY ") :]
    assert "No issues found" in summary, run.stdout
    passed = re.search(r"(\d+) generated, \d+ passed", summary)
    assert passed and int(passed[1]) > cases, summary
    record_property("figure", f"schemathesis ({', '.join(settings)}): {passed[0]}, no issues found")
    assert responder.log.count("\n") <= 3, responder.log


def test_the_served_file_names_the_paths_of_the_service(start_site) -> None:
    site = start_site(HEADCOUNT_COUNT_PATH="/ResumeSiteCounter", HEADCOUNT_BASE_PATH="/hc")
    served = yaml.safe_load(site.request("/hc/openapi.yaml").body)
    validate(served)
    assert urllib.parse.urljoin("http://x/hc/openapi.yaml", served["servers"][0]["url"]) == "http://x/hc/"
    assert set(served["paths"]) == {"/ResumeSiteCounter"} | set(PATHS) - {"/count"}
    for path in served["paths"]:
        assert site.request(f"/hc{path}", "HEAD").status != 404 or path == "/stats"


def described_responses() -> dict[str, dict]:
    """Each response that the file writes out, by where it stands."""
    document = yaml.safe_load(FILE.read_text())
    found = dict(document["components"]["responses"])
    for path, operations in PATHS.items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                if "$ref" not in response:
                    found[f"{method} {path} {status}"] = response
    return found


@pytest.mark.parametrize(("where", "response"), described_responses().items())
def test_a_response_has_its_headers_and_examples_that_are_true(where: str, response: dict) -> None:
    document = yaml.safe_load(FILE.read_text())
    readme = (REPOSITORY / "README.md").read_text()
    assert {"Cache-Control", "X-Content-Type-Options", "Access-Control-Allow-Origin", "Vary"} <= set(
        response["headers"]
    )
    assert bool(response.get("content")) == (not where.endswith(" 204"))
    for kind, content in response.get("content", {}).items():
        examples = [content["example"]] if "example" in content else [e["value"] for e in content["examples"].values()]
        assert examples
        for example in examples:
            jsonschema.validate(example, {**content["schema"], "components": document["components"]})
            if kind == "application/problem+json":
                assert example["title"] == PHRASES.get(example["status"], http.HTTPStatus(example["status"]).phrase)
                assert not where[-3:].isdigit() or example["status"] == int(where[-3:])
                assert example["detail"].replace("GET, HEAD, OPTIONS", "GET, HEAD, POST, OPTIONS") in readme


def test_the_picture_of_the_file_is_the_services(site) -> None:
    site.set_numbers(1234, 1)
    picture = yaml.safe_load(FILE.read_text())["components"]["responses"]["Picture"]["content"]["image/svg+xml"]
    assert site.request("/badge.svg").body.decode() == picture["example"]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_of_the_file_has_the_methods_of_the_service(start_responder, path: str) -> None:
    answer = start_responder(HEADCOUNT_STATS="public").ask(path, "BREW")
    assert answer.status == 405
    assert set(answer.headers["Allow"].lower().split(", ")) == set(PATHS[path]) & set(METHODS)


def test_nginx_lets_the_paths_of_the_file_through_and_no_other() -> None:
    snippet = (REPOSITORY / "deploy/nginx/snippets/headcount.conf").read_text()
    locations = re.findall(
        r"^location = (\S+) +\{ include snippets/headcount-location.conf; \}$", snippet, re.MULTILINE
    )
    assert sorted(locations) == sorted(PATHS)
