"""What every store does when a person asks to be forgotten: text goes, counts stay, late text is not kept."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from exporters.store.base import Position, SessionFilter, Store
from exporters.store.subjects import Erasure, TextsErased
from scorer.model import Feedback
from tests.exporters.store.recount import all_rows, check_aggregates
from tests.fakes.evaluations import START, make_evaluation

MakeStore = Callable[..., Awaitable[Store]]
HOUR = timedelta(hours=1)
THEIRS, OTHERS = "bcdfghjkmnpq", "wtsrqpnmkjhg"


async def _fill(store: Store, number: int = 10) -> None:
    """Save sessions of two people in turn, a minute apart, and one of nobody's."""
    for index in range(number):
        await store.save(make_evaluation(index, end_user=(THEIRS, OTHERS)[index % 2]))
    await store.save(make_evaluation(number))


class SubjectContract:
    """Erasure of a person."""

    async def test_a_persons_sessions_are_listed(self, make_store: MakeStore) -> None:
        store = await make_store()
        await _fill(store)

        page = await store.list_sessions(SessionFilter(end_user=THEIRS, since=START + timedelta(minutes=4)), 10, None)

        assert [row.session_id for row in page.sessions] == [make_evaluation(n).session_id for n in (8, 6, 4)]
        assert page.total == 3

    async def test_all_of_a_persons_text_goes_and_the_counts_stay(self, make_store: MakeStore) -> None:
        store = await make_store()
        await _fill(store)
        verdict = Feedback(approved=False, comment="wrong for this person", at=START)
        await store.add_feedback(make_evaluation(2).session_id, verdict)
        stats, position = await store.all_stats(), await store.position()

        steps = [await store.erase_subject(THEIRS, START + HOUR, 3) for _ in range(3)]

        assert [step.sessions for step in steps] == [3, 2, 0]
        assert sum(step.feedback for step in steps) == 1
        gone = tuple(make_evaluation(number, end_user=THEIRS) for number in range(0, 10, 2))
        assert [await store.get(one.session_id) for one in gone] == [None] * 5
        assert len(await all_rows(store)) == 6
        assert (await store.list_sessions(SessionFilter(end_user=THEIRS), 10, None)).total == 0
        assert await store.all_stats() == stats
        assert await store.position() == position
        await check_aggregates(store, gone)
        assert (await store.check(is_repaired=False)).differences == ()

    async def test_what_an_erased_person_wrote_before_and_is_saved_later_is_a_stub(self, make_store: MakeStore) -> None:
        store = await make_store()
        erased = await store.erase_subject(THEIRS, START + HOUR, 10)
        late = make_evaluation(1, end_user=THEIRS, query="my secret", metadata={"note": "my secret"})

        saved = await store.save(late)
        again = await store.save(late)

        assert erased == TextsErased(0, 0)
        assert (saved.is_new, again.is_new) == (True, False)
        assert "secret" not in saved.evaluation.model_dump_json()
        assert (saved.evaluation.session_id, saved.evaluation.overall_score) == (late.session_id, late.overall_score)
        assert await store.get(late.session_id) is None
        assert (await store.list_sessions(SessionFilter(q="secret"), 10, None)).total == 0
        assert await store.changes(Position(), 10) == []
        await check_aggregates(store, (late,))
        assert (await store.check(is_repaired=False)).differences == ()

    async def test_what_others_and_the_person_write_afterwards_is_kept(self, make_store: MakeStore) -> None:
        store = await make_store()
        await store.erase_subject(THEIRS, START + HOUR, 10)

        await store.save(make_evaluation(1, end_user=OTHERS))
        await store.save(make_evaluation(2, end_user=THEIRS, timestamp=START + HOUR + timedelta(milliseconds=1)))
        await store.save(make_evaluation(3))

        assert len(await all_rows(store)) == 3

    async def test_an_earlier_erasure_takes_nothing_back(self, make_store: MakeStore) -> None:
        store = await make_store()
        await store.erase_subject(THEIRS, START + HOUR, 10)
        await store.erase_subject(THEIRS, START, 10)
        await store.close()

        store = await make_store()
        await store.save(make_evaluation(5, end_user=THEIRS))

        assert await all_rows(store) == []

    async def test_erasures_are_remembered_with_their_last_moment(self, make_store: MakeStore) -> None:
        store = await make_store()
        for end_user, until in ((THEIRS, START), (OTHERS, START + HOUR), (THEIRS, START + 2 * HOUR)):
            await store.erase_subject(end_user, until, 10)

        later = await store.erasures(START + HOUR)
        every = await store.erasures(START - HOUR)

        assert later == [Erasure(START + 2 * HOUR, THEIRS)]
        assert every == [Erasure(START + HOUR, OTHERS), Erasure(START + 2 * HOUR, THEIRS)]

    async def test_a_late_submission_of_a_stored_session_leaves_a_stub_in_its_place(
        self, make_store: MakeStore
    ) -> None:
        store = await make_store()
        await store.erase_subject(THEIRS, START + HOUR, 10)
        await store.save(make_evaluation(1, response="kept of nobody"))

        late = make_evaluation(1, end_user=THEIRS, submission_id="another")
        saved = await store.save(late)

        assert (saved.is_new, saved.evaluation.revision) == (True, 2)
        assert await all_rows(store) == []
        await check_aggregates(store, (late,))
        anew = await store.save(make_evaluation(1, submission_id="third"))
        assert (anew.evaluation.revision, len(await all_rows(store))) == (3, 1)

    async def test_saves_and_an_erasure_at_once_leave_no_text(self, make_store: MakeStore) -> None:
        store = await make_store()

        async def erase() -> None:
            while (await store.erase_subject(THEIRS, START + HOUR, 5)).sessions:
                pass

        saves = [store.save(make_evaluation(number, end_user=THEIRS)) for number in range(40)]
        await asyncio.gather(*saves[:20], erase(), *saves[20:])

        assert await all_rows(store) == []
        assert (await store.check(is_repaired=False)).differences == ()
