"""The view of some services: the same as a record that never had the others."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exporters.store.aggregates import Interval
from exporters.store.base import Position, SessionFilter, TotalKind
from exporters.store.restricted import RestrictedStore
from exporters.store.sqlite import SqliteStore
from scorer.model import Evaluation
from tests.fakes.evaluations import START, make_evaluation

SERVICES = ("desk", "bank", "other")
THEIRS = frozenset({"desk", "bank"})


def evaluations() -> list[Evaluation]:
    """Return sessions of three services, three of each moment, so that pages end between equal moments."""
    return [
        make_evaluation(number, service_id=SERVICES[number % 7 % 3], timestamp=START.replace(minute=number // 3))
        for number in range(60)
    ]


@pytest.fixture
async def whole(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "whole.db", "UTC")
    await store.open()
    for evaluation in evaluations():
        await store.save(evaluation)
    yield store
    await store.close()


@pytest.fixture
async def only(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """The record that never had the others."""
    store = SqliteStore(tmp_path / "only.db", "UTC")
    await store.open()
    for evaluation in evaluations():
        if evaluation.service_id in THEIRS:
            await store.save(evaluation)
    yield store
    await store.close()


FILTERS = [
    SessionFilter(), SessionFilter(flagged_only=True), SessionFilter(service_id="bank"), SessionFilter(min_score=50),
    SessionFilter(q="fee"), SessionFilter(model="demo-1"),
]  # fmt: skip


@pytest.mark.parametrize("limit", [1, 4, 7, 100])
@pytest.mark.parametrize("wanted", FILTERS, ids=range(len(FILTERS)))
async def test_pages_are_those_of_a_record_without_the_others(
    whole: SqliteStore, only: SqliteStore, wanted: SessionFilter, limit: int
) -> None:
    view = RestrictedStore(whole, THEIRS)
    cursor: str | None = None
    while True:
        expected, page = (
            await only.list_sessions(wanted, limit, cursor),
            await view.list_sessions(wanted, limit, cursor),
        )
        assert page == expected
        whole_page = await view.read_evaluations(wanted, limit, cursor)
        assert whole_page == await only.read_evaluations(wanted, limit, cursor)
        if (cursor := page.next_cursor) is None:
            break


async def test_aggregates_are_those_of_a_record_without_the_others(whole: SqliteStore, only: SqliteStore) -> None:
    view = RestrictedStore(whole, THEIRS)
    span = START.replace(hour=0), START.replace(hour=23)

    assert await view.service_ids() == ["bank", "desk"]
    assert [one.service_id for one in await view.all_stats()] == ["bank", "desk"]
    for service_id in (None, "bank"):
        buckets = await view.timeseries(Interval.HOUR, *span, service_id)
        assert buckets == await only.timeseries(Interval.HOUR, *span, service_id)
        assert buckets != []


async def test_what_is_not_theirs_is_not_there(whole: SqliteStore) -> None:
    view = RestrictedStore(whole, THEIRS)
    other = next(one for one in evaluations() if one.service_id == "other")

    assert await whole.get(other.session_id) is not None
    assert await view.get(other.session_id) is None
    assert await view.service_stats("other") is None
    assert await view.erase(other.session_id) is False
    assert await whole.get(other.session_id) is not None
    page = await view.list_sessions(SessionFilter(service_id="other"), 10, None)
    assert (page.sessions, page.total, page.total_is) == ((), 0, TotalKind.EXACT)


async def test_changes_read_past_what_is_not_theirs(whole: SqliteStore) -> None:
    view = RestrictedStore(whole, frozenset({"bank"}))
    expected = [change for change in await whole.changes(Position(), 100) if change.row.service_id == "bank"]

    assert list(await view.changes(Position(), 5)) == expected[:5]
    assert list(await view.changes(Position(), 100)) == expected
    assert list(await view.changes(Position({"w1": expected[2].number}), 2)) == expected[3:5]
    assert await view.position() == await whole.position()
