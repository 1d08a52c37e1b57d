"""The store on MongoDB against the model: two engines save to one record, and die in the middle of it."""

import uuid
from urllib.parse import urlsplit, urlunsplit

import pymongo
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from exporters.store.mongo import MongoStore
from tests.exporters.store.machine import StoreMachine

pytestmark = pytest.mark.mongo


def test_two_engines_and_their_deaths_leave_what_the_model_says(mongo_url: str) -> None:
    class MongoMachine(StoreMachine):
        """Two writers; a death is a client that is closed in the middle of what it was doing."""

        engines = 2

        def __init__(self) -> None:
            super().__init__()
            parts = urlsplit(mongo_url)
            self.url = urlunsplit(parts._replace(path=f"/endurance_model_{uuid.uuid4().hex[:12]}"))

        async def open_store(self, engine: int) -> MongoStore:
            store = MongoStore(self.url, f"w{engine}", "Asia/Kolkata")
            await store.open()
            return store

        async def die(self, engine: int) -> None:
            await self.stores[engine].close()

        async def discard(self) -> None:
            with pymongo.MongoClient(self.url) as client:
                client.drop_database(client.get_default_database().name)

    run_state_machine_as_test(
        MongoMachine,
        settings=settings(
            max_examples=6,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
