"""`headcount import-log`, compared with an independent implementation of the same rules."""

import datetime
import gzip
import random
import re
from pathlib import Path

import exports
import pytest
import records
from access_log import BEGIN, GOOGLE, Line, Logs, distinct_lines, expected, random_lines
from command import Command


@pytest.fixture(params=["sqlite", "dynamodb"])
def each_store(request: pytest.FixtureRequest, logs: Logs) -> Logs:
    return logs if request.param == "sqlite" else Logs(logs.folder, Command.of(request.getfixturevalue("table")))


def test_a_log_is_counted_by_the_rules_of_the_service(each_store: Logs, seed: int) -> None:
    lines = random_lines(seed, 3000)
    each_store.write("access.log", lines)
    rehearsal = each_store.command.ok("import-log", each_store.folder / "access.log")
    assert "Nothing was changed" in rehearsal
    assert each_store.numbers == {None: ((0, 0), {})}
    each_store.apply("access.log")
    assert each_store.numbers == expected(lines)
    before = each_store.command.ok("export")
    assert "To add: nothing." in each_store.apply("access.log")
    assert each_store.command.ok("export") == before


def test_logs_that_grow_are_rotated_or_compressed_count_once(logs: Logs, seed: int) -> None:
    lines = random_lines(seed, 2000)
    logs.write("access.log", lines[:700])
    logs.apply()
    assert logs.numbers == expected(lines[:700])
    # It grows in the middle of a day.
    logs.write("access.log", lines[:1100])
    logs.apply()
    assert logs.numbers == expected(lines[:1100])
    # It is rotated.
    logs.write("access.log", lines[1300:1900])
    logs.write("access.log.1", lines[:1300])
    logs.apply()
    assert logs.numbers == expected(lines[:1900])
    # Everything in one compressed file, with a copy beside it.
    for name in logs.names:
        (logs.folder / name).unlink()
    logs.write("all.gz", lines)
    logs.write("copy", lines)
    logs.apply()
    assert logs.numbers == expected(lines)
    assert "To add: nothing." in logs.apply()
    assert logs.numbers == expected(lines)


def test_a_changing_log_counts_once_whenever_it_is_imported(logs: Logs, seed: int) -> None:
    """It grows, and is rotated, compressed, joined, copied and imported at random moments."""
    rng = random.Random(seed)
    for _ in range(3):
        logs.clear()
        lines = distinct_lines(rng.randrange(2**32), 400)
        files: list[list[str]] = [[]]
        compressed: set[int] = set()
        written = 0
        while written < len(lines):
            more = rng.randrange(1, 80)
            files[-1] += lines[written : written + more]
            written = min(written + more, len(lines))
            what = rng.choice(["grow", "rotate", "compress", "join"])
            if what == "rotate":
                files.append([])
            elif what == "compress" and len(files) > 1:
                compressed.add(rng.randrange(len(files) - 1))
            elif what == "join" and len(files) > 2:
                first = rng.randrange(len(files) - 2)
                files[first : first + 2] = [files[first] + files[first + 1]]
                compressed = {number - (number > first) for number in compressed}
            for name in logs.names:
                (logs.folder / name).unlink()
            for number, part in enumerate(files):
                logs.write(f"{number}.gz" if number in compressed else f"{number}", part)
            if rng.random() < 0.3:
                number = rng.randrange(len(files))
                logs.write("copy", files[number][: rng.choice([len(files[number]), 1])])
            names = logs.names
            rng.shuffle(names)
            output = logs.apply(*names)
            assert "left out" not in output
            assert logs.numbers == (expected(lines[:written]) or {None: ((0, 0), {})})


def test_a_day_partly_imported_from_missing_files_is_left_out(logs: Logs) -> None:
    lines = [str(Line(BEGIN + datetime.timedelta(minutes=minute), f"192.0.2.{minute}")) for minute in range(20)]
    tomorrow = str(Line(BEGIN + datetime.timedelta(days=1)))
    logs.write("all", lines[:10])
    logs.apply()
    logs.write("middle", [*lines[3:7], tomorrow])
    output = logs.apply("middle")
    assert "1 day is left out, 2026-10-30: parts were imported before, from files that are not here" in output
    assert "To add: 1 visit, 1 unique on 2026-10-31, 1 page." in output
    logs.write("grown", [*lines, tomorrow])
    logs.write("half", lines[:5])
    logs.write("rest", lines[5:])
    assert "1 day is left out, 2026-10-30" in logs.apply("rest")
    assert "left out" not in logs.apply("all"), "nothing is new"
    assert logs.numbers[None][1] == {"2026-10-30": (10, 10), "2026-10-31": (1, 1)}
    logs.apply("rest", "half")
    assert logs.numbers[None][1] == {"2026-10-30": (20, 20), "2026-10-31": (1, 1)}
    assert "left out" not in logs.apply("grown")
    assert logs.numbers[None][1] == {"2026-10-30": (20, 20), "2026-10-31": (1, 1)}
    logs.command.ok("import-log", "--apply", "--all-days", logs.folder / "middle")
    assert logs.numbers[None][1]["2026-10-30"][0] == 24
    # The counter now holds a number that no set of these files adds up to.
    assert "1 day is left out, 2026-10-30" in logs.apply("grown")
    assert logs.numbers[None][1]["2026-10-30"][0] == 24


