"""What every store does with numbers: services, stats, hours and days, always equal to the sessions behind them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from exporters.store.aggregates import Interval
from exporters.store.base import Store
from scorer.model import DimensionName, Signal, Status, Unit, Usage, Verification
from tests.exporters.store.recount import ALWAYS, check_aggregates
from tests.fakes.evaluations import START, make_evaluation

MakeStore = Callable[..., Awaitable[Store]]
HOUR = timedelta(hours=1)


class AggregateContract:
    """Services, stats, hours and days."""

    async def test_an_empty_store_has_no_services(self, make_store: MakeStore) -> None:
        store = await make_store()

        assert await store.service_ids() == []
        assert await store.all_stats() == []
        assert await store.service_stats("desk") is None
        assert await store.timeseries(Interval.HOUR, *ALWAYS, None) == []
        assert (await store.position()).through == {}

    async def test_stats_equal_a_count_of_the_sessions(self, make_store: MakeStore) -> None:
        store = await make_store()
        for number in range(60):
            await store.save(make_evaluation(number, service_id=f"s{number % 3}"))

        stats = await store.service_stats("s1")

        assert stats is not None
        assert (stats.service_id, stats.total_sessions) == ("s1", 20)
        assert stats.flagged_percentage == 100 * stats.flagged_count / 20
        assert stats.dimension_averages[DimensionName.EXPLAINABILITY] is None
        assert stats.last_updated is not None
        assert stats.last_updated.tzinfo is not None
        assert await store.service_ids() == ["s0", "s1", "s2"]
        await check_aggregates(store)

    async def test_use_flags_and_histograms_are_told(self, make_store: MakeStore) -> None:
        store = await make_store()
        energy = Signal(
            dimension=DimensionName.ENVIRONMENTAL_COST, name="energy", unit=Unit.WATT_HOUR, value=0.25, score=80.0,
            status=Status.ASSESSED, reason="estimated", source="a standard",
        )  # fmt: skip
        usage = Usage(input_tokens=900, output_tokens=100, total_tokens=1000)
        await store.save(
            make_evaluation(1, signals=(energy,), usage=usage, overall_score=95.0, flag_codes=("gate_pii",))
        )
        await store.save(make_evaluation(2, signals=(energy,), usage=Usage(total_tokens=2**70), overall_score=5.0))
        await store.save(make_evaluation(3, overall_score=None, usage=Usage(input_tokens=-5)))

        stats = await store.service_stats("desk")
        (hour,) = await store.timeseries(Interval.HOUR, *ALWAYS, None)

        assert stats is not None
        assert stats.used == hour.used
        assert (hour.used.input_tokens, hour.used.output_tokens, hour.used.energy_wh) == (900, 100, 0.5)
        assert hour.used.total_tokens == 1000 + 10**12
        assert (stats.flags["gate_pii"], stats.score_histograms["overall"]) == (1, (1, 0, 0, 0, 0, 0, 0, 0, 0, 1))

    async def test_scores_that_are_null_count_in_no_mean(self, make_store: MakeStore) -> None:
        store = await make_store()
        nothing = dict.fromkeys(DimensionName)
        await store.save(make_evaluation(1, overall_score=None, dimensions=nothing, flagged=False))
        await store.save(make_evaluation(2, overall_score=0.0, dimensions=nothing, flagged=True))
        await store.save(make_evaluation(3, overall_score=100.0, dimensions=nothing, flagged=False))

        stats = await store.service_stats("desk")

        assert stats is not None
        assert (stats.total_sessions, stats.avg_score) == (3, 50.0)

    async def test_a_replacement_moves_every_aggregate_by_the_difference(self, make_store: MakeStore) -> None:
        store = await make_store()
        for number in range(5):
            await store.save(make_evaluation(number))

        await store.save(
            make_evaluation(
                2,
                submission_id="another",
                service_id="elsewhere",
                timestamp=START + timedelta(days=3),
                overall_score=12.5,
                flagged=True,
                verification=Verification(total_claims=9, hallucinated_claims=9),
            )
        )

        assert await store.service_ids() == ["desk", "elsewhere"]
        await check_aggregates(store)
        days = await store.timeseries(Interval.DAY, *ALWAYS, "elsewhere")
        assert [(day.start, day.total_sessions) for day in days] == [(datetime(2026, 3, 4, tzinfo=UTC), 1)]

    async def test_a_service_whose_last_session_moved_away_is_gone(self, make_store: MakeStore) -> None:
        store = await make_store()
        await store.save(make_evaluation(1))

        await store.save(make_evaluation(1, submission_id="another", service_id="elsewhere"))

        assert await store.service_ids() == ["elsewhere"]
        assert await store.service_stats("desk") is None
        assert await store.timeseries(Interval.HOUR, *ALWAYS, "desk") == []

    async def test_hours_are_utc_and_half_open(self, make_store: MakeStore) -> None:
        store = await make_store(time_zone="Asia/Kolkata")
        ten = datetime(2026, 3, 1, 10, tzinfo=UTC)
        moments = (ten - timedelta(milliseconds=1), ten, ten + HOUR - timedelta(milliseconds=1), ten + HOUR)
        for number, moment in enumerate(moments):
            await store.save(make_evaluation(number, timestamp=moment))

        every = await store.timeseries(Interval.HOUR, *ALWAYS, None)
        one = await store.timeseries(Interval.HOUR, ten, ten + HOUR, "desk")

        assert [(bucket.start, bucket.total_sessions) for bucket in every] == [
            (ten - HOUR, 1),
            (ten, 2),
            (ten + HOUR, 1),
        ]
        assert one == every[1:2]

    async def test_days_begin_at_midnight_of_the_time_zone(self, make_store: MakeStore) -> None:
        store = await make_store(time_zone="Asia/Kolkata")
        midnight = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)  # 2 March, 00:00 in India
        for number, moment in enumerate((midnight - timedelta(milliseconds=1), midnight, midnight + 23 * HOUR)):
            await store.save(make_evaluation(number, timestamp=moment, service_id="a"))
        await store.save(make_evaluation(9, timestamp=midnight, service_id="b"))

        days = await store.timeseries(Interval.DAY, *ALWAYS, None)

        assert [(day.start, day.service_id, day.total_sessions) for day in days] == [
            (midnight - timedelta(days=1), "a", 1),
            (midnight, "a", 2),
            (midnight, "b", 1),
        ]

    async def test_a_changed_time_zone_counts_from_then_on(self, make_store: MakeStore) -> None:
        store = await make_store(time_zone="Asia/Kolkata")
        await store.save(make_evaluation(1))
        await store.save(make_evaluation(2))
        await store.close()

        store = await make_store(time_zone="UTC")
        await store.save(make_evaluation(1, submission_id="another"))

        days = await store.timeseries(Interval.DAY, *ALWAYS, None)
        assert [(day.start, day.total_sessions) for day in days] == [
            (datetime(2026, 2, 28, 18, 30, tzinfo=UTC), 1),
            (datetime(2026, 3, 1, tzinfo=UTC), 1),
        ]
        await check_aggregates(store)
