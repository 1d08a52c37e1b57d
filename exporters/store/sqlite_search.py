"""How a filter walks the SQLite file's lists: one condition leads, newest first, the others are asked of each id.

The shortest list leads; where all are very long, the newest rows soon fill a page. A condition by itself is never asked
of a row: its list is the answer.
Every value reaches SQL as a parameter; the texts are put together from constants of the store's modules alone.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exporters.store.base import SessionFilter
from exporters.store.facets import facets_wanted
from exporters.store.moments import bound_ms
from exporters.store.sqlite_functions import word_forms
from exporters.store.sqlite_marks import (
    FIRST_ID,
    FLAGGED,
    LAST_ID,
    PRESENT,
    TOP_CLASS,
    first_id,
    score_class,
    score_list,
    service_mark,
)
from exporters.store.sqlite_schema import is_indexed_by_fts5
from exporters.store.terms import query_terms
from exporters.store.totals import Span

# ruff: noqa: S608 - see the module's docstring

Parameter = int | float | str
NO_LIMIT = -1
SIZES = (10_000, 40_000)
"""Lengths to which lists are measured, one after the other: ten thousand ids are half a millisecond."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition on a row, with its parameters; `{id}` in it is the row's id."""

    text: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A table whose rows in the order of `id` are a list."""

    table: str
    id: str
    tests: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a filter: as lists to walk, which share no id, and as a question about a row."""

    sources: tuple[Source, ...]
    test: Clause


@dataclass(frozen=True, slots=True)
class Ids:
    """Ids in [low, high)."""

    low: int = FIRST_ID
    high: int = LAST_ID

    @classmethod
    def of(cls, span: Span) -> "Ids":
        """Return the ids of a span of time."""
        low = FIRST_ID if span.start_ms is None else first_id(span.start_ms)
        return cls(low, LAST_ID if span.end_ms is None else first_id(span.end_ms))

    def within(self, low: int, high: int) -> "Ids":
        """Return those that lie in [low, high) too."""
        return Ids(max(self.low, low), min(self.high, high))


@dataclass(frozen=True, slots=True)
class Search:
    """A filter, ready to be walked."""

    sources: tuple[Source, ...]
    tests: tuple[Clause, ...]
    ids: Ids

    def newest(self, connection: sqlite3.Connection, ids: Ids, limit: int) -> list[int]:
        """Return the ids that fit, newest first, at most `limit`; `NO_LIMIT` returns all."""
        found: list[int] = []
        for source in self.sources:
            if len(found) == limit:  # what is older than the last one found is not asked for
                ids = ids.within(found[-1] + 1, LAST_ID)
            text, parameters = self._select(source, ids)
            rows = connection.execute(f"{text} ORDER BY {source.id} DESC LIMIT ?", (*parameters, limit))
            found += [id_ for (id_,) in rows]
            if len(self.sources) > 1:
                found.sort(reverse=True)
                del found[limit if limit != NO_LIMIT else len(found) :]
        return found

    def count(self, connection: sqlite3.Connection, limit: int) -> int:
        """Return how many fit, counted up to `limit`."""
        return sum(self._counts(connection, limit))

    def _counts(self, connection: sqlite3.Connection, limit: int) -> Iterator[int]:
        for source in self.sources:
            text, parameters = self._select(source, self.ids)
            counted = f"SELECT count(*) FROM ({text} LIMIT ?)"
            number: int = connection.execute(counted, (*parameters, limit)).fetchone()[0]
            limit -= number
            yield number
            if limit <= 0:
                return

    def _select(self, source: Source, ids: Ids) -> tuple[str, tuple[Parameter, ...]]:
        texts, parameters = [], list[Parameter]()
        for test in (*source.tests, *self.tests):
            texts.append(test.text.format(id=source.id))
            parameters += test.parameters
        if ids.low != FIRST_ID:
            texts.append(f"{source.id} >= ?")
            parameters.append(ids.low)
        if ids.high != LAST_ID:
            texts.append(f"{source.id} < ?")
            parameters.append(ids.high)
        return f"SELECT {source.id} FROM {source.table} WHERE {' AND '.join(texts)}", tuple(parameters)


