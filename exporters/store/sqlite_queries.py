"""What is read from the SQLite store: functions of a reader's connection, each in one snapshot of the file.

Every value reaches SQL as a parameter; the texts are put together from constants of this module alone.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import orjson

from exporters.store.aggregates import ServiceStats
from exporters.store.base import Change, EvaluationPage, Position, SessionFilter, SessionPage, SessionRow, TotalKind
from exporters.store.cursor import Cursor
from exporters.store.rollups import Level, stats_of
from exporters.store.sqlite_marks import LAST_ID, PLACES, first_id
from exporters.store.sqlite_rollups import count_sessions, read_services
from exporters.store.sqlite_search import NO_LIMIT, Ids, Search, search_of
from exporters.store.totals import COUNT_LIMIT, Span, is_counted_by_rollups, split
from scorer.model import Evaluation

# ruff: noqa: S608 - see the module's docstring

Row = tuple[int, str, bytes]
"""(timestamp_ms, session_id, the column that was asked for)."""


def read_evaluation(connection: sqlite3.Connection, session_id: str) -> Evaluation | None:
    """Return one evaluation; None when unknown or erased."""
    found = connection.execute("SELECT opened(document) FROM sessions WHERE session_id = ?", (session_id,)).fetchone()
    return None if found is None or found[0] is None else Evaluation.model_validate_json(found[0])


def read_page(connection: sqlite3.Connection, wanted: SessionFilter, limit: int, after: Cursor | None) -> SessionPage:
    """Return a page of rows with its total."""
    search = search_of(connection, wanted)
    rows = _page_rows(connection, search, "row", limit, after)
    total, kind = _total(connection, wanted, search)
    sessions = tuple(SessionRow.model_validate_json(row) for _, _, row in rows[:limit])
    return SessionPage(sessions, total, kind, _next_cursor(rows, limit))


def read_evaluations(
    connection: sqlite3.Connection, wanted: SessionFilter, limit: int, after: Cursor | None
) -> EvaluationPage:
    """Return a page of whole evaluations."""
    rows = _page_rows(connection, search_of(connection, wanted), "document", limit, after)
    evaluations = tuple(Evaluation.model_validate_json(document) for _, _, document in rows[:limit])
    return EvaluationPage(evaluations, _next_cursor(rows, limit))


def _next_cursor(rows: Sequence[Row], limit: int) -> str | None:
    return str(Cursor(*rows[limit - 1][:2])) if len(rows) > limit else None


def _page_rows(
    connection: sqlite3.Connection, search: Search, column: Literal["row", "document"], limit: int, after: Cursor | None
) -> list[Row]:
    """Return one row more than the limit, newest first.

    Ids follow the milliseconds, and within one the order of arrival: where a page begins or ends within a
    millisecond, all of it is read and put in the order of session ids.
    """
    ids, rows = search.ids, list[Row]()
    if after is not None:
        begun = ids.within(first_id(after.timestamp_ms), first_id(after.timestamp_ms + 1))
        place = (after.timestamp_ms, after.session_id)
        found = _read_rows(connection, column, search.newest(connection, begun, NO_LIMIT))
        rows = [row for row in found if row[:2] < place]
        ids = ids.within(ids.low, first_id(after.timestamp_ms))
    newest = search.newest(connection, ids, limit + 1)
    if len(newest) > limit:
        rest = ids.within(newest[-1] // PLACES * PLACES, newest[-1])
        newest += search.newest(connection, rest, NO_LIMIT)
    rows += _read_rows(connection, column, newest)
    return rows[: limit + 1]


def _read_rows(connection: sqlite3.Connection, column: str, ids: Sequence[int]) -> list[Row]:
    text = (
        f"SELECT timestamp_ms, session_id, opened({column}) FROM sessions WHERE id IN (SELECT value FROM json_each(?))"
    )
    return sorted(connection.execute(text, (orjson.dumps(ids).decode(),)), reverse=True)


def _total(connection: sqlite3.Connection, wanted: SessionFilter, search: Search) -> tuple[int, TotalKind]:
    if is_counted_by_rollups(wanted):
        return _total_by_rollups(connection, wanted), TotalKind.EXACT
    number = search.count(connection, COUNT_LIMIT + 1)
    return min(number, COUNT_LIMIT), TotalKind.AT_LEAST if number > COUNT_LIMIT else TotalKind.EXACT


def _total_by_rollups(connection: sqlite3.Connection, wanted: SessionFilter) -> int:
    parts = split(wanted)
    total = sum(_present(connection, wanted, edge) for edge in parts.edges)
    if parts.hours is not None:
        level = Level.SERVICE if parts.hours == Span(None, None) else Level.HOUR
        total += count_sessions(connection, level, parts.hours, wanted.service_id)
        total -= count_erased(connection, wanted.service_id, parts.hours)
    return total


def _present(connection: sqlite3.Connection, wanted: SessionFilter, span: Span) -> int:
    """Return how many of the service's sessions in the span are not erased."""
    edge = SessionFilter(service_id=wanted.service_id)
    return replace(search_of(connection, edge), ids=Ids.of(span)).count(connection, LAST_ID)


def count_erased(connection: sqlite3.Connection, service_id: str | None, span: Span) -> int:
    """Return how many stubs the service has in the span."""
    given = [("timestamp_ms >= ?", span.start_ms), ("timestamp_ms < ?", span.end_ms), ("service_id = ?", service_id)]
    texts = ["erased = 1", *(text for text, value in given if value is not None)]
    parameters = [value for _, value in given if value is not None]
    found = connection.execute(f"SELECT count(*) FROM sessions WHERE {' AND '.join(texts)}", parameters)
    number: int = found.fetchone()[0]
    return number


def read_stats(connection: sqlite3.Connection, service_id: str | None) -> list[ServiceStats]:
    """Return the aggregates of one service or of all, sorted by id."""
    return [stats_of(part) for part in read_services(connection, service_id)]


def read_position(connection: sqlite3.Connection) -> Position:
    """Return every writer's last number."""
    return Position(dict(connection.execute("SELECT writer, last FROM writers")))


def read_changes(connection: sqlite3.Connection, writer: str, after: int, limit: int) -> list[Change]:
    """Return the writer's saves beyond a number, in order."""
    rows = connection.execute(
        "SELECT number, opened(row) FROM sessions WHERE number > ? AND erased = 0 ORDER BY number LIMIT ?",
        (after, limit),
    )
    return [Change(writer, number, SessionRow.model_validate_json(row)) for number, row in rows]
