"""The dashboard's weight. Benchmarks/dashboard.py measures its time."""

import history

# Without compression. Nobody waits for 60 kB.
LIMIT = 60_000


def test_ten_years_of_a_thousand_pages_are_light(start_dashboard, record_property) -> None:
    site = start_dashboard(history.ten_years())
    for query, rows in (("", 20), ("?range=12m&pages=100", 100), ("?range=all&pages=100", 100)):
        answer = site.request(f"/headcount/{query}")
        assert answer.body.count(b'<tr><th scope="row"><a') == rows
        record_property("figure", f"the dashboard of ten years, {query or 'as it opens'}: {len(answer.body):,} bytes")
        assert len(answer.body) <= LIMIT
