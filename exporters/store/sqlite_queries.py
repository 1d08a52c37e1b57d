"""What is read from the SQLite store: functions of a reader's connection, each in one snapshot of the file.

Every value reaches SQL as a parameter; the texts are put together from constants of this module alone.
"""

import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime

from exporters.store.base import (
    Bucket,
    Change,
    EvaluationPage,
    Interval,
    Position,
    ServiceStats,
    SessionFilter,
    SessionPage,
    SessionRow,
    TotalKind,
)
from exporters.store.cursor import Cursor
from exporters.store.facets import facets_wanted
from exporters.store.moments import bound_ms
from exporters.store.rollups import Level, Part, bucket_of, gather, stats_of
from exporters.store.sqlite_schema import is_indexed_by_fts5
from exporters.store.sqlite_transaction import read_part
from exporters.store.terms import query_terms
from exporters.store.totals import COUNT_LIMIT, Span, is_counted_by_rollups, split
from scorer.model import Evaluation

# ruff: noqa: S608 - see the module's docstring

Parameter = int | float | str
_BY_ROW = "sessions NOT INDEXED"
_BY_FACET = "facets CROSS JOIN sessions ON sessions.id = facets.of_id"
_HAS_FACET = (
    "EXISTS (SELECT 1 FROM facets AS other WHERE other.facet = ? AND other.at_ms = sessions.timestamp_ms"
    " AND other.of_session = sessions.session_id)"
)


@dataclass(frozen=True, slots=True)
class _Where:
    """Conditions on `sessions` with their parameters, and how its rows are found."""

    texts: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    source: str = "sessions"
    place: tuple[str, str] = ("timestamp_ms", "session_id")
    """The columns of the index that a page follows."""

    def plus(self, text: str, *parameters: Parameter) -> "_Where":
        return replace(self, texts=(*self.texts, text), parameters=(*self.parameters, *parameters))

    def __str__(self) -> str:
        return f"FROM {self.source} WHERE {' AND '.join(self.texts)}"


def read_evaluation(connection: sqlite3.Connection, session_id: str) -> Evaluation | None:
    """Return one evaluation; None when unknown or erased."""
    found = connection.execute("SELECT document FROM sessions WHERE session_id = ?", (session_id,)).fetchone()
    return None if found is None or found[0] is None else Evaluation.model_validate_json(found[0])


def read_page(connection: sqlite3.Connection, wanted: SessionFilter, limit: int, after: Cursor | None) -> SessionPage:
    """Return a page of rows with its total."""
    page, counted = _wheres(connection, wanted)
    rows = _page_rows(connection, page, "row", limit, after)
    total, kind = _total(connection, wanted, counted)
    sessions = tuple(SessionRow.model_validate_json(row) for _, _, row in rows[:limit])
    return SessionPage(sessions, total, kind, _next_cursor(rows, limit))


def read_evaluations(
    connection: sqlite3.Connection, wanted: SessionFilter, limit: int, after: Cursor | None
) -> EvaluationPage:
    """Return a page of whole evaluations."""
    page, _ = _wheres(connection, wanted)
    rows = _page_rows(connection, page, "document", limit, after)
    evaluations = tuple(Evaluation.model_validate_json(document) for _, _, document in rows[:limit])
    return EvaluationPage(evaluations, _next_cursor(rows, limit))


def _next_cursor(rows: list[tuple[int, str, bytes]], limit: int) -> str | None:
    return str(Cursor(*rows[limit - 1][:2])) if len(rows) > limit else None


def _page_rows(
    connection: sqlite3.Connection, page: _Where, column: str, limit: int, after: Cursor | None
) -> list[tuple[int, str, bytes]]:
    """Return (timestamp_ms, session_id, column) of one row more than the limit, newest first."""
    time, id_ = page.place
    page = page if after is None else page.plus(f"({time}, {id_}) < (?, ?)", *_place(after))
    return connection.execute(
        f"SELECT timestamp_ms, session_id, {column} {page} ORDER BY {time} DESC, {id_} DESC LIMIT ?",
        (*page.parameters, limit + 1),
    ).fetchall()