def test_days_that_the_service_counted_are_left_out(start_responder, clock, directory: Path) -> None:
    clock.set("2026-10-31 12:00:00")
    responder = start_responder(**clock.settings)
    responder.ask("/headcount?page=/a")
    command = Command.of(responder.database)
    log = directory / "access.log"
    lines = [str(Line(BEGIN + datetime.timedelta(days=day), target="/a")) for day in range(3)]
    log.write_text("".join(lines))
    output = command.ok("import-log", "--apply", log)
    assert "1 day is left out, 2026-10-31" in output
    assert exports.read(command.ok("export"))[None][1] == {f"2026-{day}": (1, 1) for day in ("10-30", "10-31", "11-01")}
    command.ok("import-log", "--apply", "--all-days", log)
    numbers = exports.read(command.ok("export"))
    assert numbers[None][1] == {"2026-10-30": (1, 1), "2026-10-31": (2, 2), "2026-11-01": (1, 1)}
    assert "To add: nothing." in command.ok("import-log", "--apply", "--all-days", log)


def test_days_that_may_be_in_the_total_are_left_out(logs: Logs) -> None:
    """They were pruned, or another counter's total contains them."""
    lines = [str(Line(BEGIN + datetime.timedelta(days=day))) for day in range(5)]
    logs.write("access.log", lines)
    logs.apply()
    # Import the numbers without the record of imported logs, as if the service had counted them.
    logs.command.ok("import", "--replace", "-", stdin=logs.command.ok("export"))
    logs.command.ok("prune", "--before", "2026-11-02", "--yes")
    before = logs.command.ok("export")
    output = logs.apply()
    assert "3 days are left out, 2026-10-30 to 2026-11-01: the total has visits from before its days" in output
    assert logs.command.ok("export") == before
    # A day that only crawlers came on is not the counter's first.
    records.change(logs.command.settings["HEADCOUNT_DATABASE"], "INSERT INTO daily VALUES (20755, '', 0, 0, 1, 0, 0)")
    assert "3 days are left out, 2026-10-30 to 2026-11-01" in logs.apply()
    assert "To add: 5 visits" in logs.command.ok("import-log", "--all-days", logs.folder / "access.log")


def test_only_the_most_visited_pages_are_counted_up_to_the_limit(logs: Logs) -> None:
    lines = [str(Line(target=f"/{number}")) for number in range(10) for _ in range(number)]
    logs.write("access.log", lines)
    logs.command.settings = logs.command.settings | {"HEADCOUNT_MAX_PAGES": 3}
    assert "\nVisits of 6 pages beyond HEADCOUNT_MAX_PAGES are added to the site only.\n" in logs.apply()
    numbers = logs.numbers
    assert set(numbers) == {None, "/9", "/8", "/7"}, "the most visited"
    assert numbers[None][1] == {"2026-10-30": (45, 1)}


def test_ignored_addresses_and_crawlers_follow_the_settings(logs: Logs) -> None:
    addresses = ["192.0.2.7", "192.0.2.200", "2001:db8::1", "203.0.113.1", "host.example.com"]
    logs.write("access.log", [str(Line(address=address)) for address in addresses] + [str(Line(agent=GOOGLE))])
    logs.command.settings = logs.command.settings | {
        "HEADCOUNT_IGNORE": "192.0.2.0/25,2001:db8::/32",
        "HEADCOUNT_CRAWLERS": "count",
    }
    output = logs.apply()
    assert re.search(r" 3  from addresses in HEADCOUNT_IGNORE", output)
    assert logs.numbers[None][1] == {"2026-10-30": (3, 3)}


def test_the_store_keeps_no_address_user_agent_or_query_from_a_log(start_responder, directory: Path) -> None:
    responder = start_responder()
    log = directory / "access.log"
    log.write_text(str(Line(address="203.0.113.77", target="/secret?token=1")))
    Command.of(responder.database).ok("import-log", "--apply", log)
    content = records.bytes_of(responder.database)
    assert b"/secret" in content
    for word in (b"203.0.113.77", b"Firefox", b"token", bytes([203, 0, 113, 77])):
        assert word not in content


