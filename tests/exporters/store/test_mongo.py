"""The store on MongoDB: the contract of all stores, and what is its own: several writers, a server that is away."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from exporters.store.mongo import MongoStore
from tests.exporters.store.contract import StoreContract

MakeStore = Callable[..., Awaitable[MongoStore]]
pytestmark = pytest.mark.mongo


@pytest.fixture
async def make_store(mongo_url: str) -> AsyncIterator[MakeStore]:
    stores: list[MongoStore] = []

    async def make(time_zone: str = "UTC", writer: str = "a", url: str = mongo_url) -> MongoStore:
        stores.append(MongoStore(url, writer, time_zone))
        await stores[-1].open()
        return stores[-1]

    yield make
    for store in stores:
        await store.close()


class TestContract(StoreContract):
    """Everything that stores do."""
