"""Spans cut at whole hours."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from exporters.store.base import SessionFilter
from exporters.store.moments import HOUR_MS, to_ms
from exporters.store.totals import Span, is_counted_by_rollups, split

_BOUNDS = datetime(2026, 1, 1), datetime(2026, 1, 2)  # noqa: DTZ001 - hypothesis takes its bounds without a zone
MOMENTS = st.datetimes(*_BOUNDS, timezones=st.just(UTC))


def _has(span: Span | None, moment_ms: int) -> bool:
    if span is None:
        return False
    return (span.start_ms is None or moment_ms >= span.start_ms) and (span.end_ms is None or moment_ms < span.end_ms)


@given(st.none() | MOMENTS, st.none() | MOMENTS, MOMENTS)
def test_every_moment_is_in_one_piece_exactly_when_it_is_in_the_span(
    since: datetime | None, until: datetime | None, moment: datetime
) -> None:
    parts = split(SessionFilter(since=since, until=until))
    moment_ms = to_ms(moment)
    stored = datetime.fromtimestamp(moment_ms / 1000, UTC)

    pieces = sum(_has(span, moment_ms) for span in (parts.hours, *parts.edges))

    assert pieces == int((since is None or stored >= since) and (until is None or stored < until))


@given(st.none() | MOMENTS, st.none() | MOMENTS)
def test_the_hours_are_whole(since: datetime | None, until: datetime | None) -> None:
    hours = split(SessionFilter(since=since, until=until)).hours

    ends = [] if hours is None else [end for end in (hours.start_ms, hours.end_ms) if end is not None]
    assert all(end % HOUR_MS == 0 for end in ends)


def test_service_time_and_a_search_without_words_are_counted_by_rollups() -> None:
    assert is_counted_by_rollups(SessionFilter(service_id="a", since=datetime(2026, 1, 1, tzinfo=UTC), q="?!"))
    for wanted in ({"flagged_only": True}, {"min_score": 0.0}, {"max_score": 0.0}, {"q": "word"}):
        assert not is_counted_by_rollups(SessionFilter(**wanted))  # type: ignore[arg-type] - by name
