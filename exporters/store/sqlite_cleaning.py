"""After an erasure: take the words out of what SQLite keeps beside the rows, a little at a time, while nothing waits.

`secure_delete` overwrites freed pages, but a deleted word stays in older segments of the full-text index until they
are merged, and everything stays in the write-ahead log until it is overwritten. The chore stands in the file itself
and goes on after a restart.
"""

import sqlite3
from enum import Enum, auto

from exporters.store.sqlite_schema import is_indexed_by_fts5

_CHORE = "clean_words"
_PAGES = 64
"""Pages merged in one step: a few milliseconds, so that a save never waits long."""


class Progress(Enum):
    """What a step of the chore left."""

    MORE = auto()
    BUSY = auto()
    """A reader still needs the log: to be tried again a little later."""
    DONE = auto()


def note_cleaning(connection: sqlite3.Connection) -> None:
    """Write the chore down, in the transaction that erases."""
    connection.execute("INSERT OR REPLACE INTO chores VALUES (?)", (_CHORE,))


def has_cleaning(connection: sqlite3.Connection) -> bool:
    """Say whether the chore is open."""
    return connection.execute("SELECT 1 FROM chores WHERE name = ?", (_CHORE,)).fetchone() is not None


def clean_some(connection: sqlite3.Connection) -> Progress:
    """Do one step; say what is left."""
    if is_indexed_by_fts5(connection):
        before = connection.total_changes
        # Negative: all segments are merged into one, step by step, however few they are.
        connection.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (-_PAGES,))
        # FTS5's documentation, "The 'merge' command": fewer than 2 changes mean that nothing was left to merge.
        if connection.total_changes - before >= 2:
            return Progress.MORE
    is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        return Progress.BUSY
    connection.execute("DELETE FROM chores WHERE name = ?", (_CHORE,))
    return Progress.DONE
