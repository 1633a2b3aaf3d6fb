"""Machines that say what they are get the numbers and are not counted."""

import importlib.resources
import json
import random
import re
import zipfile
from collections.abc import Callable

import crawleruseragents
import fastcgi

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

# What plain tools and libraries call themselves: they count, though the list of crawlers has them.
LIBRARIES = re.compile(
    r"(curl|Wget|HTTPie|Python-urllib|python-requests|python-httpx|Python|axios|okhttp|Go-http-client"
    r"|Apache-HttpClient)(/[^ ]+)?( aiohttp/[^ ]+| \(linux-gnu\)| \(java[ /][^ ]+\))?",
    re.IGNORECASE,
)

# Strings that random_user_agent's source calls browsers, and that say themselves that they are not.
MISLABELLED = re.compile(
    r"Google Page Speed Insights|Google-Adwords|notifyninja|baidu\.com/search/sp|CanvaCrawler|SnapPreviewBot"
)

# Of random_user_agent's browsers, those that are still made.
LIVING = {
    *("chrome", "chromium", "edge", "facebook-app", "firefox", "google-search-app", "instagram", "opera", "opera-mini"),
    *("opera-mobile", "pinterest-app", "qq-browser", "safari", "samsung-browser", "silk", "uc-browser", "vivaldi"),
    *("yandex-browser", "android-browser"),
}


def crawlers() -> list[str]:
    """Every instance of crawler-user-agents."""
    return sorted({instance for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA for instance in entry["instances"]})


def labelled_browsers() -> list[dict]:
    """What random_user_agent's source, of 2018, calls a browser, as it labels it."""
    packed = importlib.resources.files("random_user_agent").joinpath("data/user_agents.zip")
    with importlib.resources.as_file(packed) as path, zipfile.ZipFile(path) as archive:
        entries = [json.loads(line) for line in archive.read("user_agents.jl").splitlines()]
    return [entry for entry in entries if entry["software_type"].startswith("browser")]


def browsers() -> list[str]:
    """fake-useragent's, of 2025, and what was seen more than rarely by random_user_agent's source, of 2018."""
    recent = importlib.resources.files("fake_useragent").joinpath("data/browsers.jsonl").read_text()
    strings = {json.loads(line)["useragent"] for line in recent.splitlines()}
    crawler = re.compile("|".join(f"(?:{entry['pattern']})" for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA))
    strings |= {
        entry["user_agent"]
        for entry in labelled_browsers()
        if entry["software_name"] in LIVING
        and entry["popularity"] != "uncommon"
        and not crawler.search(entry["user_agent"])
        and not MISLABELLED.search(entry["user_agent"])
    }
    return sorted(strings)


def ignored(responder, user_agents: list[str]) -> list[str]:
    """Those that a responder, asked with each, does not count. Every one of them gets the numbers."""
    left_out = []
    with responder.connect() as connection:
        count = connection.ask(HTTP_USER_AGENT=GOOGLEBOT).json["count"]
        for user_agent in user_agents:
            connection.send(fastcgi.request(fastcgi.parameters(HTTP_USER_AGENT=user_agent.encode())))
            answer = connection.answer()
            assert answer.status == 200, user_agent
            if answer.json["count"] == count:
                left_out.append(user_agent)
            else:
                assert answer.json["count"] == count + 1, user_agent
                count += 1
    return left_out


def test_at_least_97_in_100_crawlers_are_left_out(start_responder, record_property: Callable) -> None:
    every = crawlers()
    responder = start_responder()
    missed = set(every) - set(ignored(responder, every))
    libraries = {user_agent for user_agent in every if LIBRARIES.fullmatch(user_agent)}
    recall = 1 - len(missed) / len(every)
    without_libraries = 1 - len(missed - libraries) / len(set(every) - libraries)
    # Behind the name of a browser only a mark tells a crawler; without it, so does that it names nothing known.
    marked = ignored(responder, [f"Firefox {user_agent}" for user_agent in every])
    record_property(
        "figure",
        f"crawlers left out: {recall:.2%} of {len(every)}; {without_libraries:.2%} without the {len(libraries)} "
        f"that are plain libraries, which shall count; {len(marked) / len(every):.1%} by a mark of theirs",
    )
    assert len(every) > 2000
    assert recall >= 0.97, sorted(missed)
    assert libraries <= missed, "what is a plain library counts"
    assert len(marked) >= 0.8 * len(every)


def test_at_most_1_in_1000_browsers_is_left_out(start_responder, record_property: Callable) -> None:
    every = browsers()
    wrong = ignored(start_responder(), every)
    record_property(
        "figure",
        f"browsers in use, less what says it is a machine, left out: {len(wrong)} of {len(every)} "
        f"({len(wrong) / len(every):.3%})",
    )
    assert len(every) >= 5000
    assert len(wrong) <= len(every) / 1000, wrong


def test_few_of_what_was_ever_called_a_browser_are_left_out(start_responder, record_property: Callable) -> None:
    """Nothing is taken out here: neither dead browsers nor crawlers that are called browsers by mistake."""
    strings = sorted({entry["user_agent"] for entry in labelled_browsers()})
    sample = random.Random(1).sample(strings, 10_000)
    wrong = ignored(start_responder(), sample)
    record_property(
        "figure",
        f"of anything labelled a browser, unfiltered, left out: {len(wrong)} of {len(sample)} drawn from "
        f"{len(strings)} ({len(wrong) / len(sample):.3%})",
    )
    assert len(wrong) <= len(sample) / 200, wrong
