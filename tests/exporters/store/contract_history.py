"""What every store does when a judgement takes the place of an earlier one of the same answer."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from config.errors import ConflictError
from exporters.store.base import Position, Store
from tests.exporters.store.contract_saves import VERDICT
from tests.exporters.store.recount import check_aggregates
from tests.fakes.evaluations import START, make_evaluation

MakeStore = Callable[..., Awaitable[Store]]


class HistoryContract:
    """Successors of a revision, and texts that are gone."""

    async def test_a_successor_replaces_its_revision_and_keeps_feedback(self, make_store: MakeStore) -> None:
        store = await make_store()
        await store.save(make_evaluation(1))
        await store.add_feedback(make_evaluation(1).session_id, VERDICT)

        saved = await store.save_after(make_evaluation(1, submission_id="again", overall_score=7.0), 1)
        once_more = await store.save_after(make_evaluation(1, submission_id="again", overall_score=7.0), 1)

        assert (saved.is_new, saved.evaluation.revision, saved.evaluation.feedback) == (True, 2, (VERDICT,))
        assert not once_more.is_new
        assert await store.get(saved.evaluation.session_id) == saved.evaluation
        assert await store.position() == Position({store.writer: 2})
        await check_aggregates(store)

    async def test_a_successor_of_another_revision_is_refused(self, make_store: MakeStore) -> None:
        store = await make_store()
        await store.save(make_evaluation(1))
        later = await store.save(make_evaluation(1, submission_id="meanwhile"))

        with pytest.raises(ConflictError, match="changed"):
            await store.save_after(make_evaluation(1, submission_id="again"), 1)

        assert await store.get(later.evaluation.session_id) == later.evaluation
        await check_aggregates(store)

    async def test_an_erased_or_unknown_session_gets_no_successor(self, make_store: MakeStore) -> None:
        store = await make_store()
        await store.save(make_evaluation(1))
        await store.erase(make_evaluation(1).session_id)

        for number in (1, 2):
            with pytest.raises(ConflictError, match="erased"):
                await store.save_after(make_evaluation(number, submission_id="again"), 1)

        assert await store.get(make_evaluation(1).session_id) is None
        assert (await store.save(make_evaluation(3))).is_new
        await check_aggregates(store, gone=(make_evaluation(1),))

    async def test_sessions_without_text_are_counted_by_service_and_time(self, make_store: MakeStore) -> None:
        store = await make_store()
        for number in range(6):
            await store.save(make_evaluation(number, service_id=f"s{number % 2}"))
        for number in (0, 1, 2):
            await store.erase(make_evaluation(number).session_id)

        later = START + timedelta(minutes=1)
        found = [
            await store.count_erased(None, None, None),
            await store.count_erased("s0", None, None),
            await store.count_erased("s0", later, None),
            await store.count_erased(None, None, later),
            await store.count_erased("unknown", None, None),
        ]

        assert found == [3, 2, 1, 1, 0]
