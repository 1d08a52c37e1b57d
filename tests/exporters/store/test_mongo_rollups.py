"""Aggregates in MongoDB count a save once, also where its first write comes late."""

from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest
from pymongo import AsyncMongoClient

from config.errors import StoreUnavailableError
from exporters.store import mongo_rollups
from exporters.store.mongo_client import Database
from exporters.store.mongo_documents import Entry
from exporters.store.rollups import Level, count
from tests.fakes.evaluations import make_evaluation

pytestmark = pytest.mark.mongo
ENTRIES = [Entry(1, "s1", count(make_evaluation(), ZoneInfo("UTC")), None)]


@pytest.fixture
async def database(mongo_url: str) -> AsyncIterator[Database]:
    client: AsyncMongoClient = AsyncMongoClient(mongo_url, tz_aware=True)
    yield client.get_default_database()
    await client.close()


async def sessions(database: Database) -> int:
    (part,) = await mongo_rollups.read_parts(database, Level.SERVICE, mongo_rollups.Span(None, None), None)
    return part.counts["sessions"]


async def test_a_save_that_is_applied_again_is_counted_once(database: Database) -> None:
    for _ in range(3):
        await mongo_rollups.apply(database, "w1", ENTRIES, 0)

    assert await sessions(database) == 1


class Late:
    """A database to which the aggregates seem empty: what was read before another write came through."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __getitem__(self, name: str) -> "LateCollection":
        return LateCollection(self._database[name])


class LateCollection:
    def __init__(self, collection) -> None:  # type: ignore[no-untyped-def]  # the driver's
        self.bulk_write = collection.bulk_write
        self._collection = collection

    def find(self, _wanted: object, *rest: object):  # type: ignore[no-untyped-def]  # the driver's
        return self._collection.find({"_id": "nothing"}, *rest)


async def test_a_first_write_that_comes_late_is_refused_and_counts_nothing_twice(database: Database) -> None:
    await mongo_rollups.apply(database, "w1", ENTRIES, 0)

    with pytest.raises(StoreUnavailableError, match="moved meanwhile"):
        await mongo_rollups.apply(Late(database), "w1", ENTRIES, 0)  # type: ignore[arg-type]  # it looks like one

    assert await sessions(database) == 1
