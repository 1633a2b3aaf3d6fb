"""Logs like those in public reports about log analysers are counted correctly, or refused with their first line shown.

Addresses and names in log_cases/ are replaced. LogFormatTests and LogPagesTests have every format and spelling.
"""

import lzma
import shlex
from pathlib import Path

import pytest
from access_log import Line, Logs

CASES = Path(__file__).with_name("log_cases")


@pytest.mark.parametrize(
    ("name", "options", "day", "site", "pages"),
    [
        ("proxy-first.log", ["--format", "$_ - $combined"], "2017-12-04", (4, 4), {"/p": (4, 4)}),
        ("ingress-nginx.log", ["--format", "ingress-nginx"], "2018-05-16", (1, 1), {"/en/resources": (1, 1)}),
        (
            "asset-endings.log",
            ["--ending", ".JS"],
            "2017-12-04",
            (3, 3),
            {"/tag/node.js": (1, 1), "/tag/node": (1, 1), "/blog/intro-to-node.js": (1, 1)},
        ),
        ("nginx-main.log", [], "2020-10-10", (3, 1), {"/about": (3, 1)}),
        ("nginx-main.log", ["--address", "forwarded"], "2020-10-10", (3, 3), {"/about": (3, 3)}),
        ("cloudfront.log", [], "2019-12-04", (2, 2), {"/tags/c%23": (1, 1), "/about": (1, 1)}),
    ],
)
def test_a_log_is_counted(logs: Logs, name: str, options: list[str], day: str, site: tuple, pages: dict) -> None:
    logs.command.ok("import-log", "--apply", *options, CASES / name)
    assert logs.numbers == {page: ((0, 0), {day: numbers}) for page, numbers in ({None: site} | pages).items()}


@pytest.mark.parametrize("name", ["proxy-first.log", "ingress-nginx.log"])
def test_a_log_in_an_unknown_format_is_refused_and_its_first_line_is_shown(logs: Logs, name: str) -> None:
    result = logs.command.run("import-log", "--apply", CASES / name)
    assert result.returncode == 65, result
    assert result.stderr.startswith(f"headcount: {CASES / name}: ")
    assert "--format" in result.stderr
    assert f"line 1: {(CASES / name).read_text()[:8]}" in result.stderr
    assert logs.numbers == {None: ((0, 0), {})}


def test_an_option_that_does_nothing_is_a_usage_error(logs: Logs) -> None:
    for option, value, expected in (
        ("--format", "apache", "--format must be combined, main, common"),
        ("--format", "%h %l %u %t", "--format is Apache's LogFormat; write $remote_addr for %h"),
        ("--ending", "tar.gz", "--ending tar.gz: files with this ending are not left out"),
        ("--ending", "*.js", "--ending *.js: files with this ending are not left out"),
    ):
        assert logs.command.fails(64, "import-log", option, value, CASES / "combined.log").startswith(expected)


def test_an_address_after_the_host_name_can_be_ignored(logs: Logs) -> None:
    logs.command.settings = logs.command.settings | {"HEADCOUNT_IGNORE": "192.0.2.79"}
    logs.command.ok("import-log", "--apply", CASES / "vhost.log")
    assert logs.numbers[None] == ((0, 0), {"2017-12-04": (3, 3)})


def test_the_report_says_when_visitors_may_not_be_told_apart(logs: Logs) -> None:
    def notes(*options: str | Path) -> str:
        return logs.command.ok("import-log", *options)

    private = "3 visits from private or unknown addresses, such as 10.0.0.1"
    forwarded = "3 visits with X-Forwarded-For"
    proxied = notes(CASES / "nginx-main.log")
    assert private in proxied and forwarded in proxied
    for quiet in (notes(CASES / "combined.log"), notes("--address", "forwarded", CASES / "nginx-main.log")):
        assert "addresses" not in quiet and "X-Forwarded-For" not in quiet
    lines = [f'{Line(address="203.0.113.9").combined} "{client}"\n' for client in ("192.0.2.1", "192.0.2.2", "-")]
    path = logs.write("access.log", lines)
    assert "2 visits with X-Forwarded-For" in notes(path)
    assert "1 visit without X-Forwarded-For" in notes("--address", "forwarded", path)
    error = logs.command.fails(65, "import-log", "--address", "forwarded", CASES / "combined.log")
    assert "no visit in the logs has X-Forwarded-For" in error
    logs.write("access.log", [str(Line(address="-"))])
    assert "1 visit from private or unknown addresses, such as -" in notes(path)
    logs.write("access.log", [str(Line(address="example.org"))] * 20)
    assert "All visits are from example.org" in notes(path)
    logs.write("access.log", [str(Line(agent="-"))])
    assert "No User-Agent in the log" in notes(path)
    assert "The files have different formats" in notes(path, CASES / "vhost.log")


def test_a_compressed_log_is_refused_with_the_command_that_reads_it(logs: Logs) -> None:
    """LogFileTests has the other kinds of files."""
    lines = [str(Line(address=f"192.0.2.{number}")) for number in range(30)]
    path = logs.folder / "my access.log.xz"
    path.write_bytes(lzma.compress("".join(lines).encode()))
    error = logs.command.fails(65, "import-log", "--apply", path)
    reason, _, line = error.partition("; read it with: ")
    assert reason == f"{path} is compressed with xz"
    assert shlex.split(line) == ["xz", "-dc", str(path), "|", "headcount", "import-log", "-"]
    assert logs.numbers == {None: ((0, 0), {})}


def test_standard_input_is_complete_at_its_end(logs: Logs) -> None:
    lines = [str(Line(address=f"192.0.2.{number}")) for number in range(3)]
    logs.write("access.log", ["".join(lines).rstrip()])
    logs.apply()
    assert logs.numbers[None] == ((0, 0), {"2026-10-30": (2, 2)})
    logs.command.ok("import-log", "--apply", "-", stdin="".join(lines).rstrip())
    assert logs.numbers[None] == ((0, 0), {"2026-10-30": (3, 3)})
    with logs.write("more.gz", [*lines, str(Line(address="192.0.2.9"))]).open() as file:
        logs.command.start("import-log", "--apply", "-", stdin=file.fileno()).communicate(timeout=60)
    assert logs.numbers[None] == ((0, 0), {"2026-10-30": (4, 4)})
