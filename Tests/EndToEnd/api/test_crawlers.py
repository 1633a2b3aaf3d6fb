"""Crawlers that identify themselves get the numbers but are not counted."""

import importlib.resources
import json
import re
from collections.abc import Callable

import crawleruseragents
import fastcgi
import records

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

# User-Agents of plain HTTP tools and libraries. They count, although crawler-user-agents lists them.
LIBRARIES = re.compile(
    r"(curl|Wget|HTTPie|Python-urllib|python-requests|python-httpx|Python|axios|okhttp|Go-http-client"
    r"|Apache-HttpClient)(/[^ ]+)?( aiohttp/[^ ]+| \(linux-gnu\)| \(java[ /][^ ]+\))?",
    re.IGNORECASE,
)

# Proxies that fetch an image for a person: GitHub's, Camo, go-camo, PyPI's, Gmail's, Yahoo's and imgproxy.
IMAGE_PROXIES = [
    "github-camo (8d8ca9a5)",
    "Camo Asset Proxy 2.3.0",
    "go-camo",
    "https://github.com/pypi/camo",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "imgproxy/3.24.1",
]


def crawlers() -> list[str]:
    """Every User-Agent in crawler-user-agents."""
    return sorted({instance for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA for instance in entry["instances"]})


def browsers() -> list[str]:
    """Every browser's User-Agent in fake-useragent, as of 2025."""
    recent = importlib.resources.files("fake_useragent").joinpath("data/browsers.jsonl").read_text()
    return sorted({json.loads(line)["useragent"] for line in recent.splitlines()})


def uncounted(responder, user_agents: list[str]) -> list[str]:
    """Sends one request with each User-Agent and returns those that are not counted. Each must get the numbers."""
    not_counted = []
    with responder.connect() as connection:
        count = connection.ask(HTTP_USER_AGENT=GOOGLEBOT).json["count"]
        for user_agent in user_agents:
            connection.send(fastcgi.request(fastcgi.parameters(HTTP_USER_AGENT=user_agent.encode())))
            answer = connection.answer()
            assert answer.status == 200, user_agent
            if answer.json["count"] == count:
                not_counted.append(user_agent)
            else:
                assert answer.json["count"] == count + 1, user_agent
                count += 1
    return not_counted


def test_at_least_97_percent_of_crawlers_are_not_counted(start_responder, record_property: Callable) -> None:
    every = crawlers()
    responder = start_responder()
    missed = set(every) - set(uncounted(responder, every))
    libraries = {user_agent for user_agent in every if LIBRARIES.fullmatch(user_agent)}
    recall = 1 - len(missed) / len(every)
    without_libraries = 1 - len(missed - libraries) / len(set(every) - libraries)
    # A crawler that also names a browser is recognised only by a mark such as "bot". Without a browser's name, it is
    # enough that the User-Agent names no known visitor.
    marked = uncounted(responder, [f"Firefox {user_agent}" for user_agent in every])
    record_property(
        "figure",
        f"crawlers recognised: {recall:.2%} of {len(every)}; {without_libraries:.2%} without the {len(libraries)} "
        f"plain libraries, which should count; {len(marked) / len(every):.1%} by a mark alone",
    )
    assert len(every) > 2000
    assert recall >= 0.97, sorted(missed)
    assert libraries <= missed, "plain libraries count"
    assert len(marked) >= 0.8 * len(every)


def test_every_browser_is_counted(start_responder) -> None:
    every = browsers()
    assert len(every) > 500
    assert uncounted(start_responder(), every) == []


def test_image_proxies_are_counted_at_the_counting_picture_and_nowhere_else(start_responder) -> None:
    responder = start_responder()
    for count, user_agent in enumerate(IMAGE_PROXIES, 1):
        for path in ("/headcount.svg", "/headcount", "/headcount/badge.svg"):
            assert responder.ask(path, HTTP_USER_AGENT=user_agent).status == 200
            assert records.site(responder.database)[0] == count, (user_agent, path)
    # Otherwise a proxy would show the next person the same number, uncounted.
    picture = responder.ask("/headcount.svg", HTTP_USER_AGENT=GOOGLEBOT)
    assert picture.headers["Cache-Control"] == "no-cache, no-store, max-age=0, must-revalidate"
    assert records.site(responder.database)[0] == len(IMAGE_PROXIES), "other crawlers are not counted"
