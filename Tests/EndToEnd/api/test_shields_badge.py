"""shields.io accepts `/headcount/badge.json`."""

from collections.abc import Callable
from urllib.parse import urlencode

import jsonschema
from sites import FastCGISite

# What shields.io accepts, as far as we use it, from https://github.com/badges/shields: services/endpoint-common.js
# (bf34c6c) refuses unknown keys and an empty message; badge-maker/lib/color.js (5637043) takes six hexadecimal digits
# without "#"; services/endpoint/endpoint.service.js (3fb195c) caches for at least 300 seconds.
SCHEMA = {
    "type": "object",
    "required": ["schemaVersion", "label", "message", "color", "cacheSeconds"],
    "additionalProperties": False,
    "properties": {
        "schemaVersion": {"const": 1},
        "label": {"type": "string"},
        "message": {"type": "string", "minLength": 1},
        "color": {"type": "string", "pattern": "^[0-9a-f]{6}$"},
        "cacheSeconds": {"type": "integer", "minimum": 300},
    },
}


def test_every_answer_fits_the_schema_of_shields(start_fastcgi_site: Callable[..., FastCGISite]) -> None:
    site = start_fastcgi_site(HEADCOUNT_MAX_PAGES=1)
    site.request("/headcount?page=/first")
    site.set_numbers(1234, 567)
    for query, expected in [
        ({}, {"label": "visits", "message": "1,234"}),
        ({"label": ""}, {"label": ""}),
        ({"label": 'the "best" \\ 👍'}, {"label": 'the "best" \\ 👍'}),
        ({"metric": "unique"}, {"label": "visitors", "message": "567"}),
        ({"color": "teal"}, {"color": "0f766e"}),
        ({"page": "/first"}, {"message": "1"}),
        ({"page": "/past-the-limit"}, {"message": "\N{EN DASH}"}),
    ]:
        answer = site.request(f"/headcount/badge.json?{urlencode(query)}")
        assert answer.status == 200, query
        jsonschema.validate(answer.json, SCHEMA)
        assert answer.json | expected == answer.json
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
