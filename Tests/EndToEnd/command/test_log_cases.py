"""Logs from public reports about log analysers and counters are counted right, or refused with their first line shown.

Addresses and names in log_cases/ are replaced.
"""

import lzma
import shlex
from pathlib import Path

import pytest
from access_log import Line, Logs

CASES = Path(__file__).with_name("log_cases")
ISO8601 = '$remote_addr - $remote_user [$time_iso8601] "$request" $status $body_bytes_sent "$_" "$http_user_agent"'
QUOTED = '$remote_addr - $remote_user [$time_local] "$request" $status $_ "$_" "$http_referer" "$http_user_agent"'
# What the tags, escapes and reserved characters in encoded-path.log are in a browser's decodeURI.
ENCODED = [
    *("/tags/c%23", "/tags/c", "/wiki/What%3F", "/wiki/AC%2FDC", "/wiki/AC/DC", "/a%26b", "/a%2Bb", "/a%3Db", "/x%40y"),
    *("/x%3Ay", "/x%3By", "/x%2Cy", "/x%24y", "/caf\u00e9", "/a b", "/100%"),
]


def first_line(name: str) -> str:
    return (CASES / name).read_text().splitlines()[0]


def assert_refused(logs: Logs, path: Path, line: str) -> None:
    """Nothing is imported, and the line is shown, or the part of it that does not fit."""
    result = logs.command.run("import-log", "--apply", path)
    assert result.returncode == 65, result
    assert result.stderr.startswith(f"headcount: {path}: ")
    assert "--format" in result.stderr
    assert any(line[start : start + 20] in result.stderr for start in range(len(line) - 20)), result.stderr
    assert logs.numbers == {None: ((0, 0), {})}


@pytest.mark.parametrize(
    ("name", "options", "day", "site", "pages"),
    [
        ("combined.log", [], "2017-12-04", (4, 4), {"/about": (4, 4)}),
        ("vhost.log", [], "2017-12-04", (4, 4), {"/about": (4, 4)}),
        ("syslog-rfc3164.log", ["--format", "$_ $_ $_ $_ $_ $combined"], "2017-12-04", (4, 4), {"/p": (4, 4)}),
        ("proxy-first.log", ["--format", "$_ - $combined"], "2017-12-04", (4, 4), {"/p": (4, 4)}),
        ("quoted-before.log", ["--format", QUOTED], "2026-11-24", (2, 2), {"/p": (2, 2)}),
        ("encoded-path.log", [], "2017-12-04", (16, 16), dict.fromkeys(ENCODED, (1, 1))),
        ("asset-endings.log", [], "2017-12-04", (2, 2), {"/tag/node.js": (1, 1), "/tag/node": (1, 1)}),
        (
            "asset-endings.log",
            ["--ending", ".JS"],
            "2017-12-04",
            (3, 3),
            {"/tag/node.js": (1, 1), "/tag/node": (1, 1), "/blog/intro-to-node.js": (1, 1)},
        ),
        ("absolute-target.log", [], "2026-04-09", (3, 3), {"/": (1, 1), "/about": (2, 2)}),
        # The first two lines are of one visitor.
        ("forwarded-list.log", [], "2013-10-17", (4, 3), {"/blog": (1, 1), "/": (3, 3)}),
        ("nginx-main.log", [], "2020-10-10", (3, 1), {"/about": (3, 1)}),
        ("nginx-main.log", ["--address", "forwarded"], "2020-10-10", (3, 3), {"/about": (3, 3)}),
        ("caddy.json", [], "2021-03-09", (1, 1), {"/about": (1, 1)}),
        ("common.log", [], "2020-10-10", (1, 1), {"/about": (1, 1)}),
        ("ingress-nginx.log", ["--format", "ingress-nginx"], "2018-05-16", (1, 1), {"/en/resources": (1, 1)}),
        ("nginx-proxy-manager.log", ["--format", "nginx-proxy-manager"], "2023-07-21", (1, 1), {"/about": (1, 1)}),
        ("iso8601.log", ["--format", ISO8601], "2020-11-27", (1, 1), {"/about": (1, 1)}),
    ],
)
def test_a_log_is_counted(logs: Logs, name: str, options: list[str], day: str, site: tuple, pages: dict) -> None:
    logs.command.ok("import-log", "--apply", *options, CASES / name)
    assert logs.numbers == {page: ((0, 0), {day: numbers}) for page, numbers in ({None: site} | pages).items()}


@pytest.mark.parametrize(
    "name",
    [
        *("syslog-rfc3164.log", "proxy-first.log", "quoted-before.log"),
        *("ingress-nginx.log", "nginx-proxy-manager.log", "iso8601.log"),
    ],
)
def test_a_log_in_an_unknown_format_is_refused_and_its_first_line_is_shown(logs: Logs, name: str) -> None:
    assert_refused(logs, CASES / name, first_line(name))


def test_an_option_that_does_nothing_is_a_usage_error(logs: Logs) -> None:
    for option, value, expected in (
        ("--format", "apache", "--format must be combined, main, common"),
        ("--format", "%h %l %u %t", "--format is Apache's LogFormat; write $remote_addr for %h"),
        ("--ending", "tar.gz", "--ending tar.gz: files with this ending are not left out"),
        ("--ending", "*.js", "--ending *.js: files with this ending are not left out"),
    ):
        assert logs.command.fails(64, "import-log", option, value, CASES / "combined.log").startswith(expected)


@pytest.mark.parametrize(
    ("prefix", "is_read"),
    [
        ("web-1  | ", False),  # docker compose logs
        ("[pod/web-5d4/nginx] ", True),  # kubectl logs --prefix
        ("2026-10-30T21:00:00.123456789Z ", True),  # kubectl logs --timestamps
        ("1793386800.123 ", True),  # $msec
        ("5f1d0c3e8a7b4c6d9e0f1a2b3c4d5e6f ", True),  # $request_id
        ("- ", False),
        ('"203.0.113.9" ', False),
        ("<190>Oct 30 21:00:00 web1 nginx: ", False),  # nginx's access_log syslog:
        ("10.0.0.1 ", False),
        ("203.0.113.9, 10.0.0.1 ", False),  # X-Forwarded-For before the proxy's address
        ("203.0.113.9:1230 ", False),
    ],
)
def test_a_word_before_the_address_is_never_taken_for_the_visitor(logs: Logs, prefix: str, is_read: bool) -> None:
    lines = [f"{prefix}{Line(address=f'192.0.2.{number}')}" for number in range(5)]
    path = logs.write("access.log", lines)
    if is_read:
        logs.apply()
        assert logs.numbers[None] == ((0, 0), {"2026-10-30": (5, 5)})
    else:
        assert_refused(logs, path, lines[0])


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