def test_a_file_that_is_not_a_log_changes_nothing(logs: Logs) -> None:
    logs.write("access.log", random_lines(1, 200))
    cut = gzip.compress("".join(random_lines(1, 2000)).encode())[:-100]
    for content, status, reason in (
        (b"hello\n" * 5, 65, "the format is not recognised"),
        (bytes(range(1, 256)) * 9000, 65, "the format is not recognised"),
        (b'[{"ip": "192.0.2.1"}, {"ip": "192.0.2.2"}]', 65, "the format is not recognised"),
        (cut, 65, "cut short"),
        (None, 66, "No such file"),
    ):
        path = logs.folder / "other.log"
        path.write_bytes(content) if content else path.unlink()
        result = logs.command.run("import-log", "--apply", logs.folder / "access.log", path)
        assert result.returncode == status
        assert result.stderr.startswith(f"headcount: {path}: ") and reason in result.stderr
    assert "Is a directory" in logs.command.fails(65, "import-log", "--apply", logs.folder)
    assert logs.numbers == {None: ((0, 0), {})}


def test_one_line_in_ten_may_not_fit_the_format(logs: Logs) -> None:
    good = [str(Line(address=f"192.0.2.{number}")) for number in range(180)]
    malformed = ["\n", "x" * 3_000_000 + "\n", *["192.0.2.1 - hello\n"] * 19, str(Line(target="*"))]
    path = logs.write("access.log", malformed + good)
    output = logs.apply()
    assert re.search(r"^ +201  lines in the format combined$", output, re.MULTILINE)
    assert re.search(r"^ +20  in another format +xxxx", output, re.MULTILINE)
    assert logs.numbers[None][1] == {"2026-10-30": (180, 180)}
    logs.write("access.log", ["hello\n", *malformed[1:], *good])
    result = logs.command.run("import-log", "--apply", path)
    assert result.returncode == 65
    assert result.stderr == (
        f"headcount: {path}: 21 of 202 lines do not fit the format combined; nothing was changed\n"
        "headcount: line 1: hello\nheadcount:         ^ expected an address or a host name\n"
        "headcount: pass the server's log_format by --format, or leave such lines out; "
        "see `headcount help import-log`\n"
    )


def test_the_report_shows_what_is_not_counted_and_the_most_visited_pages(logs: Logs) -> None:
    future = BEGIN.replace(year=2099)
    visits = [Line(target=f"/{page}") for page in range(12) for _ in range(page + 1)]
    others = [
        *[Line(target="/app.js")] * 2,
        *(Line(target="/b.css"), Line(status=404, target="/wp-login.php"), Line(method="POST"), Line(target="*")),
        *(Line(target="/headcount"), Line(agent=GOOGLE), Line(at=future), Line(at=future, target="/a")),
    ]
    logs.write("access.log", [str(line) for line in visits + others] + [str(Line())[:50]])
    report = logs.command.ok("import-log", logs.folder / "access.log")
    assert [line.split() for line in report.split("\n\n")[1].splitlines()[1:]] == [
        ["1", "not", "answered", "with", "200", "or", "304", "404", "/wp-login.php"],
        ["1", "not", "GET", "POST", "/"],
        ["1", "not", "for", "a", "page", "*"],
        ["1", "for", "the", "counter", "itself", "/headcount"],
        f"1 from crawlers {GOOGLE}".split(),
        ["2", "dated", "in", "the", "future", "2099-10-30", "/"],
        ["2", "for", ".js", "files", "/app.js"],
        ["1", "for", ".css", "files", "/b.css"],
        f"1 not finished yet: no line end {str(Line())[:50]}".split(),
    ]
    assert "--ending" in report
    pages = report.split("To add: ")[1].splitlines()
    assert pages[0] == "78 visits, 1 unique on 2026-10-30, 12 pages."
    assert [line.split() for line in pages[2:12]] == [[str(page + 1), "1", f"/{page}"] for page in range(11, 1, -1)]
    assert pages[12] == "and 2 more pages"


def test_a_compressed_log_may_have_several_gzip_members_and_a_log_may_be_empty(logs: Logs, seed: int) -> None:
    lines = random_lines(seed, 300)
    parts = ["".join(lines[:150]) + lines[150][:40], lines[150][40:], "", "".join(lines[151:])]
    (logs.folder / "access.log.gz").write_bytes(b"".join(gzip.compress(part.encode()) for part in parts))
    logs.write("empty", [])
    logs.write("empty.gz", [])
    logs.apply()
    assert logs.numbers == expected(lines)


def test_only_one_of_several_concurrent_imports_counts(each_store: Logs, seed: int) -> None:
    lines = random_lines(seed, 3000)
    path = each_store.write("access.log", lines)
    results = []
    for started in [each_store.command.start("import-log", "--apply", path) for _ in range(4)]:
        _, error = started.communicate(timeout=120)
        results.append((started.returncode, error))
    assert 0 in [status for status, _ in results]
    assert all(status in (0, 75) for status, _ in results), results
    assert each_store.numbers == expected(lines)
