"""The store on MongoDB with its texts sealed: the contract of all stores, that of sealed ones, and a second engine."""

from collections.abc import AsyncIterator, Callable, Sequence

import pymongo
import pytest
from bson.binary import USER_DEFINED_SUBTYPE, Binary

from config.errors import StoreUnavailableError
from exporters.store.mongo import MongoStore
from exporters.store.sealed import TextSealer
from scorer.sealing import Sealer
from tests.exporters.store import test_mongo
from tests.exporters.store.contract import StoreContract
from tests.exporters.store.contract_sealing import NEW, OLD, MakeStore, PlacesWith, SealingContract
from tests.fakes.evaluations import make_evaluation

pytestmark = pytest.mark.mongo
damage = test_mongo.damage


@pytest.fixture
async def make_store(mongo_url: str) -> AsyncIterator[MakeStore]:
    stores: list[MongoStore] = []

    async def make(time_zone: str = "UTC", keys: Sequence[bytes] = (NEW,), writer: str = "a") -> MongoStore:
        stores.append(MongoStore(mongo_url, writer, time_zone, sealer=TextSealer(Sealer(keys))))
        await stores[-1].open()
        return stores[-1]

    yield make
    for store in stores:
        await store.close()


@pytest.fixture
def places_with(mongo_url: str) -> PlacesWith:
    def find(*words: str) -> list[str]:
        with pymongo.MongoClient(mongo_url) as client:
            database = client.get_default_database()
            names = database.list_collection_names()
            texts = {name: str(list(database[name].find())).lower() for name in names}
        return [name for name, text in texts.items() if any(word in text for word in words)]

    return find


@pytest.fixture
def tamper(mongo_url: str) -> Callable[[], None]:
    def change() -> None:
        with pymongo.MongoClient(mongo_url) as client:
            sessions = client.get_default_database()["sessions"]
            (found,) = sessions.find({}, {"query": 1})
            kept = bytes(found["query"])
            other = Binary(kept[:-1] + bytes([kept[-1] ^ 1]), USER_DEFINED_SUBTYPE)
            assert sessions.update_one({}, {"$set": {"query": other}}).modified_count == 1

    return change


class TestContract(StoreContract, SealingContract):
    """Everything that stores do, with sealed texts."""


async def test_a_key_that_another_engine_brought_in_is_told_and_nothing_else_fails(make_store: MakeStore) -> None:
    old, new = await make_store(keys=(OLD,)), await make_store(keys=(NEW, OLD), writer="b")
    await old.save(make_evaluation(1))
    await new.save(make_evaluation(2))

    with pytest.raises(StoreUnavailableError, match=r"store_encryption\.key_file"):
        await old.get(make_evaluation(2).session_id)

    assert await old.get(make_evaluation(1).session_id) == make_evaluation(1)
    assert await new.get(make_evaluation(1).session_id) == make_evaluation(1)
