"""One commit of the SQLite store: its connection, the numbers it gives out, the aggregates it moves at its end."""

import sqlite3

import orjson

from exporters.store.rollups import BucketKey, Counts, Level, Movement, Part, add, merge


class Transaction:
    """State of an open transaction; `finish` writes what operations gathered, just before the commit."""

    def __init__(self, connection: sqlite3.Connection, writer: str, now_ms: int) -> None:
        self.connection = connection
        self.leaves_cleaning = False
        """Whether an operation erased text whose traces are to be cleaned up afterwards."""
        self._writer = writer
        self._now_ms = now_ms
        found = connection.execute("SELECT last FROM writers WHERE writer = ?", (writer,)).fetchone()
        self._last: int = found[0] if found else 0
        self._movements: list[Movement] = []

    def commit_as(self, change: Movement) -> None:
        """Give out `next_number` for good and move the aggregates: the last step of an operation that saves."""
        self._last += 1
        self._movements.append(change)

    @property
    def next_number(self) -> int:
        """The number of the next save."""
        return self._last + 1

    def finish(self) -> None:
        """Write aggregates and the last number."""
        if not self._movements:
            return
        for key, counts in merge(self._movements).items():
            self._move(key, counts)
        self.connection.execute(
            "INSERT INTO writers VALUES (?, ?) ON CONFLICT DO UPDATE SET last = excluded.last",
            (self._writer, self._last),
        )

    def _move(self, key: BucketKey, counts: Counts) -> None:
        place = (key.level, key.start_ms, key.service_id)
        found = self.connection.execute(
            "SELECT counts FROM rollups WHERE level = ? AND start_ms = ? AND service_id = ?", place
        ).fetchone()
        sums = add(orjson.loads(found[0]), counts) if found else counts
        self.connection.execute(
            "INSERT INTO rollups VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
            "SET updated_ms = max(updated_ms, excluded.updated_ms), counts = excluded.counts",
            (*place, self._now_ms, orjson.dumps(sums).decode()),
        )


def read_part(level: str, start_ms: int, service_id: str, updated_ms: int, counts: str) -> Part:
    """Return a row of `rollups` as a part."""
    return Part(BucketKey(Level(level), start_ms, service_id), orjson.loads(counts), updated_ms)
