"""Aggregates in the SQLite file: what a timeseries needs of a bucket apart from what only stats need.

`rollups` has a bucket's `totals` as a list of whole numbers in the order of `TOTALS`, and `sessions` once more, for
sums over any number of hours; `rollup_details` its other counters by name. A week of hours is a thousand rows: as one
object of a hundred named counters each they cost forty milliseconds to read.
"""

import sqlite3
from datetime import datetime
from threading import Lock

import orjson

from exporters.store.aggregates import Bucket, Interval
from exporters.store.moments import bound_ms
from exporters.store.rollups import BucketKey, Counts, Level, Part, bucket_of, counters_of_totals
from exporters.store.totals import Span

# ruff: noqa: S608 - values are parameters, texts are constants of this module

TOTALS = counters_of_totals()
CACHE_LIMIT = 4096
"""Buckets kept ready: a week of hours of twenty services; some 3 kB each."""
_TOTALS_SET = frozenset(TOTALS)
_BOTH = "rollups JOIN rollup_details USING (level, start_ms, service_id)"
_ROW = "level, start_ms, service_id, updated_ms, totals, details"

SCHEMA = """
CREATE TABLE rollups (
    level TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    service_id TEXT NOT NULL,
    updated_ms INTEGER NOT NULL,
    sessions INTEGER NOT NULL,
    totals TEXT NOT NULL,
    PRIMARY KEY (level, start_ms, service_id)
) WITHOUT ROWID;
CREATE INDEX rollups_sessions ON rollups (level, start_ms, service_id, sessions);
CREATE TABLE rollup_details (
    level TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    service_id TEXT NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (level, start_ms, service_id)
) WITHOUT ROWID;
"""


class BucketCache:
    """Buckets as they were told last: most of a timeseries are hours that no save touches any more.

    A bucket is found by its place and by its numbers as they stand in the file, so that it is never an old one.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, str], tuple[str, Bucket]] = {}
        self._lock = Lock()  # readers are threads

    def bucket(self, level: Level, start_ms: int, service_id: str, totals: str) -> Bucket:
        """Return the bucket with these numbers."""
        place = (level.value, start_ms, service_id)
        found = self._kept.get(place)
        if found is not None and found[0] == totals:
            return found[1]
        bucket = bucket_of(Part(BucketKey(level, start_ms, service_id), _counts(totals), 0))
        with self._lock:
            self._kept[place] = (totals, bucket)
            if len(self._kept) > CACHE_LIMIT:
                del self._kept[next(iter(self._kept))]
        return bucket


def read_buckets(
    connection: sqlite3.Connection,
    interval: Interval,
    since: datetime,
    until: datetime,
    service_id: str | None,
    cache: BucketCache,
) -> list[Bucket]:
    """Return the non-empty buckets that start in [since, until), by (start, service)."""
    level = Level(interval.value)
    where, parameters = _where(level, Span(bound_ms(since), bound_ms(until)), service_id)
    text = (
        f"SELECT start_ms, service_id, totals FROM rollups WHERE {where} AND sessions > 0 ORDER BY start_ms, service_id"
    )
    return [cache.bucket(level, *row) for row in connection.execute(text, parameters)]


def read_services(connection: sqlite3.Connection, service_id: str | None) -> list[Part]:
    """Return the buckets of one service in all or of every service that has a session, sorted by id."""
    where, parameters = _where(Level.SERVICE, Span(None, None), service_id)
    text = f"SELECT {_ROW} FROM {_BOTH} WHERE {where} AND sessions > 0 ORDER BY service_id"
    return [_part(*row) for row in connection.execute(text, parameters)]


def read_all_parts(connection: sqlite3.Connection) -> list[Part]:
    """Return every bucket with all its counters."""
    return [_part(*row) for row in connection.execute(f"SELECT {_ROW} FROM {_BOTH}")]


def count_sessions(connection: sqlite3.Connection, level: Level, span: Span, service_id: str | None) -> int:
    """Return how many sessions the buckets have that start in the span."""
    where, parameters = _where(level, span, service_id)
    found = connection.execute(f"SELECT coalesce(sum(sessions), 0) FROM rollups WHERE {where}", parameters)
    number: int = found.fetchone()[0]
    return number


def read_counts(connection: sqlite3.Connection, key: BucketKey) -> Counts:
    """Return a bucket's counters; none when it is not there."""
    where = "level = ? AND start_ms = ? AND service_id = ?"
    found = connection.execute(f"SELECT totals, details FROM {_BOTH} WHERE {where}", _place(key)).fetchone()
    return {} if found is None else _counts(*found)


def write_counts(connection: sqlite3.Connection, key: BucketKey, counts: Counts, now_ms: int) -> None:
    """Put a bucket's counters in the place of those before."""
    totals = orjson.dumps([counts.get(name, 0) for name in TOTALS]).decode()
    details = orjson.dumps({name: number for name, number in counts.items() if name not in _TOTALS_SET}).decode()
    connection.execute(
        "INSERT INTO rollups VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "updated_ms = max(updated_ms, excluded.updated_ms), sessions = excluded.sessions, totals = excluded.totals",
        (*_place(key), now_ms, counts.get("sessions", 0), totals),
    )
    connection.execute("INSERT OR REPLACE INTO rollup_details VALUES (?, ?, ?, ?)", (*_place(key), details))


def _where(level: Level, span: Span, service_id: str | None) -> tuple[str, list[str | int]]:
    given = [("start_ms >= ?", span.start_ms), ("start_ms < ?", span.end_ms), ("service_id = ?", service_id)]
    texts = ["level = ?", *(text for text, value in given if value is not None)]
    return " AND ".join(texts), [level.value, *(value for _, value in given if value is not None)]


def _place(key: BucketKey) -> tuple[str, int, str]:
    return key.level.value, key.start_ms, key.service_id


def _part(level: str, start_ms: int, service_id: str, updated_ms: int, totals: str, details: str) -> Part:
    return Part(BucketKey(Level(level), start_ms, service_id), _counts(totals, details), updated_ms)


def _counts(totals: str, details: str = "{}") -> Counts:
    counts: dict[str, int] = orjson.loads(details)
    counts.update({name: number for name, number in zip(TOTALS, orjson.loads(totals), strict=True) if number})
    return counts
