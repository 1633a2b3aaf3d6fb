"""The counter as a WSGI application. A worker keeps its connection, and sqlite3 keeps the prepared statements."""

import json
import os
import sqlite3
import time

database = sqlite3.connect(os.environ["DATABASE"], timeout=30, isolation_level=None)
database.execute("PRAGMA synchronous = FULL")


def application(_request, start_response):
    database.execute("BEGIN IMMEDIATE")
    with database:  # commits, or rolls back
        [(count, unique)] = database.execute(
            "UPDATE counter SET count = count + 1 WHERE page = '' RETURNING count, uniq"
        ).fetchall()
        database.execute(
            "INSERT INTO daily VALUES (?, '', 1, 0) ON CONFLICT DO UPDATE SET count = count + 1",
            (int(time.time()) // 86400,),
        )
    body = json.dumps({"count": count, "unique": unique}, separators=(",", ":")).encode()
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Access-Control-Allow-Origin", "*"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response("200 OK", headers)
    return [body]
