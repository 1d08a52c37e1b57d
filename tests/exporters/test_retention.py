"""Retention by a clock that is moved by hand, on both stores."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.errors import StoreUnavailableError
from config.settings import RetentionSettings, ServiceSettings
from exporters.retention import STEP_LIMIT, Sweeper
from exporters.store.base import Expired, Store
from exporters.store.mongo import MongoStore
from exporters.store.sqlite import SqliteStore
from tests.fakes.clock import ManualClock
from tests.fakes.evaluations import START, make_evaluation

DAY = 86_400.0
KEEP = RetentionSettings()
MONTH = RetentionSettings(text_days=30, scores_days=60)


@pytest.fixture(params=["sqlite", pytest.param("mongodb", marks=pytest.mark.mongo)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    store: Store
    if request.param == "sqlite":
        store = SqliteStore(tmp_path / "endurance.db", "UTC")
    else:
        store = MongoStore(request.getfixturevalue("mongo_url"), "a", "UTC")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START.timestamp())


async def fill(store: Store) -> None:
    """Save one session of `desk` and one of `bank` for each of three days from START."""
    for number in range(6):
        moment = START + timedelta(days=number // 2)
        await store.save(make_evaluation(number, service_id="bank" if number % 2 else "desk", timestamp=moment))


async def kept(store: Store) -> list[int]:
    """Return the numbers of the sessions whose text is still there."""
    return [number for number in range(6) if await store.get(make_evaluation(number).session_id) is not None]


async def test_text_goes_after_its_days_and_scores_after_theirs(store: Store, clock: ManualClock) -> None:
    await fill(store)
    stats = await store.all_stats()
    sweeper, stop = Sweeper(store, MONTH, (), clock), asyncio.Event()
    seen = []

    for days in (29.9, 0.2, 1, 5, 24, 5):
        clock.advance(days * DAY)
        seen.append((await sweeper.sweep(stop), await kept(store)))

    assert seen == [
        (Expired(0, 0), [0, 1, 2, 3, 4, 5]),
        (Expired(2, 0), [2, 3, 4, 5]),
        (Expired(2, 0), [4, 5]),
        (Expired(2, 0), []),
        (Expired(0, 2), []),
        (Expired(0, 4), []),
    ]
    assert await store.all_stats() == stats
    assert (await store.check(is_repaired=False)).differences == ()


async def test_a_service_has_its_own_days_in_place_of_the_general_ones(store: Store, clock: ManualClock) -> None:
    await fill(store)
    services = (ServiceSettings(id="bank", retention=KEEP), ServiceSettings(id="desk"))
    clock.advance(365 * DAY)

    await Sweeper(store, MONTH, services, clock).sweep(asyncio.Event())

    assert await kept(store) == [1, 3, 5]


async def test_more_than_a_step_goes_in_one_sweep(store: Store, clock: ManualClock) -> None:
    number = STEP_LIMIT * 2 + 1
    await asyncio.gather(*(store.save(make_evaluation(n)) for n in range(number)))
    clock.advance(45 * DAY)

    assert await Sweeper(store, MONTH, (), clock).sweep(asyncio.Event()) == Expired(number, 0)


class AwayOnce(SqliteStore):
    """Does not answer the first time that it is asked for its services."""

    asked = 0

    async def service_ids(self) -> list[str]:
        self.asked += 1
        if self.asked == 1:
            raise StoreUnavailableError("the store does not answer")
        return await super().service_ids()


async def test_a_store_that_is_away_is_swept_the_next_time(tmp_path: Path, clock: ManualClock) -> None:
    store, stop = AwayOnce(tmp_path / "endurance.db", "UTC"), asyncio.Event()
    await store.open()
    await fill(store)
    clock.advance(45 * DAY)
    sweeper = Sweeper(store, MONTH, (), clock, pause_seconds=0.001)

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(sweeper.run(stop))
        while await kept(store):
            await asyncio.sleep(0)
        stop.set()

    assert store.asked > 1
    await store.close()


async def test_nothing_is_asked_of_the_store_where_everything_is_kept(tmp_path: Path, clock: ManualClock) -> None:
    store = AwayOnce(tmp_path / "endurance.db", "UTC")

    await Sweeper(store, KEEP, (ServiceSettings(id="desk", retention=KEEP),), clock).run(asyncio.Event())

    assert store.asked == 0


@pytest.mark.parametrize("days", [{"scores_days": 5}, {"text_days": 5, "scores_days": 4}, {"text_days": 0}])
def test_text_that_would_outlive_its_scores_is_refused(days: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        RetentionSettings(**days)
