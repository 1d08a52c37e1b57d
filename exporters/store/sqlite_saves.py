"""What is written to the SQLite store: save, feedback, erase. Functions of an open transaction, run by its writer."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import orjson

from config.errors import ConflictError
from exporters.store.base import row_of
from exporters.store.moments import to_ms
from exporters.store.record import (
    Record,
    clean_text,
    is_known,
    remember,
    succeed,
    to_record,
    with_feedback,
    without_text,
)
from exporters.store.rollups import Counted, count
from exporters.store.sqlite_cleaning import note_cleaning
from exporters.store.sqlite_marks import SCORE_COLUMNS, delete_marks, free_id, insert_marks, scores_of
from exporters.store.sqlite_subjects import is_forgotten
from exporters.store.sqlite_transaction import Transaction
from exporters.store.terms import terms_of
from scorer.model import Evaluation, Feedback
from scorer.protocols import Saved

_COLUMNS = (
    "id", "session_id", "service_id", "timestamp_ms", *SCORE_COLUMNS, "flagged", "erased", "expired", "revision",
    "number", "submissions", "counted", "row", "document",
)  # fmt: skip
_TEXTS = ("row", "document")
_VALUES = ", ".join("sealed(?)" if name in _TEXTS else "?" for name in _COLUMNS)
_INSERT = f"INSERT INTO sessions ({', '.join(_COLUMNS)}) VALUES ({_VALUES})"  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class _Found:
    id: int
    revision: int
    submissions: list[str]
    counted: Counted
    document: bytes | None
    """None when erased."""


def save(zone: ZoneInfo, evaluation: Evaluation) -> Callable[[Transaction], Saved]:
    """Return the operation that saves as `Store.save` says. An erased session takes a new submission, no old one.

    What an erased person wrote before the erasure is saved as the stub that `erase` would leave.
    """

    def operation(transaction: Transaction) -> Saved:
        record = to_record(evaluation)
        found = _find(transaction.connection, record.evaluation.session_id)
        if found is None:
            return _write(transaction, zone, record, None)
        if is_known(found.submissions, evaluation.submission_id):
            kept = found.document
            return Saved(Evaluation.model_validate_json(kept) if kept is not None else record.evaluation, is_new=False)
        before = None if found.document is None else Evaluation.model_validate_json(found.document)
        if before is not None:
            delete_marks(transaction.connection, found.id, before)
        feedback = () if before is None else before.feedback
        return _write(transaction, zone, succeed(record, found.revision, feedback), found)

    return operation


def save_after(zone: ZoneInfo, evaluation: Evaluation, revision: int) -> Callable[[Transaction], Saved]:
    """Return the operation that saves as `HistoryStore.save_after` says."""
    saving = save(zone, evaluation)

    def operation(transaction: Transaction) -> Saved:
        found = _find(transaction.connection, clean_text(evaluation.session_id))
        if found is None or found.document is None:
            raise ConflictError("the session was erased since it was read")
        if found.revision != revision and evaluation.submission_id not in found.submissions:
            raise ConflictError("the session was changed since it was read")
        return saving(transaction)

    return operation


def add_feedback(session_id: str, feedback: Feedback) -> Callable[[Transaction], Evaluation | None]:
    """Return the operation that appends a verdict; its result is None when unknown or erased."""

    def operation(transaction: Transaction) -> Evaluation | None:
        found = _find(transaction.connection, session_id)
        if found is None or found.document is None:
            return None
        record = with_feedback(found.document, feedback)
        before = Evaluation.model_validate_json(found.document)
        if not before.feedback:  # from now on it is in another list of the review
            delete_marks(transaction.connection, found.id, before)
            insert_marks(transaction.connection, found.id, record.evaluation)
        transaction.connection.execute(
            "UPDATE sessions SET document = sealed(?) WHERE id = ?", (record.document, found.id)
        )
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
    delete_marks(connection, id_, Evaluation.model_validate_json(document))
    connection.execute("UPDATE sessions SET erased = 1, row = NULL, document = NULL WHERE id = ?", (id_,))
    transaction.drop_words(id_)
    _note_cleaning(transaction)


def _find(connection: sqlite3.Connection, session_id: str) -> _Found | None:
    row = connection.execute(
        "SELECT id, revision, submissions, counted, opened(document) FROM sessions WHERE session_id = ?", (session_id,)
    ).fetchone()
    if row is None:
        return None
    id_, revision, submissions, counted, document = row
    return _Found(id_, revision, orjson.loads(submissions), Counted(**orjson.loads(counted)), document)


def _write(transaction: Transaction, zone: ZoneInfo, record: Record, replaced: _Found | None) -> Saved:
    evaluation, connection = record.evaluation, transaction.connection
    is_stub = is_forgotten(connection, evaluation)
    counted = count(evaluation, zone)
    submissions = remember(replaced.submissions if replaced else (), evaluation.submission_id)
    if replaced is not None:
        connection.execute("DELETE FROM sessions WHERE id = ?", (replaced.id,))
        transaction.drop_words(replaced.id)
    id_ = free_id(connection, to_ms(evaluation.timestamp))
    values = (
        id_,
        evaluation.session_id,
        evaluation.service_id,
        to_ms(evaluation.timestamp),
        *scores_of(evaluation),
        evaluation.flagged,
        is_stub,
        False,
        evaluation.revision,
        transaction.next_number,
        orjson.dumps(submissions).decode(),
        orjson.dumps(counted.to_dict()).decode(),
        None if is_stub else row_of(evaluation).model_dump_json().encode(),
        None if is_stub else record.document,
    )
    connection.execute(_INSERT, values)
    if is_stub:
        _note_cleaning(transaction)  # of what it replaced
    else:
        insert_marks(connection, id_, evaluation)
        transaction.put_words(id_, " ".join(terms_of(evaluation)))
    transaction.commit_as(counted, replaced.counted if replaced else None)
    return Saved(without_text(evaluation) if is_stub else evaluation, is_new=True)


def _note_cleaning(transaction: Transaction) -> None:
    note_cleaning(transaction.connection)
    transaction.leaves_cleaning = True
