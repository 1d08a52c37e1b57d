"""The aggregates once more, from the sessions themselves: what rollups are compared with."""

from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest

from exporters.store.aggregates import Interval
from exporters.store.base import SessionFilter, SessionRow, Store
from scorer.model import DimensionName, Evaluation

ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


async def all_rows(store: Store, limit: int = 200) -> list[SessionRow]:
    """Return every row, page by page."""
    rows, cursor = [], None
    while True:
        page = await store.list_sessions(SessionFilter(), limit, cursor)
        rows += page.sessions
        cursor = page.next_cursor
        if cursor is None:
            return rows


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


async def check_aggregates(store: Store, gone: tuple[Evaluation, ...] = ()) -> None:
    """Compare stats and hours with a count of the sessions; `gone` are erased ones, which stay in the counts."""
    sessions = [*gone]
    for row in await all_rows(store):
        evaluation = await store.get(row.session_id)
        assert evaluation is not None
        sessions.append(evaluation)
    by_service: dict[str, list[Evaluation]] = defaultdict(list)
    for evaluation in sessions:
        by_service[evaluation.service_id].append(evaluation)
    stats = {one.service_id: one for one in await store.all_stats()}
    hours = await store.timeseries(Interval.HOUR, *ALWAYS, None)
    days = await store.timeseries(Interval.DAY, *ALWAYS, None)
    assert stats.keys() == by_service.keys()
    for service_id, own in by_service.items():
        found = stats[service_id]
        assert found.total_sessions == len(own)
        assert found.flagged_count == sum(one.flagged for one in own)
        assert found.avg_score == pytest.approx(_mean([one.overall_score for one in own]), abs=1e-6)
        for name in DimensionName:
            expected = _mean([one.dimensions[name] for one in own])
            assert found.dimension_averages[name] == pytest.approx(expected, abs=1e-6), name
        assert found.flags == Counter(code for one in own for code in set(one.flag_codes))
        assert found.used.total_tokens == sum(min(one.usage.total_tokens or 0, 10**12) for one in own)
        assert sum(found.score_histograms["overall"]) == sum(one.overall_score is not None for one in own)
        for buckets in (hours, days):
            mine = [bucket for bucket in buckets if bucket.service_id == service_id]
            assert sum(bucket.total_sessions for bucket in mine) == len(own)
            for verdict in ("verified_claims", "hallucinated_claims", "unverifiable_claims"):
                counted = sum(getattr(bucket, verdict) for bucket in mine)
                assert counted == sum(getattr(one.verification, verdict) for one in own), verdict
