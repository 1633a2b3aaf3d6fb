"""The numbers and words of the dashboard, beside sums that the test computes."""

import datetime
from functools import cache

import history
import pytest
from clock import Clock
from dashboard import OpenDashboard, figures, rows
from history import TODAY, History, ago

usual = cache(history.usual)  # since 1 July

FIRST_DAYS = {
    "30d": ago(29),
    "12m": datetime.date(2025, 11, 24),  # the Monday of the week a year ago
    "all": ago(149),
}


@pytest.mark.parametrize("length", FIRST_DAYS)
def test_the_numbers_of_a_range_are_those_of_its_days(
    length: str, start_dashboard, open_dashboard: OpenDashboard
) -> None:
    tab = open_dashboard(start_dashboard(usual()).port, f"?range={length}")
    first = FIRST_DAYS[length]
    visits, visitors = usual().sum(first)
    assert tab.locator("[aria-current=page]").get_attribute("href") == f"?range={length}"
    shown = {name: value for name, (value, _) in figures(tab).items()}
    all_time = {} if length == "all" else {"All time": usual().sum(ago(149))[0]}
    today = usual().sum(TODAY)[0]
    assert shown == {"Visits": visits, "Visitors": visitors, "Today so far": today} | all_time
    bars = rows(tab, ".card")
    assert tab.locator(".plot g").count() == len(bars) <= 120
    assert (sum(bar[1] for bar in bars), sum(bar[2] for bar in bars)) == (visits, visitors)
    assert rows(tab, ".pages") == usual().ranking(first)[:20]
    assert tab.locator(".pages > .quiet").inner_text() == "20 of 30 pages. Show 100"
    # Each bar has the numbers of its row.
    titles = tab.locator(".plot g title").all_text_contents()
    assert titles[-1].startswith(f"{bars[0][0]} so far: {bars[0][1]:,} visits")
    assert titles[0] == f"{bars[-1][0]}: {bars[-1][1]:,} visits, {bars[-1][2]:,} visitors"
    assert tab.locator(".plot g.ongoing").count() == 1, "today is hatched"
    highest = max(bars, key=lambda bar: bar[1])
    assert f"The most visits were {highest[1]:,}," in tab.locator(".plot").get_attribute("aria-label")


def test_the_busiest_day_is_named(start_dashboard, open_dashboard: OpenDashboard) -> None:
    made_up = History().add(ago(24), "/", 1204, 800).add(TODAY, "/", 5, 5)
    chart = open_dashboard(start_dashboard(made_up).port).locator(".plot")
    assert chart.get_attribute("role") == "img"
    assert chart.get_attribute("aria-label") == (
        "Visits and visitors by day, from 29 October 2026 to 27 November 2026. "
        "The most visits were 1,204, on 3 November."
    )


def test_one_page_and_a_search(start_dashboard, open_dashboard: OpenDashboard) -> None:
    port = start_dashboard(usual()).port
    tab = open_dashboard(port, "?range=7d&page=/blog")
    assert tab.locator(".crumbs").inner_text() == "All pages \u203a /blog"
    visits, visitors = usual().sum(ago(6), page="/blog")
    assert (figures(tab)["Visits"][0], figures(tab)["Visitors"][0]) == (visits, visitors)
    assert tab.locator(".pages").count() == 0
    tab.get_by_role("link", name="90 days").click()
    assert figures(tab)["Visits"][0] == usual().sum(ago(89), page="/blog")[0], "a range keeps the page"
    tab.get_by_role("link", name="All pages").click()
    tab.get_by_label("Pages that contain").fill("TITLE-1")
    tab.get_by_role("button", name="Show").click()
    found = [row for row in usual().ranking(ago(89)) if "title-1" in row[0]]
    assert rows(tab, ".pages") == found and len(found) == 11
    assert tab.locator("[aria-current=page]").inner_text() == "90 days", "a search keeps the range"
    tab.get_by_role("link", name="7 days").click()
    assert tab.get_by_label("Pages that contain").input_value() == "TITLE-1", "a range keeps the search"


@pytest.mark.parametrize(
    ("days", "before", "now", "words"),
    [
        (59, 100, 117, "Until yesterday, 17% more than in the 30 days before"),
        (58, 100, 117, ""),  # the counter is a day younger than the period before
    ],
)
def test_the_period_before_is_compared_in_words(
    days: int, before: int, now: int, words: str, start_dashboard, open_dashboard: OpenDashboard
) -> None:
    made_up = History().add(TODAY, "/", 5000, 1).add(ago(30), "/", 3000, 1)  # neither is compared
    made_up.add(ago(days), "/", before - 40, 9).add(ago(40), "/", 40, 1).add(ago(29), "/", now - 40, 9)
    made_up.add(ago(1), "/", 40, 1)
    shown = figures(open_dashboard(start_dashboard(made_up).port))
    assert shown["Visits"] == (5000 + now, words)
    assert shown["Visitors"][1] == ("Counted day by day; about as many" if words else "Counted day by day")


def test_days_before_the_first_visit_are_absent_and_it_says_when_today_ends(
    clock: Clock, start_dashboard, open_dashboard: OpenDashboard
) -> None:
    made_up = History(left_out=(312, 0, 1)).add(ago(3), "/", 8, 4).add(TODAY, "/", 2, 1)
    site = start_dashboard(made_up)
    tab = open_dashboard(site.port)
    assert rows(tab, ".card") == [
        ("Fri 27 Nov 2026", 2, 1),
        ("Thu 26 Nov 2026", 0, 0),
        ("Wed 25 Nov 2026", 0, 0),
        ("Tue 24 Nov 2026", 8, 4),
    ]
    assert tab.locator(".plot g").count() == 4
    assert figures(tab)["Today so far"] == (2, "1 visitor. The day ends in 5 h 12 min, at 00:00 UTC.")
    assert figures(tab)["All time"] == (10, "5 visitors since 24 November 2026")
    notice = "312 requests from machines and 1 from ignored addresses were left out today."
    assert tab.locator(".notices").inner_text() == notice
    clock.set("2026-11-28 00:00:10")
    site.request()
    tab.reload()
    assert figures(tab)["Today so far"] == (1, "1 visitor. The day ends in 23 h 59 min, at 00:00 UTC.")
    assert tab.locator(".notices").count() == 0
