"""`openapi.yaml` describes what the service does."""

import http
import re
import subprocess
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml
from cgi_front import CGIFront
from nginx_site import InstalledNginx
from openapi_spec_validator import validate
from responder import REPOSITORY, Responder
from sites import LambdaSite

FILE = REPOSITORY / "openapi.yaml"
PATHS: dict[str, dict] = yaml.safe_load(FILE.read_text())["paths"]
METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")

# Reason phrases of RFC 9110; Python 3.11 still has older ones.
PHRASES = {413: "Content Too Large", 414: "URI Too Long"}

# As in deploy/nginx/sites-available/headcount.conf: nginx's own errors get the documented form.
ERROR_PAGE = "error_page 400 404 405 414 494 501 505 /headcount-problem;"


@pytest.fixture
def nginx(nginx: InstalledNginx) -> InstalledNginx:
    """The shared one, but with the rate limits raised."""
    for rate in ("rate=10r/s", "rate=20r/s", "rate=1r/s"):
        nginx.edit("conf.d/headcount.conf", rate, "rate=100000r/s")
    for burst in ("burst=20 ", "burst=200 ", "burst=10 "):
        nginx.edit("snippets/headcount-location.conf", burst, "burst=100000 ")
    return nginx


PUBLIC = {"HEADCOUNT_STATS": "public"}
PRIVATE = {"HEADCOUNT_STATS_PASSWORD": "s3cret"}


def schemathesis(url: str, directory: Path, settings: dict[str, str], examples: int, cases: int = 300) -> str:
    """Runs every check, with valid and with invalid data, in more than `cases` cases.

    Returns how many cases passed, in words.
    """
    configuration = directory / "schemathesis.toml"
    # The service ignores unknown query fields, as documented; schemathesis would report that.
    configuration.write_text("[generation]\nallow-extra-parameters = false\n")
    # The file allows requests with and without a password; any one service either always asks for one or never does.
    described = directory / "openapi.yaml"
    is_private = "HEADCOUNT_STATS_PASSWORD" in settings
    unused = r"        - \{\}\n" if is_private else r"        - (?:owner|session): \[\]\n"
    described.write_text(re.sub(unused, "", FILE.read_text()))
    only_private = ["--auth=owner:s3cret", r"--include-path-regex=^/headcount/(stats|.*\.csv)?$"]
    run = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            f"--config-file={configuration}",
            "run",
            described,
            f"--url={url}",
            "--checks=all",
            "--phases=examples,coverage,fuzzing",
            "--mode=all",
            f"--max-examples={examples}",
            "--seed=20261124",
            "--workers=4",
            "--continue-on-failure",
            "--no-color",
            *(only_private if is_private else []),
        ],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    summary = run.stdout[run.stdout.index(" SUMMARY ") :]
    assert "No issues found" in summary, run.stdout
    passed = re.search(r"(\d+) generated, \d+ passed", summary)
    assert passed and int(passed[1]) > cases, summary
    return passed[0]


@pytest.mark.parametrize(("settings", "cases"), [(PUBLIC, 1000), (PRIVATE, 300)], ids=["public", "private"])
def test_schemathesis_finds_no_mismatch_behind_nginx(
    nginx: InstalledNginx,
    start_responder: Callable[..., Responder],
    directory: Path,
    record_property: Callable[[str, object], None],
    settings: dict[str, str],
    cases: int,
) -> None:
    responder = start_responder(**settings)
    nginx.start(ERROR_PAGE)
    passed = schemathesis(nginx.url, directory, settings, 150, cases)
    record_property("figure", f"schemathesis behind nginx ({', '.join(settings)}): {passed}")
    assert responder.log.count("\n") <= 3, responder.log


def test_schemathesis_finds_no_mismatch_in_cgi(directory: Path, record_property: Callable[[str, object], None]) -> None:
    with CGIFront(HEADCOUNT_DATABASE=directory / "headcount.db", **PUBLIC) as front:
        passed = schemathesis(front.endpoint, directory, PUBLIC, 10)
    record_property("figure", f"schemathesis in CGI: {passed}")


