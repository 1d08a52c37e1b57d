"""What every store does when text and scores expire: stubs stay, aggregates stay, and nothing else is touched."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from exporters.store.base import Expired, SessionFilter, Store
from tests.exporters.store.recount import all_rows, check_aggregates
from tests.fakes.evaluations import START, make_evaluation

MakeStore = Callable[..., Awaitable[Store]]
MINUTE = timedelta(minutes=1)


async def _fill(store: Store) -> None:
    for number in range(20):
        await store.save(make_evaluation(number, service_id=f"s{number % 2}", language="en"))


class ExpiryContract:
    """Retention."""

    async def test_older_text_of_the_service_goes_and_its_counts_stay(self, make_store: MakeStore) -> None:
        store = await make_store()
        await _fill(store)

        expired = await store.expire("s1", START + 9 * MINUTE, None, 100)

        gone = [make_evaluation(number, service_id="s1") for number in (1, 3, 5, 7)]
        assert expired == Expired(4, 0)
        assert await store.get(gone[0].session_id) is None
        assert len(await all_rows(store)) == 16
        assert (await store.list_sessions(SessionFilter(q="case"), 1, None)).total == 16
        assert (await store.list_sessions(SessionFilter(language="en"), 1, None)).total == 16
        await check_aggregates(store, tuple(gone))
        assert (await store.check(is_repaired=False)).differences == ()

    async def test_scores_go_from_stubs_alone_and_the_counts_stay(self, make_store: MakeStore) -> None:
        store = await make_store()
        await _fill(store)
        stats, position = await store.all_stats(), await store.position()

        first = await store.expire("s0", START + 10 * MINUTE, START + 4 * MINUTE, 100)
        second = await store.expire("s0", START + 10 * MINUTE, START + 4 * MINUTE, 100)

        assert (first.texts, first.scores + second.scores) == (5, 2)
        assert second.texts == 0
        assert await store.expire("s0", START + 10 * MINUTE, START + 4 * MINUTE, 100) == Expired(0, 0)
        assert await store.all_stats() == stats
        assert await store.position() == position
        page = await store.list_sessions(SessionFilter(service_id="s0"), 100, None)
        assert (len(page.sessions), page.total) == (5, 5)
        assert (await store.check(is_repaired=False)).differences == ()

    async def test_a_step_takes_no_more_than_its_limit(self, make_store: MakeStore) -> None:
        store = await make_store()
        await _fill(store)

        steps = [await store.expire("s0", START + 100 * MINUTE, None, 4) for _ in range(4)]

        assert [step.texts for step in steps] == [4, 4, 2, 0]

    async def test_a_session_whose_scores_expired_takes_a_new_submission_and_no_old_one(
        self, make_store: MakeStore
    ) -> None:
        store = await make_store()
        await store.save(make_evaluation(1))
        for _ in range(2):
            await store.expire("desk", START + 9 * MINUTE, START + 9 * MINUTE, 10)

        again = await store.save(make_evaluation(1))
        anew = await store.save(make_evaluation(1, submission_id="another"))

        assert not again.is_new
        assert (anew.is_new, anew.evaluation.revision) == (True, 2)
        assert await store.get(make_evaluation(1).session_id) == anew.evaluation
        assert (await store.list_sessions(SessionFilter(), 10, None)).total == 1
        assert await store.expire("desk", None, START + 9 * MINUTE, 10) == Expired(0, 0)

    async def test_without_bounds_nothing_expires(self, make_store: MakeStore) -> None:
        store = await make_store()
        await _fill(store)

        assert await store.expire("s0", None, None, 10) == Expired(0, 0)
        assert len(await all_rows(store)) == 20
