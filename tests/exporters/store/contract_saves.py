"""What every store does with what it is given: saves, replacements, feedback, erasure, order."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from config.errors import TooLargeError
from exporters.store.base import Position, SessionFilter, Store, TotalKind
from scorer.model import Claim, Feedback, Verdict
from tests.exporters.store.recount import all_rows, check_aggregates
from tests.fakes.evaluations import make_evaluation, make_full_evaluation

MakeStore = Callable[..., Awaitable[Store]]
VERDICT = Feedback(approved=False, comment="the amount is wrong", at=datetime(2026, 3, 2, 8, 0, 0, 123000, tzinfo=UTC))


class SaveContract:
    """Saves, replacements, feedback, erasure, order."""

    async def test_save_keeps_every_field(self, make_store: MakeStore) -> None:
        store = await make_store()
        evaluation = make_full_evaluation(1, timestamp=datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC))

        saved = await store.save(evaluation)

        assert saved.is_new
        assert saved.evaluation == evaluation.model_copy(
            update={"timestamp": datetime(2026, 3, 1, 9, 30, 0, 123000, tzinfo=UTC)}
        )
        assert await store.get(evaluation.session_id) == saved.evaluation

    async def test_get_of_an_unknown_session_is_none(self, make_store: MakeStore) -> None:
        store = await make_store()

        assert await store.get("no-such-session") is None
        assert await store.get("half a pair \ud800") is None
        assert await store.add_feedback("no-such-session", VERDICT) is None
        assert not await store.erase("no-such-session")

    async def test_the_same_submission_again_changes_nothing(self, make_store: MakeStore) -> None:
        store = await make_store()
        first = await store.save(make_evaluation(1))

        again = await store.save(make_evaluation(1, response="another text under the same submission"))

        assert not again.is_new
        assert again.evaluation == first.evaluation
        assert (await store.position()).through == {store.writer: 1}
        await check_aggregates(store)

    async def test_an_earlier_telling_of_a_turn_that_comes_late_changes_nothing(self, make_store: MakeStore) -> None:
        store = await make_store()
        turn = {"session_id": "c-1.0"}
        await store.save(make_evaluation(1, **turn, submission_id="c-1.0.9", response="Ten."))
        await store.save(make_evaluation(1, **turn, submission_id="c-1.0.12", response="Ten rupees."))

        late = await store.save(make_evaluation(1, **turn, submission_id="c-1.0.10", response="Ten r"))
        more = await store.save(make_evaluation(1, **turn, submission_id="c-1.0.20", response="Ten rupees, in cash."))

        assert (late.is_new, late.evaluation.response) == (False, "Ten rupees.")
        assert (more.is_new, more.evaluation.response, more.evaluation.revision) == (True, "Ten rupees, in cash.", 3)

    async def test_another_submission_replaces_and_keeps_feedback(self, make_store: MakeStore) -> None:
        store = await make_store()
        await store.save(make_evaluation(1))
        await store.add_feedback(make_evaluation(1).session_id, VERDICT)

        saved = await store.save(make_evaluation(1, submission_id="another", response="a better answer"))

        assert saved.is_new
        assert (saved.evaluation.revision, saved.evaluation.response) == (2, "a better answer")
        assert saved.evaluation.feedback == (VERDICT,)
        assert await store.get(saved.evaluation.session_id) == saved.evaluation
        assert [row.revision for row in await all_rows(store)] == [2]

    async def test_an_earlier_submission_is_still_known_after_a_replacement(self, make_store: MakeStore) -> None:
        store = await make_store()
        for number in range(16):
            await store.save(make_evaluation(1, submission_id=f"s{number}"))

        again = await store.save(make_evaluation(1, submission_id="s0"))

        assert not again.is_new
        assert again.evaluation.revision == 16

    async def test_numbers_have_no_gap_and_changes_come_in_their_order(self, make_store: MakeStore) -> None:
        store = await make_store()
        for number in (3, 1, 2):
            await store.save(make_evaluation(number))

        changes = await store.changes(Position(), 10)

        assert [change.number for change in changes] == [1, 2, 3]
        assert [change.row.query[-2] for change in changes] == ["3", "1", "2"]
        assert await store.position() == Position({store.writer: 3})
        assert [change.number for change in await store.changes(Position({store.writer: 1}), 1)] == [2]
        assert list(await store.changes(Position({store.writer: 3}), 10)) == []

    async def test_a_replaced_save_is_told_at_its_later_place_only(self, make_store: MakeStore) -> None:
        store = await make_store()
        await store.save(make_evaluation(1))
        await store.save(make_evaluation(2))
        await store.save(make_evaluation(1, submission_id="another"))

        changes = await store.changes(Position(), 10)

        assert [(change.number, change.row.revision) for change in changes] == [(2, 1), (3, 2)]

    async def test_feedback_is_appended_and_takes_no_number(self, make_store: MakeStore) -> None:
        store = await make_store()
        await store.save(make_evaluation(1))

        first = await store.add_feedback(make_evaluation(1).session_id, VERDICT)
        second = await store.add_feedback(make_evaluation(1).session_id, VERDICT.model_copy(update={"approved": True}))

        assert first is not None
        assert second is not None
        assert [feedback.approved for feedback in second.feedback] == [False, True]
        assert await store.get(second.session_id) == second
        assert await store.position() == Position({store.writer: 1})

    async def test_erase_leaves_a_stub_in_the_counts_alone(self, make_store: MakeStore) -> None:
        store = await make_store()
        gone, kept = make_evaluation(1), make_evaluation(2)
        await store.save(gone)
        await store.save(kept)

        was_there = await store.erase(gone.session_id)

        assert was_there
        assert await store.get(gone.session_id) is None
        assert not await store.erase(gone.session_id)
        assert await store.add_feedback(gone.session_id, VERDICT) is None
        page = await store.list_sessions(SessionFilter(), 10, None)
        assert ([row.session_id for row in page.sessions], page.total) == ([kept.session_id], 1)
        assert (await store.list_sessions(SessionFilter(q="case"), 10, None)).total == 1
        assert [change.number for change in await store.changes(Position(), 10)] == [2]
        assert await store.position() == Position({store.writer: 2})
        await check_aggregates(store, gone=(gone,))

    async def test_an_erased_session_takes_a_new_submission_and_no_old_one(self, make_store: MakeStore) -> None:
        store = await make_store()
        await store.save(make_evaluation(1))
        await store.add_feedback(make_evaluation(1).session_id, VERDICT)
        await store.erase(make_evaluation(1).session_id)

        again = await store.save(make_evaluation(1))
        assert not again.is_new
        assert await store.get(make_evaluation(1).session_id) is None
        anew = await store.save(make_evaluation(1, submission_id="another"))

        assert (anew.is_new, anew.evaluation.revision, anew.evaluation.feedback) == (True, 2, ())
        assert await store.get(make_evaluation(1).session_id) == anew.evaluation
        await check_aggregates(store)

    async def test_everything_is_there_after_opening_again(self, make_store: MakeStore) -> None:
        store = await make_store()
        saved = await store.save(make_evaluation(1))
        await store.close()

        again = await make_store()

        assert await again.get(saved.evaluation.session_id) == saved.evaluation
        await again.save(make_evaluation(2))
        assert await again.position() == Position({again.writer: 2})
        await check_aggregates(again)

    @pytest.mark.parametrize(
        "metadata",
        [
            {"a.b": 1, "$where": {"$ne": None}, "nul\0key": "nul\0value", "%24": "%", "": "empty"},
            {"हिन्दी": "नमस्ते", "emoji": "👩‍👩‍👧", "rtl": "\u202eabc"},
            {"large": 2**70, "negative": -(2**64), "float": 1.5e300, "none": None, "list": [1, [2, {"x": []}]]},
            {"%json": "[1]", "deep": {"%json": 1}},
        ],
    )
    async def test_any_metadata_comes_back_as_it_went(self, make_store: MakeStore, metadata: dict[str, object]) -> None:
        store = await make_store()

        await store.save(make_evaluation(1, metadata=metadata))

        found = await store.get(make_evaluation(1).session_id)
        assert found is not None
        assert found.metadata == metadata

    async def test_deeply_nested_metadata_comes_back(self, make_store: MakeStore) -> None:
        store = await make_store()
        nested: dict[str, object] = {"end": [1, 2]}
        for _ in range(150):
            nested = {"in": nested}

        await store.save(make_evaluation(1, metadata=nested))

        found = await store.get(make_evaluation(1).session_id)
        assert found is not None
        assert found.metadata == nested

    async def test_half_a_surrogate_pair_becomes_a_replacement_character(self, make_store: MakeStore) -> None:
        store = await make_store()

        saved = await store.save(make_evaluation(1, response="ab\ud83dcd", metadata={"k\udc00": ["\ud800"]}))

        assert saved.evaluation.response == "ab\ufffdcd"
        assert saved.evaluation.metadata == {"k\ufffd": ["\ufffd"]}
        assert await store.get(saved.evaluation.session_id) == saved.evaluation

    async def test_ids_of_any_text_are_kept_apart(self, make_store: MakeStore) -> None:
        store = await make_store()
        ids = ["a", "A", "a ", "a\0", "a\0b", "ä", "a\u0308", "$a", "a.b", "|", "w1|0"]
        for number, id_ in enumerate(ids):
            await store.save(make_evaluation(number, session_id=id_, service_id=id_))

        found = [await store.get(id_) for id_ in ids]

        assert [one.session_id if one else None for one in found] == ids
        assert await store.service_ids() == sorted(ids)
        await check_aggregates(store)

    async def test_an_answer_of_five_megabytes_is_kept(self, make_store: MakeStore) -> None:
        store = await make_store()
        evaluation = make_evaluation(1, response="Ten rupees is the fee. ₹ " * 200_000)

        await store.save(evaluation)

        assert await store.get(evaluation.session_id) == evaluation
        assert [len(row.query) for row in await all_rows(store)] == [len(evaluation.query)]

    async def test_an_enormous_evaluation_is_kept_or_refused_by_name(self, make_store: MakeStore) -> None:
        store = await make_store()
        text = "x" * 6_000_000
        claim = Claim(text=text, start=0, end=len(text), verdict=Verdict.UNVERIFIABLE, confidence=0.5, reason="long")
        evaluation = make_evaluation(1, response=text, claims=(claim, claim))

        try:
            await store.save(evaluation)
        except TooLargeError:
            expected = None
        else:
            expected = evaluation

        assert await store.get(evaluation.session_id) == expected
        assert (await store.save(make_evaluation(2))).is_new

    async def test_two_hundred_saves_at_once_are_all_there_once(self, make_store: MakeStore) -> None:
        store = await make_store()
        evaluations = [make_evaluation(number, service_id=f"s{number % 3}") for number in range(200)]

        saved = await asyncio.gather(*(store.save(evaluation) for evaluation in [*evaluations, *evaluations[:50]]))

        assert sum(one.is_new for one in saved) == 200
        assert [change.number for change in await store.changes(Position(), 1000)] == list(range(1, 201))
        page = await store.list_sessions(SessionFilter(), 1000, None)
        assert {row.session_id for row in page.sessions} == {evaluation.session_id for evaluation in evaluations}
        assert (page.total, page.total_is) == (200, TotalKind.EXACT)
        await check_aggregates(store)

    async def test_replacements_of_one_session_at_once_follow_one_another(self, make_store: MakeStore) -> None:
        store = await make_store()

        saved = await asyncio.gather(*(store.save(make_evaluation(1, submission_id=f"s{n}")) for n in range(20)))

        assert sorted(one.evaluation.revision for one in saved) == list(range(1, 21))
        assert await store.position() == Position({store.writer: 20})
        await check_aggregates(store)

    async def test_a_save_whose_caller_leaves_does_no_harm(self, make_store: MakeStore) -> None:
        store = await make_store()
        leaving = asyncio.ensure_future(store.save(make_evaluation(1)))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)

        await store.save(make_evaluation(1))

        assert [row.revision for row in await all_rows(store)] == [1]
        assert await store.position() == Position({store.writer: 1})
        await check_aggregates(store)
