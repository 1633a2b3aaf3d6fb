"""Unique visitors: their hashes are erased after midnight, and no address or User-Agent is ever stored."""

import ipaddress

import pytest
import records
from deadline import until

pytestmark = pytest.mark.usefixtures("one_day")


@pytest.mark.fastcgi
def test_a_responder_that_was_down_at_midnight_erases_yesterday_when_it_starts(site):
    for number in range(1, 6):
        site.request("/headcount?page=/a", X_Test_Address=f"192.0.2.{number}")
    site.responder.stop()
    database = site.responder.database
    for table in ("salt", "daily"):
        records.change(database, f"UPDATE {table} SET day = day - 1")
    [(salt_day,)] = records.query(database, "SELECT day FROM salt")
    yesterday = records.visitor_keys(salt_day)
    records.change(database, "UPDATE visitor SET key = ? + (key & ?)", yesterday.start, 2**56 - 1)
    secrets = records.secrets(database)
    assert len(secrets) == 11 and all(each in database.read_bytes() for each in secrets)

    site.responder.start()
    gone = "yesterday's salt and hashes are gone from every byte on disk"
    until(lambda: not any(each in records.bytes_of(database) for each in secrets), gone)
    answer = site.request("/headcount?page=/a", X_Test_Address="192.0.2.1")
    assert answer.json == {"count": 6, "unique": 6, "page": {"path": "/a", "count": 6, "unique": 6}}
    records.assert_sound(database)


@pytest.mark.fastcgi
def test_no_address_or_user_agent_reaches_the_disk(site):
    addresses = ["203.0.113.77", "2001:db8:dead:beef:1234:5678:9abc:def0", "::ffff:198.51.100.99"]
    agent = "Mozilla/5.0 (TestMachine; rv:117.42) Unmistakable/20261124"
    for address in addresses:
        for target in ("/headcount", "/headcount?page=/a", "/headcount?page=", "/nowhere"):
            site.request(target, X_Test_Address=address, User_Agent=agent, Referer="https://secret.example/")
    needles = [agent, "Unmistakable", "secret.example", "203.0.113.77", "198.51.100.99", "2001:db8:dead", "2001:DB8"]
    packed = [ipaddress.ip_address(address).packed for address in addresses]
    tokens = [needle.encode() for needle in needles] + [*packed, packed[1][:8]]

    def seen():
        written = records.bytes_of(site.responder.database) + site.responder.stderr.read_bytes()
        return [token for token in tokens if token in written]

    assert seen() == []
    site.responder.stop()
    assert seen() == []
