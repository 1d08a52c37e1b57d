"""The erasure of a person from the SQLite store: remembered first, then session by session."""

from collections.abc import Callable

from exporters.store import sqlite_queries, sqlite_saves
from exporters.store.base import SessionFilter
from exporters.store.sqlite_subjects import remember_erasure
from exporters.store.sqlite_transaction import Transaction
from exporters.store.subjects import TextsErased


def erase_subject(end_user: str, until_ms: int, limit: int) -> Callable[[Transaction], TextsErased]:
    """Return the operation that does one step of `SubjectStore.erase_subject`."""

    def operation(transaction: Transaction) -> TextsErased:
        connection = transaction.connection
        remember_erasure(connection, end_user, until_ms)
        found = sqlite_queries.read_evaluations(connection, SessionFilter(end_user=end_user), limit, None).evaluations
        for evaluation in found:
            sqlite_saves.erase(evaluation.session_id)(transaction)
        return TextsErased(len(found), sum(len(evaluation.feedback) for evaluation in found))

    return operation
