"""Sealed texts in the SQLite file: the ids of their keys, and the change of a key. Operations of the writer."""

import sqlite3
from collections.abc import Callable

from exporters.store.sealed import Resealed, TextSealer
from exporters.store.sqlite_cleaning import note_cleaning
from exporters.store.sqlite_transaction import Transaction
from exporters.store.terms import terms_of
from scorer.model import Evaluation
from scorer.sealing import HEAD_BYTES

_AFTER = "SELECT id, row, document FROM sessions WHERE erased = 0 AND id > ? ORDER BY id LIMIT ?"
_FOREIGN = (
    "SELECT 1 FROM sessions WHERE erased = 0 AND"
    " (substr(row, 1, :size) IS NOT :head OR substr(document, 1, :size) IS NOT :head) LIMIT 1"
)
_FIRST = "SELECT min(id) - 1 FROM sessions"


def keep_key(connection: sqlite3.Connection, sealer: TextSealer) -> None:
    """Check that every key of the file's texts is here, and write down the one that seals. Raises ForeignKeyError."""
    sealer.check(id_ for (id_,) in connection.execute("SELECT id FROM text_keys"))
    if sealer.is_on:
        connection.execute("INSERT OR IGNORE INTO text_keys VALUES (?)", sealer.key_ids[:1])


def reseal(sealer: TextSealer, after: str | None, limit: int) -> Callable[[Transaction], Resealed]:
    """Return the operation that looks at the next `limit` sessions and writes those anew whose key is another."""

    def operation(transaction: Transaction) -> Resealed:
        connection = transaction.connection
        start = connection.execute(_FIRST).fetchone()[0] if after is None else int(after)
        if start is None:
            return Resealed(None, 0)
        found = connection.execute(_AFTER, (start, limit)).fetchall()
        # Each asked by itself: a verdict under the new key writes the document anew, and leaves row and words.
        others = [(id_, kept) for id_, row, kept in found if not (sealer.is_current(row) and sealer.is_current(kept))]
        for id_, kept in others:
            evaluation = Evaluation.model_validate_json(sealer.open(kept))
            connection.execute(
                "UPDATE sessions SET row = sealed(opened(row)), document = sealed(opened(document)) WHERE id = ?",
                (id_,),
            )
            transaction.drop_words(id_)
            transaction.put_words(id_, " ".join(terms_of(evaluation)))
        if others:
            note_cleaning(connection)
            transaction.leaves_cleaning = True
        return Resealed(str(found[-1][0]) if len(found) == limit else None, len(others))

    return operation


def forget_keys(sealer: TextSealer) -> Callable[[Transaction], bool]:
    """Return the operation that strikes every other key from the file, unless a text still needs one. Reads it all."""

    def operation(transaction: Transaction) -> bool:
        connection = transaction.connection
        if sealer.is_on and connection.execute(_FOREIGN, {"size": HEAD_BYTES, "head": sealer.sealer.head}).fetchone():
            return False
        connection.execute("DELETE FROM text_keys WHERE id IS NOT ?", (sealer.key_ids[0] if sealer.is_on else None,))
        return True

    return operation
