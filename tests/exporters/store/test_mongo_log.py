"""Saves of a process that is gone for good: a check says so, and its repair counts each of them once."""

from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pymongo
import pytest

from config.errors import ConflictError
from exporters.store.base import Check
from exporters.store.mongo import MongoStore
from exporters.store.mongo_documents import first_document, prepare
from tests.exporters.store.recount import check_aggregates
from tests.fakes.evaluations import make_evaluation

pytestmark = pytest.mark.mongo


@pytest.fixture
async def store(mongo_url: str) -> AsyncIterator[MongoStore]:
    store = MongoStore(mongo_url, "a", "UTC")
    await store.open()
    yield store
    await store.close()


def die_after_inserting(mongo_url: str, writer: str, numbers: range) -> None:
    """Leave what a writer leaves that is killed before it moves the aggregates."""
    prepared = [prepare(make_evaluation(number), ZoneInfo("UTC")) for number in numbers]
    documents = [first_document(one, writer, n) for n, one in enumerate(prepared, start=1)]
    with pymongo.MongoClient(mongo_url) as client:
        client.get_default_database()["sessions"].insert_many(documents)


async def test_what_two_dead_writers_left_is_counted_once_by_a_repair(store: MongoStore, mongo_url: str) -> None:
    await store.save(make_evaluation(0))
    die_after_inserting(mongo_url, "gone", range(1, 4))
    die_after_inserting(mongo_url, "lost", range(4, 6))

    with pytest.raises(ConflictError, match="--repair"):
        await store.check(is_repaired=False)
    mended = await store.check(is_repaired=True)

    assert mended == Check(6, ())
    assert await store.check(is_repaired=False) == Check(6, ())
    assert (await store.position()).through == {"a": 1, "gone": 3, "lost": 2}
    await check_aggregates(store)


async def test_the_dead_writer_that_comes_back_after_the_repair_goes_on(store: MongoStore, mongo_url: str) -> None:
    die_after_inserting(mongo_url, "gone", range(1, 4))
    await store.check(is_repaired=True)

    back = MongoStore(mongo_url, "gone", "UTC")
    await back.open()
    await back.save(make_evaluation(7))
    await back.close()

    assert (await store.position()).through == {"gone": 4}
    await check_aggregates(store)
