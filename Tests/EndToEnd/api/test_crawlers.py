"""Machines that say what they are get the numbers and are not counted."""

import importlib.resources
import json
import random
import re
import subprocess
import zipfile
from collections.abc import Callable

import crawleruseragents
import fastcgi
import pytest
from responder import REPOSITORY

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
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


@pytest.mark.parametrize(
    "user_agent",
    [
        "curl/8.5.0",
        "Wget/1.21.3",
        "python-requests/2.32.3",
        "",
        None,
        FIREFOX,
        # Browsers inside apps.
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 "
        "[FBAN/FBIOS;FBAV/470.0.0.38.110;FBDV/iPhone15,3;FBOP/80]",
        "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
        "Chrome/126.0.0.0 Mobile Safari/537.36 Instagram 338.0.0.37.90 Android",
        # A telephone whose name has "bot" in it.
        "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
    ],
)
def test_people_and_their_scripts_are_counted(start_site, user_agent: str | None) -> None:
    site = start_site()
    headers = {} if user_agent is None else {"User_Agent": user_agent}
    assert site.request(**headers).json["count"] == 1


@pytest.mark.parametrize(
    "user_agent",
    [
        GOOGLEBOT,
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        "Mozilla/5.0 (compatible; Claude-User/1.0; +Claude-User@anthropic.com)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "WhatsApp/2.23.20.0",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0.0.0 Safari/537.36",
        "GOOGLEBOT",
        "Some-New-Thing/1.0",
    ],
)
def test_machines_are_answered_and_leave_no_trace(site, user_agent: str) -> None:
    site.request(User_Agent=FIREFOX)
    for method in ("GET", "POST"):
        answer = site.request("/count?page=/a", method, User_Agent=user_agent)
        assert answer.status == 200
        assert answer.json == {"count": 1, "unique": 1, "page": {"path": "/a", "count": 0, "unique": 0}}
    assert site.request("/count.svg?page=/a", User_Agent=user_agent).status == 200
    assert site.counters == {"": (1, 1)}


def test_telling_them_costs_less_than_a_microsecond(record_property: Callable) -> None:
    run = subprocess.run([REPOSITORY / "Benchmarks/crawlers.sh"], capture_output=True, text=True, timeout=300)
    record_property("figure", "telling crawlers costs at best: " + "; ".join(run.stdout.splitlines()))
    assert run.returncode == 0, run.stdout + run.stderr


def test_an_owner_may_count_them(start_site) -> None:
    site = start_site(HEADCOUNT_CRAWLERS="count")
    assert site.request(User_Agent=GOOGLEBOT).json == {"count": 1, "unique": 1}


@pytest.mark.parametrize(
    "header",
    [
        {"Sec_Purpose": "prefetch"},
        {"Sec_Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X_Purpose": "preview"},
        {"X_Moz": "prefetch"},
        {"Sec_Purpose": "prerender"},
        {"sec_purpose": "PREFETCH;anonymous-client-ip"},
    ],
)
@pytest.mark.parametrize("settings", [{}, {"HEADCOUNT_CRAWLERS": "count"}], ids=["default", "counting crawlers"])
def test_what_a_browser_fetches_ahead_is_no_visit(start_site, header: dict, settings: dict) -> None:
    site = start_site(**settings)
    for target in ("/count", "/count?page=/a", "/count.svg"):
        assert site.request(target, User_Agent=FIREFOX, **header).status == 200
    assert site.numbers == (0, 0)
    assert site.request(User_Agent=FIREFOX, X_Moz="livebookmarks", Purpose="").json["count"] == 1
