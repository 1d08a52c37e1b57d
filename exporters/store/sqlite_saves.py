"""What is written to the SQLite store: save, feedback, erase. Functions of an open transaction, run by its writer."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import orjson

from exporters.store.base import row_of
from exporters.store.moments import to_ms
from exporters.store.record import Record, remember, succeed, to_record, with_feedback
from exporters.store.rollups import Counted, count, movement
from exporters.store.sqlite_cleaning import note_cleaning
from exporters.store.sqlite_schema import SCORE_COLUMNS, delete_facets, insert_facets
from exporters.store.sqlite_transaction import Transaction
from exporters.store.terms import terms_of
from scorer.model import DimensionName, Evaluation, Feedback
from scorer.protocols import Saved

_COLUMNS = (
    "session_id", "service_id", "timestamp_ms", *SCORE_COLUMNS, "flagged", "erased", "expired", "revision", "number",
    "submissions", "counted", "row", "document",
)  # fmt: skip
_INSERT = f"INSERT INTO sessions ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - constants
_UPDATE = f"UPDATE sessions SET {', '.join(f'{name} = ?' for name in _COLUMNS)} WHERE id = ?"  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class _Found:
    id: int
    revision: int
    submissions: list[str]
    counted: Counted
    document: bytes | None
    """None when erased."""


def save(zone: ZoneInfo, evaluation: Evaluation) -> Callable[[Transaction], Saved]:
    """Return the operation that saves as `Store.save` says. An erased session takes a new submission, no old one."""

    def operation(transaction: Transaction) -> Saved:
        record = to_record(evaluation)
        found = _find(transaction.connection, record.evaluation.session_id)
        if found is None:
            return _write(transaction, zone, record, None)
        if evaluation.submission_id in found.submissions:
            kept = found.document
            return Saved(Evaluation.model_validate_json(kept) if kept is not None else record.evaluation, is_new=False)
        before = None if found.document is None else Evaluation.model_validate_json(found.document)
        if before is not None:
            delete_facets(transaction.connection, before)
        feedback = () if before is None else before.feedback
        return _write(transaction, zone, succeed(record, found.revision, feedback), found)

    return operation


def add_feedback(session_id: str, feedback: Feedback) -> Callable[[Transaction], Evaluation | None]:
    """Return the operation that appends a verdict; its result is None when unknown or erased."""

    def operation(transaction: Transaction) -> Evaluation | None:
        found = _find(transaction.connection, session_id)
        if found is None or found.document is None:
            return None
        record = with_feedback(found.document, feedback)
        transaction.connection.execute("UPDATE sessions SET document = ? WHERE id = ?", (record.document, found.id))
        return record.evaluation

    return operation


def erase(session_id: str) -> Callable[[Transaction], bool]:
    """Return the operation that leaves a stub: id, service, moment, scores, counts, and no text."""

    def operation(transaction: Transaction) -> bool:
        found = _find(transaction.connection, session_id)
        if found is None or found.document is None:
            return False
        erase_text(transaction, found.id, found.document)
        return True

    return operation


def erase_text(transaction: Transaction, id_: int, document: bytes) -> None:
    """Put a stub in the place of the row that has this document."""
    connection = transaction.connection
    delete_facets(connection, Evaluation.model_validate_json(document))
    connection.execute("UPDATE sessions SET erased = 1, row = NULL, document = NULL WHERE id = ?", (id_,))
    connection.execute("DELETE FROM words WHERE rowid = ?", (id_,))
    note_cleaning(connection)
    transaction.leaves_cleaning = True


def _find(connection: sqlite3.Connection, session_id: str) -> _Found | None:
    row = connection.execute(
        "SELECT id, revision, submissions, counted, document FROM sessions WHERE session_id = ?", (session_id,)
    ).fetchone()
    if row is None:
        return None
    id_, revision, submissions, counted, document = row
    return _Found(id_, revision, orjson.loads(submissions), Counted(**orjson.loads(counted)), document)


def _write(transaction: Transaction, zone: ZoneInfo, record: Record, replaced: _Found | None) -> Saved:
    evaluation, connection = record.evaluation, transaction.connection
    counted = count(evaluation, zone)
    submissions = remember(replaced.submissions if replaced else (), evaluation.submission_id)
    values = (
        evaluation.session_id,
        evaluation.service_id,
        to_ms(evaluation.timestamp),
        evaluation.overall_score,
        *(evaluation.dimensions.get(name) for name in DimensionName),
        evaluation.flagged,
        False,
        False,
        evaluation.revision,
        transaction.next_number,
        orjson.dumps(submissions).decode(),
        orjson.dumps(counted.to_dict()).decode(),
        row_of(evaluation).model_dump_json().encode(),
        record.document,
    )
    terms = " ".join(terms_of(evaluation))
    if replaced is None:
        id_ = connection.execute(_INSERT, values).lastrowid
        assert id_ is not None  # SQLite gives every inserted row one
    else:
        id_ = replaced.id
        connection.execute(_UPDATE, (*values, id_))
        # Not UPDATE: an erased session has no row there any more.
        connection.execute("DELETE FROM words WHERE rowid = ?", (id_,))
    connection.execute("INSERT INTO words (rowid, terms) VALUES (?, ?)", (id_, terms))
    insert_facets(connection, id_, evaluation)
    transaction.commit_as(movement(counted, replaced.counted if replaced else None))
    return Saved(evaluation, is_new=True)
