"""Content blockers with EasyList and EasyPrivacy block no public name."""

from pathlib import Path

import adblock
import pytest
import yaml
from responder import REPOSITORY

SITE = "https://example.com/blog"
DOT_COM_HOSTS = ["example.com", "counter.example.com", "abc123.execute-api.eu-central-1.amazonaws.com"]
HOSTS = [*DOT_COM_HOSTS, "counter.other.net"]

OPENAPI = yaml.safe_load((REPOSITORY / "openapi.yaml").read_text())
# The script, the dashboard and HEADCOUNT_COUNT_PATH as the documents show it.
NAMES = {*OPENAPI["paths"], "/headcount.js", "/headcount-v1.js", "/headcount/", "/ResumeSiteCounter"}

# `fetch` is an xmlhttprequest, too.
KINDS = ["script", "xmlhttprequest", "image", "document"]

# Firefox's id, then the extension's.
EXTENSION = "/usr/share/mozilla/extensions/{ec8030f7-c20a-464f-9b0e-13a3a9e97384}/uBlock0@raymondhill.net"
LISTS = Path(EXTENSION) / "assets/thirdparties/easylist"


@pytest.fixture(scope="module")
def blocker() -> adblock.Engine:
    """Brave's engine with the lists that Debian's uBlock Origin ships."""
    assert LISTS.exists(), "webext-ublock-origin-firefox is not installed"
    filters = adblock.FilterSet()
    for name in ("easylist.txt", "easyprivacy.txt"):
        filters.add_filter_list((LISTS / name).read_text())
    return adblock.Engine(filters)


def test_no_public_name_is_blocked(blocker: adblock.Engine) -> None:
    urls = [f"https://{host}{name}{query}" for host in HOSTS for name in NAMES for query in ("", "?page=%2Fblog")]
    blocked = [(kind, url) for kind in KINDS for url in urls if blocker.check_network_urls(url, SITE, kind).matched]
    assert blocked == []


@pytest.mark.parametrize("host", DOT_COM_HOSTS)
def test_the_lists_do_block_a_name_like_count(blocker: adblock.Engine, host: str) -> None:
    assert blocker.check_network_urls(f"https://{host}/count?page=%2F", SITE, "xmlhttprequest").matched
