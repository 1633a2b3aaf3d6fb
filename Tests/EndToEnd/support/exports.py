"""Reads and writes exports by docs/export-format.md, without the program under test."""

import hashlib
import json

Numbers = tuple[int, int]
Day = Numbers | tuple[int, int, int, int, int]
Histories = dict[str | None, tuple[Numbers, dict[str, Day]]]
"""By page, or `None` for the site: the numbers from before the days, and the numbers of each day, with the three
sums of left-out requests unless all are zero."""

MEMBERS = ("count", "unique", "crawlers", "prefetches", "ignored")


def write(histories: Histories) -> str:
    def members(numbers: Day) -> dict[str, int]:
        return dict(zip(MEMBERS, numbers, strict=False))

    lines: list[dict] = [{"format": "headcount", "version": 1}]
    for page, (before, days) in sorted(histories.items(), key=lambda item: (item[0] or "").encode()):
        total = (before[0] + sum(day[0] for day in days.values()), before[1] + sum(day[1] for day in days.values()))
        lines.append({"page": page} | members(total) | {"before": members(before)})
        lines += [{"page": page, "day": day} | members(numbers) for day, numbers in sorted(days.items())]
    text = "".join(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n" for line in lines)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return text + json.dumps({"lines": len(lines), "sha256": digest}, separators=(",", ":")) + "\n"


def read(text: str) -> Histories:
    """Parses an export and checks its totals."""
    lines = [json.loads(line) for line in text.splitlines()]
    histories: Histories = {}
    totals = {}
    for line in lines[1:-1]:
        numbers = (line["count"], line["unique"])
        if "day" in line:
            histories[line["page"]][1][line["day"]] = tuple(line[name] for name in MEMBERS if name in line)
        else:
            totals[line["page"]] = numbers
            histories[line["page"]] = ((line["before"]["count"], line["before"]["unique"]), {})
    for page, (before, days) in histories.items():
        assert totals[page] == tuple(before[i] + sum(day[i] for day in days.values()) for i in (0, 1))
    assert write(histories) == text
    return histories
