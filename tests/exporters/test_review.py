"""What comes next in the review: the stratum with the fewest verdicts, page by page."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exporters.review import waiting_sessions
from exporters.store.sqlite import SqliteStore
from scorer.model import Feedback
from tests.fakes.evaluations import START, make_evaluation, make_id

YES = Feedback(approved=True, at=START)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """Return a record with twenty flagged sessions of `desk` and four of `bank`; of `desk` two are judged."""
    store = SqliteStore(tmp_path / "endurance.db", "UTC")
    await store.open()
    for number in range(24):
        service_id = "bank" if number >= 20 else "desk"
        await store.save(make_evaluation(number, service_id=service_id, flagged=True, overall_score=20.0))
    for number in (0, 1):
        await store.add_feedback(make_id(number), YES)
    yield store
    await store.close()


async def test_the_stratum_with_the_fewest_verdicts_comes_first_until_it_has_as_many(store: SqliteStore) -> None:
    chosen = await waiting_sessions(store, None, 6)

    assert [one.evaluation.service_id for one in chosen] == ["bank", "bank", "bank", "desk", "bank", "desk"]
    assert [(one.stratum, one.judged) for one in chosen[2:4]] == [("flagged:low", 0), ("flagged:low", 2)]


async def test_within_a_stratum_the_newest_come_first(store: SqliteStore) -> None:
    chosen = await waiting_sessions(store, frozenset({"bank"}), 10)

    assert [one.evaluation.session_id for one in chosen] == [make_id(number) for number in (23, 22, 21, 20)]


async def test_all_that_waits_comes_once(store: SqliteStore) -> None:
    chosen = await waiting_sessions(store, None, 200)

    assert Counter(one.evaluation.service_id for one in chosen) == {"desk": 18, "bank": 4}
    assert len({one.evaluation.session_id for one in chosen}) == 22


async def test_verdicts_in_order_leave_every_stratum_with_as_many(store: SqliteStore) -> None:
    for _ in range(6):
        (first,) = await waiting_sessions(store, None, 1)
        await store.add_feedback(first.evaluation.session_id, YES)

    judged = {state.stratum.service_id: state.judged for state in await store.review_strata()}
    assert judged == {"desk": 4}  # and all four of `bank`, of which none waits any more


async def test_nothing_waits_for_a_caller_of_no_service(store: SqliteStore) -> None:
    assert await waiting_sessions(store, frozenset(), 10) == []
