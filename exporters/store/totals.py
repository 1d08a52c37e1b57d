"""How many sessions a filter has, without counting each: whole hours from the rollups, edges by hand. Pure."""

from dataclasses import dataclass

from exporters.store.base import SessionFilter
from exporters.store.facets import facets_wanted
from exporters.store.moments import HOUR_MS, bound_ms
from exporters.store.terms import query_terms

COUNT_LIMIT = 10_000
"""Rows counted for a filter that rollups cannot answer; beyond it the total is `at_least`."""


@dataclass(frozen=True, slots=True)
class Span:
    """Moments in [start_ms, end_ms); None is open."""

    start_ms: int | None
    end_ms: int | None


@dataclass(frozen=True, slots=True)
class Split:
    """A span as hours that lie wholly inside it, and the edges that do not."""

    hours: Span | None
    """None when no whole hour lies inside."""
    edges: tuple[Span, ...]


def is_counted_by_rollups(wanted: SessionFilter) -> bool:
    """Say whether service and time are all the filter asks."""
    has_score = wanted.min_score is not None or wanted.max_score is not None
    has_words = wanted.q is not None and bool(query_terms(wanted.q))
    return not (wanted.flagged_only or has_score or has_words or facets_wanted(wanted))


def split(wanted: SessionFilter) -> Split:
    """Cut the filter's time at whole hours."""
    start, end = bound_ms(wanted.since), bound_ms(wanted.until)
    first = None if start is None else -(-start // HOUR_MS) * HOUR_MS
    last = None if end is None else end - end % HOUR_MS
    if first is not None and last is not None and first >= last:
        return Split(None, (Span(start, end),))
    edges = []
    if start is not None and first != start:
        edges.append(Span(start, first))
    if end is not None and last != end:
        edges.append(Span(last, end))
    return Split(Span(first, last), tuple(edges))
