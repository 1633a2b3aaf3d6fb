"""`HEADCOUNT_IGNORE`: the owner's own visits."""

import pytest

BLOCKS = "192.0.2.7, 10.0.0.0/8,198.51.100.128/25,2001:db8:1::/48, 2001:db8:2::5"


@pytest.mark.parametrize(
    "address",
    [
        "192.0.2.7",
        "::ffff:192.0.2.7",
        "10.0.0.0",
        "10.255.255.255",
        "198.51.100.128",
        "2001:db8:1::1",
        "2001:db8:1:ffff::1",
        "2001:DB8:2:0:0:0:0:5",
    ],
)
def test_an_ignored_address_sees_the_numbers_and_is_not_counted(start_site, address):
    site = start_site(HEADCOUNT_IGNORE=BLOCKS)
    site.request("/count?page=/a", X_Test_Address="203.0.113.1")
    for method in ("GET", "POST"):
        answer = site.request("/count?page=/a", method, X_Test_Address=address)
        assert answer.json == {"count": 1, "unique": 1, "page": {"path": "/a", "count": 1, "unique": 1}}
    site.request("/count?page=/new", X_Test_Address=address)
    assert site.counters == {"": (1, 1), "/a": (1, 1)}


@pytest.mark.parametrize(
    "address",
    [
        "192.0.2.8",
        "11.0.0.0",
        "9.255.255.255",
        "198.51.100.127",
        "2001:db8:2::1",
        "2001:db8:0:ffff::1",
        "2001:db8:2::6",
        "::10.0.0.1",
        "::1",
    ],
)
def test_its_neighbour_is_counted(start_site, address):
    site = start_site(HEADCOUNT_IGNORE=BLOCKS)
    assert site.request(X_Test_Address=address).json == {"count": 1, "unique": 1}


@pytest.mark.parametrize(
    ("block", "ignored", "counted"),
    [
        ("0.0.0.0/0", "203.0.113.1", "2001:db8::1"),
        ("::/0", "2001:db8::1", None),
        ("192.0.2.0/32", "192.0.2.0", "192.0.2.1"),
    ],
)
def test_the_shortest_and_longest_blocks(start_site, block, ignored, counted):
    site = start_site(HEADCOUNT_IGNORE=block)
    assert site.request(X_Test_Address=ignored).json["count"] == 0
    if counted:
        assert site.request(X_Test_Address=counted).json["count"] == 1
