"""What every store does for the review: what waits and what was judged, through every change of a session."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from exporters.store.base import Store
from exporters.store.review import Band, Stratum, StratumState, is_sampled
from scorer.model import Evaluation, Feedback
from tests.fakes.evaluations import START, make_evaluation, make_id

MakeStore = Callable[..., Awaitable[Store]]
LOW = Stratum("desk", True, Band.LOW)
HIGH = Stratum("desk", False, Band.HIGH)
YES = Feedback(approved=True, at=START)
SAMPLED = [number for number in range(400) if is_sampled(make_id(number))]
UNSAMPLED = [number for number in range(400) if not is_sampled(make_id(number))]


def flagged(number: int, **changes: object) -> Evaluation:
    values: dict[str, object] = {"overall_score": 20.0, "flagged": True, "service_id": "desk"}
    return make_evaluation(number, **(values | changes))


def clear(number: int, **changes: object) -> Evaluation:
    values: dict[str, object] = {"overall_score": 90.0, "flagged": False, "service_id": "desk"}
    return make_evaluation(number, **(values | changes))


async def waiting(store: Store, stratum: Stratum) -> list[str]:
    return [evaluation.session_id for evaluation in await store.review_sessions(stratum, 100)]


class ReviewContract:
    """The review."""

    async def test_flagged_sessions_and_a_sample_of_the_others_wait(self, make_store: MakeStore) -> None:
        store = await make_store()
        for number in (*SAMPLED[:2], *UNSAMPLED[:3]):
            await store.save(clear(number))
        await store.save(flagged(UNSAMPLED[4]))

        assert await store.review_strata() == [StratumState(HIGH, 0), StratumState(LOW, 0)]
        assert sorted(await waiting(store, HIGH)) == sorted(make_id(number) for number in SAMPLED[:2])
        assert await waiting(store, LOW) == [make_id(UNSAMPLED[4])]

    async def test_a_stratum_is_a_service_a_flag_and_a_band(self, make_store: MakeStore) -> None:
        store = await make_store()
        for number, score in enumerate((None, 0.0, 39.9, 40.0, 69.9, 70.0, 100.0)):
            await store.save(flagged(number, overall_score=score))
        await store.save(flagged(9, service_id="a|b"))

        bands = {state.stratum: len(await waiting(store, state.stratum)) for state in await store.review_strata()}

        assert bands == {
            Stratum("a|b", True, Band.LOW): 1,
            Stratum("desk", True, Band.NONE): 1,
            LOW: 2,
            Stratum("desk", True, Band.MIDDLE): 2,
            Stratum("desk", True, Band.HIGH): 2,
        }

    async def test_the_newest_of_a_stratum_come_first_up_to_the_limit(self, make_store: MakeStore) -> None:
        store = await make_store()
        for number in (3, 1, 2, 0):
            await store.save(flagged(number))

        assert await waiting(store, LOW) == [make_id(number) for number in (3, 2, 1, 0)]
        assert [one.session_id for one in await store.review_sessions(LOW, 2)] == [make_id(3), make_id(2)]

    async def test_a_judged_session_waits_no_more_and_is_counted(self, make_store: MakeStore) -> None:
        store = await make_store()
        for number in range(3):
            await store.save(flagged(number))

        for _ in range(2):
            await store.add_feedback(make_id(1), YES)

        assert await store.review_strata() == [StratumState(LOW, 1)]
        assert await waiting(store, LOW) == [make_id(2), make_id(0)]

    async def test_a_verdict_on_a_session_outside_the_sample_counts_too(self, make_store: MakeStore) -> None:
        store = await make_store()
        await store.save(clear(UNSAMPLED[0]))
        await store.save(clear(SAMPLED[0]))

        await store.add_feedback(make_id(UNSAMPLED[0]), YES)

        assert await store.review_strata() == [StratumState(HIGH, 1)]

    async def test_a_stratum_in_which_nothing_waits_is_not_told(self, make_store: MakeStore) -> None:
        store = await make_store()
        await store.save(flagged(1))
        await store.add_feedback(make_id(1), YES)

        assert await store.review_strata() == []

    async def test_a_session_scored_anew_moves_and_stays_judged(self, make_store: MakeStore) -> None:
        store = await make_store()
        await store.save(flagged(1))
        await store.save(flagged(2))
        await store.add_feedback(make_id(1), YES)

        for number in (1, 2):
            await store.save(flagged(number, overall_score=50.0, submission_id=f"again{number}"))

        middle = Stratum("desk", True, Band.MIDDLE)
        assert await store.review_strata() == [StratumState(middle, 1)]
        assert await waiting(store, middle) == [make_id(2)]

    async def test_erased_and_expired_sessions_do_not_wait(self, make_store: MakeStore) -> None:
        store = await make_store()
        for number in range(3):
            await store.save(flagged(number, end_user="bcdfghjkmnpq" if number == 2 else None))
        await store.add_feedback(make_id(1), YES)

        await store.erase(make_id(0))
        await store.expire("desk", START + timedelta(minutes=2), None, 10)
        await store.erase_subject("bcdfghjkmnpq", START + timedelta(hours=1), 10)

        assert await store.review_strata() == []
        assert await waiting(store, LOW) == []
