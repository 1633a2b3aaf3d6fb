"""`headcount check`: each finding with its remedy, and a status of its own."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import records
from clock import Clock
from command import BINARY, Command
from dynamodb import Table
from responder import environment


@pytest.fixture
def command(start_responder) -> Command:
    responder = start_responder()
    for number in range(5):
        responder.ask(f"/count?page=/{number}", REMOTE_ADDR=f"192.0.2.{number}")
    return Command.of(responder.database)


def findings(command: Command) -> tuple[int, list[str]]:
    """The status, and what it finds but for the clock of this machine, which may not be kept right."""
    ended = command.run("check", "--quiet")
    assert ended.stderr == ""
    return ended.returncode, [line for line in ended.stdout.splitlines() if "nothing keeps it right" not in line]


def test_nothing_is_wrong_while_the_service_runs(command: Command) -> None:
    said = command.ok("check")
    assert "ok: the database is whole: 5 visits, 5 unique" in said
    assert "PROBLEM" not in said
    assert findings(command) == (0, [])


def test_it_tells_what_the_service_would_do_and_no_secret(command: Command) -> None:
    command.settings = command.settings | {
        "HEADCOUNT_STATS_PASSWORD": "open sesame",
        "HEADCOUNT_IGNORE": "192.0.2.0/24, 2001:db8::1",
        "HEADCOUNT_ALLOWED_ORIGINS": "https://example.com,https://*.example.org:8443",
        "HEADCOUNT_LISTEN": "[::1]:9000",
        "HEADCOUNT_BASE_PATH": "/hc",
    }
    said = command.ok("check")
    assert "sesame" not in said and "HEADCOUNT_STATS_PASSWORD=***" in said
    assert "HEADCOUNT_IGNORE=192.0.2.0/24,2001:db8::1\n" in said
    assert "counts at /hc/count, for pages of https://example.com,https://*.example.org:8443" in said
    assert "leaves out crawlers and 192.0.2.0/24, 2001:db8::1" in said
    assert "else on [::1]:9000" in said
    assert "statistics to whoever has the password" in said


def test_a_password_that_everybody_may_read_is_told(command: Command, directory: Path) -> None:
    file = directory / "headcount.env"
    file.write_text("HEADCOUNT_STATS_PASSWORD=open sesame\n")
    command.settings = command.settings | {"HEADCOUNT_CONFIG": file}
    file.chmod(0o644)
    assert findings(command) == (0, [f"warning: everybody here may read the password in {file}; run: chmod o-r {file}"])
    file.chmod(0o640)
    assert findings(command) == (0, [])


def test_it_shows_settings_as_they_could_be_set_again(command: Command) -> None:
    shown = dict(re.findall(r"^  (HEADCOUNT_\w+)=(.*)$", command.ok("check"), re.MULTILINE))
    again = Command(command.settings | shown).ok("check")
    assert dict(re.findall(r"^  (HEADCOUNT_\w+)=(.*)$", again, re.MULTILINE)) == shown


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "UPDATE counter SET count = 3 WHERE page = ''",
            "the days of the site add up to 5 visits, 5 unique; its total is 3",
        ),
        ("DELETE FROM counter WHERE page = '/1'", "the days of /1 add up to 1 visits, 1 unique; its total is 0"),
    ],
)
def test_numbers_that_can_not_be_are_found(command: Command, sql: str, said: str) -> None:
    records.change(command.settings["HEADCOUNT_DATABASE"], sql)
    status, [line] = findings(command)
    assert status == 65
    assert line.startswith("PROBLEM: the database is damaged: ") and said in line and "restore a backup" in line


def test_a_damaged_file_is_found(command: Command) -> None:
    database: Path = command.settings["HEADCOUNT_DATABASE"]
    copy = database.with_name("copy.db")
    command.ok("backup", copy)
    content = bytearray(copy.read_bytes())
    content[8192:12288] = b"\xa5" * 4096
    copy.write_bytes(content)
    status, [line] = findings(Command.of(copy))
    assert status == 65 and "damaged" in line and "restore a backup" in line


def test_a_file_that_others_may_read_is_told(command: Command) -> None:
    database: Path = command.settings["HEADCOUNT_DATABASE"]
    database.chmod(0o644)
    status, [line] = findings(command)
    assert status == 0
    assert line.startswith("warning: ") and f"chmod 600 {database}" in line


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
OWNER = 12345


@as_root
def test_files_of_several_owners_are_told(command: Command) -> None:
    database: Path = command.settings["HEADCOUNT_DATABASE"]
    os.chown(database, 12345, 12345)
    status, lines = findings(command)
    assert status == 77
    assert any(f"chown --reference={database} {database}-wal" in line for line in lines)
    assert any(f"the owner of {database} may not write in {database.parent}" in line for line in lines)


@as_root
@pytest.mark.parametrize(
    ("spoil", "remedy"),
    [
        (lambda database: os.chown(database, 0, 0), "chown --reference={parent} {database}"),
        (lambda database: database.chmod(0o400), "chmod u+rw {database}"),
        (lambda database: database.parent.chmod(0o555), "chmod u+rwx {parent}"),
    ],
    ids=["a file that root has put back", "a file that is not writable", "a directory that is not writable"],
)
def test_permissions_that_stop_the_service_are_told_to_root(
    make_responder, directory: Path, spoil: Callable[[Path], None], remedy: str
) -> None:
    home = directory / "lib"
    home.mkdir(0o700)
    responder = make_responder(HEADCOUNT_DATABASE=home / "headcount.db").start()
    assert responder.stop() == 0
    for path in (home, responder.database):
        os.chown(path, OWNER, OWNER)
    command = Command.of(responder.database)
    assert findings(command) == (0, [])
    spoil(responder.database)
    status, [line] = findings(command)
    assert status == 77
    assert line.startswith("PROBLEM: ")
    assert line.endswith(f"; run: {remedy.format(parent=home, database=responder.database)}")


@as_root
def test_a_place_of_roots_is_told(command: Command, directory: Path) -> None:
    directory.chmod(0o755)
    status, [line] = findings(command)
    assert status == 0
    assert line.startswith("warning: only root may write") and "has to run as root" in line and "chown USER: " in line


@as_root
@pytest.mark.parametrize("verb", ["check", "stats", "export", "set --count 5 --yes"])
@pytest.mark.parametrize("hidden", ["headcount.db", "headcount.env", "."])
def test_somebody_who_may_not_is_sent_to_sudo(command: Command, directory: Path, hidden: str, verb: str) -> None:
    directory.chmod(0o755)
    (directory / "headcount.db").chmod(0o666)
    (directory / "headcount.env").touch(0o666)
    command.settings = command.settings | {"HEADCOUNT_CONFIG": directory / "headcount.env"}
    (directory / hidden).chmod(0o700 if hidden == "." else 0o600)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    # By its descriptor, since the way to the program may be closed to others.
    with BINARY.open("rb") as program:
        ended = subprocess.run(
            [*nobody, f"/proc/self/fd/{program.fileno()}", *verb.split()],
            env=environment(**command.settings),
            pass_fds=[program.fileno()],
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert ended.returncode == 77, ended
    said = ended.stdout + ended.stderr
    assert "you may not " in said and "run the command as root (sudo)" in said


def make_earlier(database: Path) -> None:
    """Without the newest migration, as the version before has it."""
    records.change(database, "DROP TABLE answer")
    records.change(database, "DELETE FROM grdb_migrations WHERE identifier LIKE '3 %'")


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


@pytest.mark.parametrize("state", ["closed", "killed", "earlier", "backup"])
def test_it_changes_nothing(start_responder, directory: Path, state: str) -> None:
    home = directory / "lib"
    home.mkdir()
    responder = start_responder(HEADCOUNT_DATABASE=home / "headcount.db")
    responder.ask("/count")
    command = Command.of(responder.database)
    if state == "killed":
        responder.kill()
    else:
        responder.stop()
    if state == "earlier":
        make_earlier(responder.database)
    if state == "backup":
        command.ok("backup", home / "backup.db")
        command = Command.of(home / "backup.db")
    before = files(home)
    said = command.ok("check")
    assert "the database is whole: 1 visits, 1 unique" in said
    assert ("ok: the database is of an earlier version" in said) == (state == "earlier")
    after = files(home)
    assert after.keys() == before.keys()
    # The shared memory is no part of what is kept: each process that comes first makes it anew.
    assert all(after[name] == before[name] for name in before if not name.endswith("-shm"))


@pytest.mark.parametrize("verb", ["stats", "export", "pages", "backup copy.db"])
def test_whoever_only_reads_leaves_an_earlier_version(
    start_responder, directory: Path, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(directory)
    responder = start_responder()
    responder.ask("/count")
    responder.stop()
    make_earlier(responder.database)
    before = responder.database.read_bytes()
    Command.of(responder.database).ok(*verb.split())
    assert responder.database.read_bytes() == before


def test_a_clock_that_is_wrong_is_told(command: Command, clock: Clock) -> None:
    clock.set("1999-12-31 23:00:00")
    status, lines = findings(Command(command.settings | clock.settings))
    assert status == 71
    assert any("the clock says 1999-12-31T23:00:0" in line and "set it" in line for line in lines)


def test_a_database_that_is_missing_is_told(directory: Path) -> None:
    status, [line] = findings(Command.of(directory / "none.db"))
    assert status == 66 and "there is no database" in line
    assert not list(directory.iterdir())


def test_a_table_is_asked(table: Table) -> None:
    assert "ok: the table answers: 0 visits, 0 unique" in Command.of(table).ok("check")
    status, [line] = findings(Command.of(table, HEADCOUNT_DYNAMODB_TABLE="not-there"))
    assert status == 69 and "check HEADCOUNT_DYNAMODB_TABLE" in line
    status, [line] = findings(Command.of(table, AWS_REGION=""))
    assert status == 78 and "AWS_REGION" in line


def test_all_settings_may_stand_in_the_file(table: Table, directory: Path) -> None:
    """Those of AWS, too: under `sudo` the environment has none of them."""
    file = directory / "headcount.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in table.settings.items()))
    assert "AWS_SECRET_ACCESS_KEY=" in file.read_text()
    command = Command({"HEADCOUNT_CONFIG": file})
    command.ok("set", "--count", "5", "--yes")
    assert "the table answers: 5 visits" in command.ok("check")


def test_settings_that_are_wrong_are_all_told() -> None:
    ended = Command({"HEADCOUNT_STORE": "paper", "HEADCOUNT_MAX_PAGES": "many"}).run("check")
    assert ended.returncode == 78
    assert len(ended.stderr.splitlines()) == 2