def search_of(connection: sqlite3.Connection, wanted: SessionFilter) -> Search:
    """Return the filter, ready to be walked."""
    ids = Ids.of(Span(bound_ms(wanted.since), bound_ms(wanted.until)))
    conditions = list(_conditions(connection, wanted)) or [_mark(PRESENT)]
    first = conditions[0] if len(conditions) == 1 else _shortest(connection, conditions, ids)
    return Search(first.sources, tuple(one.test for one in conditions if one is not first), ids)


def _shortest(connection: sqlite3.Connection, conditions: Sequence[Condition], ids: Ids) -> Condition:
    """Return the condition with the shortest list, measured no further than it takes to tell."""
    for limit in SIZES:
        shortest, size = conditions[0], limit
        for condition in conditions:
            found = Search(condition.sources, (), ids).count(connection, size)
            if found < size:
                shortest, size = condition, found
        if size < limit:
            return shortest
    return conditions[0]


def _conditions(connection: sqlite3.Connection, wanted: SessionFilter) -> Iterator[Condition]:
    """Yield the filter's conditions, by experience the rarest first."""
    for facet in facets_wanted(wanted):
        yield _mark(facet)
    words = query_terms(wanted.q) if wanted.q is not None else ()
    if words:
        forms = [word_forms(connection, word) for word in words]
        yield _words(forms, is_indexed=is_indexed_by_fts5(connection))
    if wanted.min_score is not None or wanted.max_score is not None:
        column = "overall_score" if wanted.dimension is None else wanted.dimension.value
        yield _scores(column, wanted.min_score, wanted.max_score)
    if wanted.flagged_only:
        yield _mark(FLAGGED)
    if wanted.service_id is not None:
        yield _mark(service_mark(wanted.service_id))


def _mark(mark: str) -> Condition:
    test = "EXISTS (SELECT 1 FROM marks AS other WHERE other.mark = ? AND other.id = {id})"
    return Condition((Source("marks", "marks.id", (Clause("marks.mark = ?", (mark,)),)),), Clause(test, (mark,)))


def _words(words: Sequence[Sequence[str]], *, is_indexed: bool) -> Condition:
    """Return the condition that a session has every word, in any of its forms."""
    tests = (" OR ".join(["instr(' ' || terms || ' ', ?) > 0"] * len(forms)) for forms in words)
    has_words = " AND ".join(f"({test})" for test in tests)
    padded = tuple(f" {form} " for forms in words for form in forms)
    # Of one row the kept words are asked: a look into the index costs four times as much.
    test = Clause(f"EXISTS (SELECT 1 FROM words WHERE words.rowid = {{id}} AND {has_words})", padded)
    alternatives = (" OR ".join(f'"{form}"' for form in forms) for forms in words)
    match = " AND ".join(f"({forms})" for forms in alternatives)
    listed = Clause("words MATCH ?", (match,)) if is_indexed else Clause(has_words, padded)
    return Condition((Source("words", "words.rowid", (listed,)),), test)


def _scores(column: str, lowest: float | None, highest: float | None) -> Condition:
    bounds = [("{score} >= ?", lowest), ("{score} <= ?", highest)]
    given = [(text, bound) for text, bound in bounds if bound is not None]
    parameters = tuple(bound for _, bound in given)
    own = Clause(" AND ".join(text.format(score="scores.score") for text, _ in given), parameters)
    asked = " AND ".join(text.format(score=f"sessions.{column}") for text, _ in given)
    first = 0 if lowest is None else score_class(lowest)
    last = TOP_CLASS if highest is None else score_class(highest)
    sources = tuple(
        Source("scores", "scores.id", (Clause("scores.list = ?", (score_list(column, class_),)), own))
        for class_ in range(first, last + 1)
    )
    return Condition(
        sources, Clause(f"EXISTS (SELECT 1 FROM sessions WHERE sessions.id = {{id}} AND {asked})", parameters)
    )
