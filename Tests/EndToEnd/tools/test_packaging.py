"""The installation: every setting is documented, and `make install` puts every file in its place."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import responder as program
from responder import REPOSITORY, Responder

SETTINGS_FILE = REPOSITORY / "deploy/headcount.env"
PREFIX = "/opt/headcount"


def test_the_settings_file_shows_the_real_defaults(start_responder: Callable[..., Responder], directory: Path) -> None:
    """With every setting uncommented, the program starts and answers as before."""
    shown = re.sub(r"^#(?=HEADCOUNT_)", "", SETTINGS_FILE.read_text(), flags=re.MULTILINE)
    file = directory / "headcount.env"
    file.write_text(shown)
    responder = start_responder(HEADCOUNT_CONFIG=file)
    assert responder.ask("/headcount?page=/x", HTTP_ORIGIN="https://blog.example").json["page"]["count"] == 1
    assert responder.ask("/headcount/stats").status == 404


def make_install(root: Path) -> None:
    command = f"make install DESTDIR={root} PREFIX={PREFIX}"
    subprocess.run(command.split(), cwd=REPOSITORY, check=True)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("install")
    make_install(root)
    return root


def test_only_the_name_headcount_runs_the_command(installed: Path, directory: Path) -> None:
    """A CGI script must not read commands from its arguments: any client can set them (RFC 3875 §4.4)."""
    programs = installed / "opt/headcount/bin"
    (directory / "headcount.cgi").symlink_to(programs / "headcount")
    visit = {"GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "PATH_INFO": "/headcount"}

    def output_of(path: Path, *arguments: str, **variables: str) -> str:
        settings = program.environment(HEADCOUNT_DATABASE=directory / "headcount.db", **variables)
        result = subprocess.run([path, *arguments], env=settings, capture_output=True, text=True, timeout=60)
        return result.stdout + result.stderr

    for number, path in enumerate((programs / "headcount", programs / "headcount-fcgi", directory / "headcount.cgi")):
        assert output_of(path, "export", **visit).endswith(f'{{"count":{number + 1},"unique":1}}')
    assert output_of(programs / "headcount-fcgi", "export").startswith("headcount-fcgi: HEADCOUNT_LISTEN=")
    assert '"page":null,"count":3,"unique":1' in output_of(programs / "headcount", "export")


def test_every_path_in_an_installed_unit_exists(installed: Path) -> None:
    units = [path for path in (installed / "opt/headcount/lib/systemd/system").iterdir() if path.is_file()]
    assert len(units) == 8
    commands = {
        re.search(r"^ExecStart=(\S+)$", unit.read_text(), re.MULTILINE)[1] for unit in units if "service" in unit.name
    }
    assert commands == {f"{PREFIX}/bin/headcount-fcgi", f"{PREFIX}/lib/headcount/nightly-backup"}
    for command in commands:
        assert os.access(installed / command.lstrip("/"), os.X_OK)
    for unit in units:
        if unit.suffix == ".service":
            assert (unit.with_name(f"{unit.name}.d") / "10-sandbox.conf").exists()
    hint = re.search(r"\S+/dynamodb\.conf", (installed / "etc/headcount/headcount.env").read_text())[0]
    assert (installed / hint.lstrip("/")).exists()


def test_systemd_accepts_every_line_of_the_units(installed: Path) -> None:
    folder = installed / "opt/headcount/lib/systemd/system"
    units = [str(path) for path in folder.iterdir() if path.is_file() and "@" not in path.name]
    # Without Documentation=: the manual pages are not installed on this machine.
    for unit in folder.iterdir():
        if unit.is_file():
            text = re.sub(r"^Documentation=.*\n", "", unit.read_text(), flags=re.MULTILINE)
            unit.write_text(text.replace(f"={PREFIX}/", f"={installed}{PREFIX}/"))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=one", *units],
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{folder}:"},
        capture_output=True,
        text=True,
    )
    ours = [line for line in verified.stderr.splitlines() if "headcount" in line]
    assert (verified.returncode, ours) == (0, [])


def test_existing_settings_are_kept(installed: Path) -> None:
    settings = installed / "etc/headcount/headcount.env"
    assert settings.stat().st_mode & 0o777 == 0o600
    settings.write_text("HEADCOUNT_MAX_PAGES=7\n")
    make_install(installed)
    assert settings.read_text() == "HEADCOUNT_MAX_PAGES=7\n"