def test_schemathesis_finds_no_mismatch_in_lambda(
    start_lambda_site: Callable[..., LambdaSite], directory: Path, record_property: Callable[[str, object], None]
) -> None:
    site = start_lambda_site(**PUBLIC)
    passed = schemathesis(site.front.endpoint, directory, PUBLIC, 10)
    record_property("figure", f"schemathesis in Lambda: {passed}")


def test_the_served_file_has_the_paths_relative_to_its_own(start_site) -> None:
    site = start_site(HEADCOUNT_BASE_PATH="/hc", HEADCOUNT_STATS="public")
    address = "http://x/hc/headcount/openapi.yaml"
    served = yaml.safe_load(site.request(urllib.parse.urlsplit(address).path).body)
    validate(served)
    base = urllib.parse.urlsplit(urllib.parse.urljoin(address, served["servers"][0]["url"])).path.rstrip("/")
    for path in served["paths"]:
        assert site.request(base + path, "HEAD").status == 200


def described_responses() -> dict[str, dict]:
    """Each response that the file defines, by its place in the file."""
    document = yaml.safe_load(FILE.read_text())
    found = dict(document["components"]["responses"])
    for path, operations in PATHS.items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                if "$ref" not in response:
                    found[f"{method} {path} {status}"] = response
    return found


@pytest.mark.parametrize(("where", "response"), described_responses().items())
def test_every_response_has_its_headers_and_valid_examples(where: str, response: dict) -> None:
    document = yaml.safe_load(FILE.read_text())
    errors = (REPOSITORY / "docs/api.md").read_text() + (REPOSITORY / "deploy/nginx/conf.d/headcount.conf").read_text()
    assert {"Cache-Control", "X-Content-Type-Options", "Access-Control-Allow-Origin", "Vary"} <= set(
        response["headers"]
    )
    assert bool(response.get("content")) == (not where.endswith((" 204", " 304")))
    for kind, content in response.get("content", {}).items():
        examples = [content["example"]] if "example" in content else [e["value"] for e in content["examples"].values()]
        assert examples
        for example in examples:
            jsonschema.validate(example, {**content["schema"], "components": document["components"]})
            if kind == "application/problem+json":
                assert example["title"] == PHRASES.get(example["status"], http.HTTPStatus(example["status"]).phrase)
                assert not where[-3:].isdigit() or example["status"] == int(where[-3:])
                assert example["detail"].replace("GET, HEAD, OPTIONS", "GET, HEAD, POST, OPTIONS") in errors


def test_the_example_picture_is_the_one_that_the_service_draws(site) -> None:
    site.set_numbers(1234, 1)
    picture = yaml.safe_load(FILE.read_text())["components"]["responses"]["Picture"]["content"]["image/svg+xml"]
    assert site.request("/headcount/badge.svg").body.decode() == picture["example"]


def test_every_path_has_the_methods_that_the_service_allows(start_responder) -> None:
    responder = start_responder(HEADCOUNT_STATS="public")
    for path, described in PATHS.items():
        answer = responder.ask(path, "BREW")
        assert answer.status == 405
        assert set(answer.headers["Allow"].lower().split(", ")) == set(described) & set(METHODS), path


def test_nginx_passes_exactly_the_documented_paths() -> None:
    snippet = (REPOSITORY / "deploy/nginx/snippets/headcount.conf").read_text()
    locations = re.findall(
        r"^location (\S+) (\S+) +\{ include snippets/headcount-location.conf; \}$", snippet, re.MULTILINE
    )
    exact = {path for kind, path in locations if kind == "="}
    assert set(locations) == {("=", path) for path in exact} | {("^~", "/headcount/")}
    assert exact == {path for path in PATHS if not path.startswith("/headcount/")}