def _wheres(connection: sqlite3.Connection, wanted: SessionFilter) -> tuple[_Where, _Where]:
    """Return the conditions for a page and for a count."""
    page, counted = _with_words(connection, _conditions(wanted), wanted.q)
    return _with_facets(page, wanted), _with_facets(counted, wanted)


def _with_facets(where: _Where, wanted: SessionFilter) -> _Where:
    facets = facets_wanted(wanted)
    if facets and where.source != _BY_ROW:
        # The facet's own list in order; CROSS JOIN keeps it the outer one. Time and service are said again of it.
        where = replace(where, source=_BY_FACET, place=("at_ms", "of_session"))
        where, facets = _in_list(where, facets[0], wanted), facets[1:]
    for facet in facets:
        where = where.plus(_HAS_FACET, facet)
    return where


def _place(cursor: Cursor) -> tuple[int, str]:
    return cursor.timestamp_ms, cursor.session_id


def _conditions(wanted: SessionFilter) -> _Where:
    where = _between(_Where(("erased = 0",), ()), Span(bound_ms(wanted.since), bound_ms(wanted.until)))
    if wanted.service_id is not None:
        where = where.plus("service_id = ?", wanted.service_id)
    if wanted.flagged_only:
        where = where.plus("flagged = 1")
    if wanted.min_score is not None or wanted.max_score is not None:
        # The one index that carries the scores; without a word SQLite takes a narrower one and looks up every row.
        where = replace(where, source="sessions INDEXED BY sessions_by_time")
    column = "overall_score" if wanted.dimension is None else wanted.dimension.value
    if wanted.min_score is not None:
        where = where.plus(f"{column} >= ?", wanted.min_score)
    if wanted.max_score is not None:
        where = where.plus(f"{column} <= ?", wanted.max_score)
    return where


def _between(where: _Where, span: Span, column: str = "timestamp_ms") -> _Where:
    if span.start_ms is not None:
        where = where.plus(f"{column} >= ?", span.start_ms)
    if span.end_ms is not None:
        where = where.plus(f"{column} < ?", span.end_ms)
    return where


def _with_words(connection: sqlite3.Connection, where: _Where, q: str | None) -> tuple[_Where, _Where]:
    """Return the conditions for a page and for a count: a frequent word is looked up the other way round."""
    words = query_terms(q) if q is not None else ()
    if not words:
        return where, where
    if not is_indexed_by_fts5(connection):
        tests = " AND ".join(["instr(' ' || terms || ' ', ?)"] * len(words))
        where = where.plus(f"id IN (SELECT rowid FROM words WHERE {tests})", *(f" {word} " for word in words))
        return where, where
    match = " AND ".join(f'"{word}"' for word in words)
    among = where.plus("id IN (SELECT rowid FROM words WHERE words MATCH ?)", match)
    found = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"
    if connection.execute(found, (match, COUNT_LIMIT + 1)).fetchone()[0] <= COUNT_LIMIT:
        # Rare words: go by the found rows alone. NOT INDEXED leaves the row's id as the only way in.
        among = replace(among, source=_BY_ROW)
        return among, among
    # Frequent words: go by time and look each row up (0.2 ms), since the newest rows soon fill a page.
    each = where.plus("EXISTS (SELECT 1 FROM words WHERE words MATCH ? AND words.rowid = sessions.id)", match)
    return each, among


def _total(connection: sqlite3.Connection, wanted: SessionFilter, where: _Where) -> tuple[int, TotalKind]:
    if is_counted_by_rollups(wanted):
        return _total_by_rollups(connection, wanted), TotalKind.EXACT
    where = _one_facet(wanted) or where
    text = f"SELECT count(*) FROM (SELECT 1 {where} LIMIT ?)"
    number: int = connection.execute(text, (*where.parameters, COUNT_LIMIT + 1)).fetchone()[0]
    return min(number, COUNT_LIMIT), TotalKind.AT_LEAST if number > COUNT_LIMIT else TotalKind.EXACT


