"""The dashboard's weight. Benchmarks/dashboard.py measures its time."""

from functools import cache

import history
import pytest

# Without compression. Nobody waits for 60 kB.
LIMIT = 60_000

ten_years = cache(history.ten_years)


@pytest.mark.parametrize("query", ["", "?range=12m&pages=100", "?range=all&pages=100"])
def test_ten_years_of_a_thousand_pages_are_light(query: str, start_dashboard, record_property) -> None:
    answer = start_dashboard(ten_years()).request(f"/headcount/{query}")
    assert answer.body.count(b'<tr><th scope="row"><a') == (100 if "pages" in query else 20)
    record_property("figure", f"the dashboard of ten years, {query or 'as it opens'}: {len(answer.body):,} bytes")
    assert len(answer.body) <= LIMIT
