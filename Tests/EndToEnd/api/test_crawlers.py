"""Machines that say what they are get the numbers and are not counted."""

import importlib.resources
import json
import re
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


def crawlers() -> list[str]:
    """Every instance of crawler-user-agents."""
    return sorted({instance for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA for instance in entry["instances"]})


def browsers() -> list[str]:
    """Every browser of fake-useragent, as of 2025."""
    recent = importlib.resources.files("fake_useragent").joinpath("data/browsers.jsonl").read_text()
    return sorted({json.loads(line)["useragent"] for line in recent.splitlines()})


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


def test_no_browser_is_left_out(start_responder) -> None:
    every = browsers()
    assert len(every) > 500
    assert ignored(start_responder(), every) == []
