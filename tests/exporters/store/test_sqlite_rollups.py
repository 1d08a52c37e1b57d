"""Buckets in the SQLite file, and those that are kept ready."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from exporters.store.aggregates import Interval
from exporters.store.rollups import BucketKey, Level, count
from exporters.store.sqlite_rollups import (
    CACHE_LIMIT,
    TOTALS,
    BucketCache,
    count_sessions,
    read_all_parts,
    read_buckets,
    read_counts,
    read_services,
    write_counts,
)
from exporters.store.sqlite_schema import connect, prepare_file
from exporters.store.totals import Span
from tests.fakes.evaluations import make_evaluation

ALWAYS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
COUNTS = count(make_evaluation(1, flag_codes=("gate_pii",)), ZoneInfo("UTC")).counts


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    prepare_file(tmp_path / "endurance.db")
    with closing(connect(tmp_path / "endurance.db")) as connection:
        yield connection


def hour(start_ms: int, service_id: str = "desk") -> BucketKey:
    return BucketKey(Level.HOUR, start_ms, service_id)


def test_every_counter_comes_back(connection: sqlite3.Connection) -> None:
    write_counts(connection, hour(0), COUNTS, 5)

    (part,) = read_all_parts(connection)

    assert (part.key, part.counts, part.updated_ms) == (hour(0), COUNTS, 5)
    assert read_counts(connection, hour(0)) == COUNTS
    assert read_counts(connection, hour(1)) == {}


def test_buckets_come_by_time_then_service_and_empty_ones_not_at_all(connection: sqlite3.Connection) -> None:
    for key in (hour(7_200_000), hour(0, "b"), hour(0, "a")):
        write_counts(connection, key, COUNTS, 5)
    write_counts(connection, hour(3_600_000), {}, 5)
    write_counts(connection, BucketKey(Level.SERVICE, 0, "gone"), {"sessions": 0}, 5)

    buckets = read_buckets(connection, Interval.HOUR, *ALWAYS, None, BucketCache())

    assert [(bucket.start.hour, bucket.service_id) for bucket in buckets] == [(0, "a"), (0, "b"), (2, "desk")]
    assert count_sessions(connection, Level.HOUR, Span(0, 3_600_000), None) == 2
    assert read_services(connection, None) == []


def test_a_bucket_is_kept_until_its_numbers_change(connection: sqlite3.Connection) -> None:
    cache = BucketCache()
    write_counts(connection, hour(0), COUNTS, 5)
    (first,) = read_buckets(connection, Interval.HOUR, *ALWAYS, None, cache)
    (again,) = read_buckets(connection, Interval.HOUR, *ALWAYS, None, cache)
    write_counts(connection, hour(0), {**COUNTS, "sessions": 9}, 5)
    (changed,) = read_buckets(connection, Interval.HOUR, *ALWAYS, None, cache)

    assert again is first
    assert (first.total_sessions, changed.total_sessions) == (1, 9)


def test_the_cache_keeps_the_newest_of_too_many() -> None:
    cache, totals = BucketCache(), orjson.dumps([1] * len(TOTALS)).decode()
    buckets = [cache.bucket(Level.HOUR, start, "desk", totals) for start in range(CACHE_LIMIT + 1)]

    assert cache.bucket(Level.HOUR, CACHE_LIMIT, "desk", totals) is buckets[-1]
    assert cache.bucket(Level.HOUR, 0, "desk", totals) is not buckets[0]
