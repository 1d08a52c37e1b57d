"""Services, their aggregates, and how these move over time."""

from datetime import UTC, datetime, timedelta

import pytest

from scorer.model import DimensionName
from tests.fakes.admin import Admin
from tests.fakes.evaluations import START, make_evaluation

DAY = "since=2026-03-01T00:00:00Z&until=2026-03-02T00:00:00Z"


async def test_no_session_is_no_service(admin: Admin) -> None:
    assert await admin.get("/v1/services") == {"services": []}
    await admin.get("/v1/services/desk/stats", 404)


async def test_services_are_listed_and_told_in_numbers(admin: Admin) -> None:
    nothing = dict.fromkeys(DimensionName)
    low, high = ({**nothing, DimensionName.SECURITY: score} for score in (30.0, 60.0))
    await admin.save(
        make_evaluation(1, service_id="desk/a", overall_score=20.0, flagged=True, dimensions=low),
        make_evaluation(2, service_id="desk/a", overall_score=40.0, flagged=False, dimensions=high),
        make_evaluation(3, service_id="bank", overall_score=None, flagged=False, dimensions=nothing),
    )

    stats = await admin.get("/v1/services/desk%2Fa/stats")
    unscored = await admin.get("/v1/services/bank/stats")

    assert await admin.get("/v1/services") == {"services": ["bank", "desk/a"]}
    assert stats["dimension_averages"].pop("security") == pytest.approx(45.0)
    assert set(stats["dimension_averages"].values()) == {None}
    assert (stats["service_id"], stats["total_sessions"], stats["avg_score"]) == ("desk/a", 2, 30.0)
    assert (stats["flagged_count"], stats["flagged_percentage"]) == (1, 50.0)
    assert stats["last_updated"].endswith("Z")
    assert unscored["avg_score"] is None


async def test_timeseries_come_by_hour_and_day_and_service(admin: Admin) -> None:
    hours = [0, 1, 1, 30]
    await admin.save(
        *(
            make_evaluation(number, service_id=f"x{number % 2}", timestamp=START + timedelta(hours=hour))
            for number, hour in enumerate(hours)
        )
    )

    by_hour = await admin.get(f"/v1/timeseries?{DAY}")
    by_day = await admin.get("/v1/timeseries?interval=day&since=2026-03-01T00:00:00Z&until=2026-03-09T00:00:00Z")
    of_one = await admin.get(f"/v1/timeseries?{DAY}&service_id=x1&dimension=security")

    assert [(b["start"], b["service_id"], b["total_sessions"]) for b in by_hour["buckets"]] == [
        ("2026-03-01T09:00:00.000Z", "x0", 1), ("2026-03-01T10:00:00.000Z", "x0", 1),
        ("2026-03-01T10:00:00.000Z", "x1", 1),
    ]  # fmt: skip
    assert [(b["start"][:10], b["service_id"], b["total_sessions"]) for b in by_day["buckets"]] == [
        ("2026-03-01", "x0", 2), ("2026-03-01", "x1", 1), ("2026-03-02", "x1", 1),
    ]  # fmt: skip
    assert [list(b["dimension_averages"]) for b in of_one["buckets"]] == [["security"]]
    assert (by_hour["interval"], by_hour["since"]) == ("hour", "2026-03-01T00:00:00.000Z")


async def test_timeseries_end_with_the_present_hour_unless_told(admin: Admin) -> None:
    now = datetime.fromtimestamp(admin.clock.now, UTC)
    await admin.save(make_evaluation(1, timestamp=now), make_evaluation(2, timestamp=now - timedelta(days=8)))

    for interval, expected in (("hour", 1), ("day", 2)):
        buckets = (await admin.get(f"/v1/timeseries?interval={interval}"))["buckets"]
        assert sum(bucket["total_sessions"] for bucket in buckets) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("interval=week", "interval"),
        ("since=2020-01-01T00:00:00Z", "since"),
        ("since=2026-03-02T00:00:00Z&until=2026-03-01T00:00:00Z", "since"),
        ("until=0001-01-01T00:00:00Z", "until"),
        ("dimension=beauty", "dimension"),
        ("service=x", "service"),
    ],
)
async def test_a_bad_timeseries_query_is_400_that_names_the_field(admin: Admin, query: str, field: str) -> None:
    problem = await admin.get(f"/v1/timeseries?{query}", 400)

    assert [error["field"] for error in problem["errors"]] == [field]