def _one_facet(wanted: SessionFilter) -> _Where | None:
    """Return conditions on `facets` alone, where a facet, service and time are all that is asked; stubs have none.

    Counting ten thousand of them is then a walk over an index, without a look at any session.
    """
    facets = facets_wanted(wanted)
    has_score = wanted.min_score is not None or wanted.max_score is not None
    if len(facets) != 1 or wanted.flagged_only or has_score or (wanted.q is not None and query_terms(wanted.q)):
        return None
    return _in_list(_Where((), (), "facets"), facets[0], wanted)


def _in_list(where: _Where, facet: str, wanted: SessionFilter) -> _Where:
    where = where.plus("facet = ?", facet)
    if wanted.service_id is not None:
        where = where.plus("of_service = ?", wanted.service_id)
    return _between(where, Span(bound_ms(wanted.since), bound_ms(wanted.until)), "at_ms")


def _total_by_rollups(connection: sqlite3.Connection, wanted: SessionFilter) -> int:
    parts = split(wanted)
    total = 0
    for edge in parts.edges:
        total += _count(connection, wanted.service_id, edge, is_erased=False)
    if parts.hours is not None:
        level = Level.SERVICE if parts.hours == Span(None, None) else Level.HOUR
        hours = _parts(connection, level, parts.hours, wanted.service_id)
        total += sum(part.counts.get("sessions", 0) for part in hours)
        total -= _count(connection, wanted.service_id, parts.hours, is_erased=True)
    return total


def _count(connection: sqlite3.Connection, service_id: str | None, span: Span, *, is_erased: bool) -> int:
    where = _between(_Where((f"erased = {int(is_erased)}",), ()), span)
    if service_id is not None:
        where = where.plus("service_id = ?", service_id)
    number: int = connection.execute(f"SELECT count(*) {where}", where.parameters).fetchone()[0]
    return number


def _parts(connection: sqlite3.Connection, level: Level, span: Span, service_id: str | None) -> list[Part]:
    text, parameters = "level = ?", [level.value, *(ms for ms in (span.start_ms, span.end_ms) if ms is not None)]
    text += "" if span.start_ms is None else " AND start_ms >= ?"
    text += "" if span.end_ms is None else " AND start_ms < ?"
    if service_id is not None:
        text += " AND service_id = ?"
        parameters.append(service_id)
    columns = "level, start_ms, service_id, updated_ms, counts"
    return [read_part(*row) for row in connection.execute(f"SELECT {columns} FROM rollups WHERE {text}", parameters)]


def read_stats(connection: sqlite3.Connection, service_id: str | None) -> list[ServiceStats]:
    """Return the aggregates of one service or of all, sorted by id."""
    return [stats_of(part) for part in gather(_parts(connection, Level.SERVICE, Span(None, None), service_id))]


def read_timeseries(
    connection: sqlite3.Connection, interval: Interval, since: datetime, until: datetime, service_id: str | None
) -> list[Bucket]:
    """Return the non-empty buckets that start in [since, until)."""
    span = Span(bound_ms(since), bound_ms(until))
    return [bucket_of(part) for part in gather(_parts(connection, Level(interval.value), span, service_id))]


def read_position(connection: sqlite3.Connection) -> Position:
    """Return every writer's last number."""
    return Position(dict(connection.execute("SELECT writer, last FROM writers")))


def read_changes(connection: sqlite3.Connection, writer: str, after: int, limit: int) -> list[Change]:
    """Return the writer's saves beyond a number, in order."""
    rows = connection.execute(
        "SELECT number, row FROM sessions WHERE number > ? AND erased = 0 ORDER BY number LIMIT ?", (after, limit)
    )
    return [Change(writer, number, SessionRow.model_validate_json(row)) for number, row in rows]
