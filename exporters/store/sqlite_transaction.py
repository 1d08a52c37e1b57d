"""One commit of the SQLite store: its connection, the numbers it gives out, the aggregates it moves at its end."""

import sqlite3

from exporters.store.rollups import Counted, add, movement_of
from exporters.store.sqlite_rollups import read_counts, write_counts


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
        self._counted: list[tuple[Counted, Counted | None]] = []
        self._words: dict[int, str] = {}

    def commit_as(self, new: Counted, old: Counted | None) -> None:
        """Give out `next_number` for good and move the aggregates: the last step of an operation that saves."""
        self._last += 1
        self._counted.append((new, old))

    def put_words(self, id_: int, terms: str) -> None:
        """Enter a session's words, at the end of the transaction."""
        self._words[id_] = terms

    def drop_words(self, id_: int) -> None:
        """Take a session's words out."""
        self._words.pop(id_, None)
        # Not UPDATE anywhere: an erased session has no row there.
        self.connection.execute("DELETE FROM words WHERE rowid = ?", (id_,))

    @property
    def next_number(self) -> int:
        """The number of the next save."""
        return self._last + 1

    def finish(self) -> None:
        """Write words, aggregates and the last number."""
        # In order: a full-text index that is given a smaller row id than the last one writes out what it gathered.
        words = sorted(self._words.items())
        self.connection.executemany("INSERT INTO words (rowid, terms) VALUES (?, hidden(?))", words)
        if not self._counted:
            return
        for key, counts in movement_of(self._counted).items():
            write_counts(self.connection, key, add(read_counts(self.connection, key), counts), self._now_ms)
        self.connection.execute(
            "INSERT INTO writers VALUES (?, ?) ON CONFLICT DO UPDATE SET last = excluded.last",
            (self._writer, self._last),
        )
