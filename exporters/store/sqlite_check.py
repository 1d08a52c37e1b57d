"""The SQLite store's recount: on a connection of its own, in one transaction, so that it compares one moment."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson

from config.errors import StoreUnavailableError
from exporters.store.base import Check
from exporters.store.recount import Recount
from exporters.store.rollups import BucketKey, Counted, Counts, add
from exporters.store.sealed import TextSealer
from exporters.store.sqlite_rollups import read_all_parts, write_counts
from exporters.store.sqlite_schema import connect
from scorer.model import Evaluation

_ROWS = 500
"""Sessions in memory at once."""


def check_file(path: Path, zone: ZoneInfo, sealer: TextSealer, *, is_repaired: bool) -> Check:
    """Recount; see `Store.check`. Blocks; a repair keeps the engine's saves waiting. Raises StoreUnavailableError."""
    try:
        with closing(connect(path, sealer=sealer)) as connection:
            # A repair counts under the lock that saves need; without one, a snapshot is enough and nobody waits.
            connection.execute("BEGIN IMMEDIATE" if is_repaired else "BEGIN")
            recount = _counted(connection, zone)
            kept = _kept(connection)
            found = Check(recount.sessions, recount.differences(kept))
            if is_repaired:
                _repair(connection, recount, kept)
            connection.execute("COMMIT")
            return found
    except sqlite3.Error as error:
        raise StoreUnavailableError(f"SQLite could not recount: {error}") from error


def _counted(connection: sqlite3.Connection, zone: ZoneInfo) -> Recount:
    recount = Recount(zone)
    for session_id, noted, expired, document in _sessions(connection):
        evaluation = None if document is None else Evaluation.model_validate_json(document)
        recount.add(session_id, Counted(**orjson.loads(noted)), evaluation, is_expired=bool(expired))
    return recount


def _sessions(connection: sqlite3.Connection) -> Iterator[tuple[str, str, int, bytes | None]]:
    cursor = connection.execute("SELECT session_id, counted, expired, opened(document) FROM sessions ORDER BY id")
    while rows := cursor.fetchmany(_ROWS):
        yield from rows


def _kept(connection: sqlite3.Connection) -> dict[BucketKey, Counts]:
    return {part.key: part.counts for part in read_all_parts(connection)}


def _repair(connection: sqlite3.Connection, recount: Recount, kept: dict[BucketKey, Counts]) -> None:
    for session_id, (_, right) in recount.wrong_notes.items():
        note = orjson.dumps(right.to_dict()).decode()
        connection.execute("UPDATE sessions SET counted = ? WHERE session_id = ?", (note, session_id))
    now_ms = int(time.time() * 1000)
    for key, change in recount.compare(kept).items():
        write_counts(connection, key, add(kept.get(key, {}), change), now_ms)
