"""What retention takes out of the SQLite store: first the text, later the scores. Functions of an open transaction."""

from collections.abc import Callable

import orjson

from exporters.store.base import Expired
from exporters.store.rollups import Counted, without_scores
from exporters.store.sqlite_cleaning import note_cleaning
from exporters.store.sqlite_marks import SCORE_COLUMNS, first_id, service_mark
from exporters.store.sqlite_saves import erase_text
from exporters.store.sqlite_transaction import Transaction

_TEXTS = (
    "SELECT sessions.id, opened(document) FROM marks JOIN sessions ON sessions.id = marks.id "
    "WHERE marks.mark = ? AND marks.id < ? LIMIT ?"
)
_SCORES = (
    "SELECT id, counted FROM sessions WHERE erased = 1 AND expired = 0 AND service_id = ? AND timestamp_ms < ? LIMIT ?"
)
_EMPTY = (
    f"UPDATE sessions SET {', '.join(f'{name} = NULL' for name in SCORE_COLUMNS)}, flagged = 0, expired = 1, "  # noqa: S608 - constants
    "counted = ? WHERE id = ?"
)


def expire(
    service_id: str, text_before_ms: int | None, scores_before_ms: int | None, limit: int
) -> Callable[[Transaction], Expired]:
    """Return the operation that takes out what `Store.expire` says."""

    def operation(transaction: Transaction) -> Expired:
        texts = 0 if text_before_ms is None else _expire_texts(transaction, service_id, text_before_ms, limit)
        scores = 0 if scores_before_ms is None else _expire_scores(transaction, service_id, scores_before_ms, limit)
        return Expired(texts, scores)

    return operation


def _expire_texts(transaction: Transaction, service_id: str, before_ms: int, limit: int) -> int:
    found = transaction.connection.execute(_TEXTS, (service_mark(service_id), first_id(before_ms), limit)).fetchall()
    for id_, document in found:
        erase_text(transaction, id_, document)
    return len(found)


def _expire_scores(transaction: Transaction, service_id: str, before_ms: int, limit: int) -> int:
    found = transaction.connection.execute(_SCORES, (service_id, before_ms, limit)).fetchall()
    for id_, noted in found:
        note = without_scores(Counted(**orjson.loads(noted))).to_dict()
        transaction.connection.execute(_EMPTY, (orjson.dumps(note).decode(), id_))
    if found:  # what was overwritten is in the log still
        note_cleaning(transaction.connection)
        transaction.leaves_cleaning = True
    return len(found)
