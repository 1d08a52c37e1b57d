"""Who was erased from the SQLite store, and up to when. Functions of an open transaction's connection."""

import sqlite3

from exporters.store.moments import from_ms, to_ms
from exporters.store.subjects import Erasure
from scorer.model import Evaluation


def remember_erasure(connection: sqlite3.Connection, end_user: str, until_ms: int) -> None:
    """Write down that what this person wrote up to that moment is never stored again."""
    connection.execute(
        "INSERT INTO subjects VALUES (?, ?) ON CONFLICT DO UPDATE SET until_ms = max(until_ms, excluded.until_ms)",
        (end_user, until_ms),
    )


def read_erasures(connection: sqlite3.Connection, after_ms: int) -> list[Erasure]:
    """Return the erasures up to a later moment, oldest first."""
    found = connection.execute(
        "SELECT end_user, until_ms FROM subjects WHERE until_ms > ? ORDER BY until_ms, end_user", (after_ms,)
    )
    return [Erasure(from_ms(until_ms), end_user) for end_user, until_ms in found]


def is_forgotten(connection: sqlite3.Connection, evaluation: Evaluation) -> bool:
    """Say whether the evaluation is one of an erased person's, from before the erasure."""
    if evaluation.end_user is None:
        return False
    found = connection.execute("SELECT until_ms FROM subjects WHERE end_user = ?", (evaluation.end_user,)).fetchone()
    return found is not None and to_ms(evaluation.timestamp) <= found[0]
