"""`headcount check`: each finding comes with its remedy and sets the exit status."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import records
from command import BINARY, Command
from dynamodb import Table
from responder import environment


def findings(command: Command) -> tuple[int, list[str]]:
    result = command.run("check", "--quiet")
    assert result.stderr == ""
    return result.returncode, result.stdout.splitlines()


def test_a_running_service_has_no_findings(command: Command) -> None:
    output = command.ok("check")
    assert "ok: the database is intact: 5 visits, 5 unique" in output
    assert re.search(r"^ok: [\d,]+ MiB are free in ", output, re.MULTILINE)
    assert findings(command) == (0, [])


def test_it_shows_settings_as_they_could_be_set_and_hides_secrets(command: Command) -> None:
    command.settings = command.settings | {
        "HEADCOUNT_STATS_PASSWORD": "open sesame",
        "HEADCOUNT_IGNORE": "192.0.2.0/24, 2001:db8::1",
        "HEADCOUNT_LISTEN": "[::1]:9000",
    }
    output = command.ok("check")
    assert "sesame" not in output and "HEADCOUNT_STATS_PASSWORD=***" in output
    assert "HEADCOUNT_IGNORE=192.0.2.0/24,2001:db8::1\n" in output
    shown = dict(re.findall(r"^  (HEADCOUNT_\w+)=(.*)$", output, re.MULTILINE))
    again = Command(command.settings | shown).ok("check")
    assert dict(re.findall(r"^  (HEADCOUNT_\w+)=(.*)$", again, re.MULTILINE)) == shown


def test_it_warns_of_files_that_others_may_read(command: Command, directory: Path) -> None:
    file = directory / "headcount.env"
    file.write_text("HEADCOUNT_STATS_PASSWORD=open sesame\n")
    command.settings = command.settings | {"HEADCOUNT_CONFIG": file}
    database: Path = command.settings["HEADCOUNT_DATABASE"]
    for path, mode in ((file, 0o640), (database, 0o640)):
        path.chmod(mode)
    assert findings(command) == (0, [])
    for path, mode in ((file, 0o644), (database, 0o644)):
        path.chmod(mode)
    assert findings(command) == (
        0,
        [
            f"warning: others may read the password in {file}; run: chmod o-r {file}",
            f"warning: others may read the day's salt in {database}; run: chmod 600 {database}",
        ],
    )


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE counter SET count = 3 WHERE page = ''", "the days of the site add up to 5 visits, 5 unique"),
        ("UPDATE counter SET count = 9223372036854775807", "the site has 9223372036854775807 visits"),
    ],
)
def test_impossible_numbers_are_found(command: Command, sql: str, expected: str) -> None:
    records.change(command.settings["HEADCOUNT_DATABASE"], sql)
    status, lines = findings(command)
    assert status == 65
    assert lines[0].startswith("PROBLEM: the database is damaged: ") and "restore a backup" in lines[0]
    assert any(expected in line for line in lines)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run the command as another user")
@pytest.mark.parametrize(
    ("hidden", "verb"),
    [("headcount.db", "set --count 5 --yes"), ("headcount.env", "stats"), (".", "check --quiet"), (".", "stats")],
)
def test_a_user_without_permission_is_advised_to_use_sudo(
    command: Command, directory: Path, hidden: str, verb: str
) -> None:
    directory.chmod(0o755)
    (directory / "headcount.db").chmod(0o666)
    (directory / "headcount.env").touch(0o666)
    command.settings = command.settings | {"HEADCOUNT_CONFIG": directory / "headcount.env"}
    (directory / hidden).chmod(0o700 if hidden == "." else 0o600)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    # Run by its file descriptor, because another user may not be able to reach its path.
    with BINARY.open("rb") as program:
        result = subprocess.run(
            [*nobody, "bash", "-c", 'exec -a headcount "$0" "$@"', f"/proc/self/fd/{program.fileno()}", *verb.split()],
            env=environment(**command.settings),
            pass_fds=[program.fileno()],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert result.returncode == 77, result
    line = (result.stdout + result.stderr).splitlines()[-1]
    assert "you may not " in line and "run the command as root (sudo)" in line


@pytest.mark.parametrize("small_disk", ["200m"], indirect=True)
@pytest.mark.parametrize(
    ("part", "verb"),
    [("file system", "check --quiet"), ("file system", "set --count 5 --yes"), ("directory", "stats")],
)
def test_a_read_only_file_system_is_found(
    command: Command, small_disk: Path, directory: Path, part: str, verb: str
) -> None:
    """The service can't start there, even if the file itself is on another one, as a volume of a container is."""
    database = small_disk / "headcount.db"
    command.ok("backup", database)
    if part == "directory":
        command.ok("backup", directory / "volume.db")
        subprocess.run(["mount", "--bind", directory / "volume.db", database], check=True)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    result = Command.of(database).run(*verb.split())
    assert result.returncode == 73
    [line] = (result.stdout + result.stderr).splitlines()
    assert f"HEADCOUNT_DATABASE={database}: it is on a read-only file system; remount it" in line


def test_a_missing_database_is_reported(directory: Path) -> None:
    status, lines = findings(Command.of(directory / "none.db"))
    assert status == 66 and "there is no database" in lines[-1]
    assert not list(directory.iterdir())


def test_a_table_is_checked(table: Table) -> None:
    assert "ok: the table answers: 0 visits, 0 unique" in Command.of(table).ok("check")
    status, [line] = findings(Command.of(table, HEADCOUNT_DYNAMODB_TABLE="not-there"))
    assert status == 69 and "check HEADCOUNT_DYNAMODB_TABLE" in line
    status, [line] = findings(Command.of(table, AWS_REGION=""))
    assert status == 78 and "AWS_REGION" in line


def test_all_settings_can_come_from_the_file(table: Table, directory: Path) -> None:
    """Including AWS's: `sudo` clears them from the environment."""
    file = directory / "headcount.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in table.settings.items()))
    assert "AWS_SECRET_ACCESS_KEY=" in file.read_text()
    command = Command({"HEADCOUNT_CONFIG": file})
    command.ok("set", "--count", "5", "--yes")
    assert "the table answers: 5 visits" in command.ok("check")
