"""Reads the database with SQLite itself, not with the program under test."""

import contextlib
import sqlite3
from pathlib import Path


def query(database: Path, sql: str, *arguments: object) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)) as connection:
        return connection.execute(sql, arguments).fetchall()


def change(database: Path, sql: str, *arguments: object) -> None:
    with contextlib.closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        connection.execute(sql, arguments)


def counters(database: Path) -> dict[str, tuple[int, int]]:
    """Count and unique of each page; the whole site is the page ''."""
    return {page: (count, unique) for page, count, unique in query(database, "SELECT page, count, uniq FROM counter")}


def days(database: Path) -> dict[str, tuple[int, int]]:
    """Count and unique of each page, as sums over its days."""
    sql = "SELECT page, sum(count), sum(uniq) FROM daily GROUP BY page HAVING sum(count) > 0"
    return {page: (count, unique) for page, count, unique in query(database, sql)}


def site(database: Path) -> tuple[int, int]:
    return counters(database)[""]


def assert_sound(database: Path) -> None:
    """Checks that the file is not damaged and that the days add up to the totals."""
    assert query(database, "PRAGMA integrity_check") == [("ok",)]
    assert {page: line for page, line in counters(database).items() if line != (0, 0)} == days(database)


def secrets(database: Path) -> list[bytes]:
    """The stored salt and hashes."""
    salts = [salt for (salt,) in query(database, "SELECT salt FROM salt")]
    return salts + [varint(key) for (key,) in query(database, "SELECT key FROM visitor")]


def varint(number: int) -> bytes:
    """An integer as SQLite stores a row's key (SQLite, "Database File Format", section 1.6)."""
    number %= 2**64
    if number >> 56:
        return bytes(0x80 | number >> shift & 0x7F for shift in range(57, 1, -7)) + bytes([number & 0xFF])
    digits = [number >> shift & 0x7F for shift in range(49, -1, -7) if shift == 0 or number >> shift]
    return bytes(0x80 | digit for digit in digits[:-1]) + bytes(digits[-1:])


def visitor_keys(day: int) -> range:
    """The keys of all visitors of a day: its number modulo 256, signed, then 56 bits."""
    first = ((day + 128) % 256 - 128) << 56
    return range(first, first + 2**56)


def bytes_of(database: Path) -> bytes:
    """Everything that SQLite has on disk: the database, its write-ahead log and its shared memory."""
    return b"".join(path.read_bytes() for path in sorted(database.parent.glob(f"{database.name}*")))
