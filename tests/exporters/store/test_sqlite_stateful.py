"""The embedded store against the model; a killed process leaves what was committed."""

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import settings

from exporters.store.sqlite import SqliteStore
from tests.exporters.store.machine import StoreMachine


class SqliteMachine(StoreMachine):
    """One file, in a new place after each death."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.deaths = 0

    @property
    def path(self) -> Path:
        return self.folder / f"endurance-{self.deaths}.db"

    async def open_store(self, engine: int) -> SqliteStore:
        store = SqliteStore(self.path, "Asia/Kolkata")
        await store.open()
        return store

    async def die(self, engine: int) -> None:
        before = self.path
        self.deaths += 1
        with closing(sqlite3.connect(before)) as old, closing(sqlite3.connect(self.path)) as new:
            old.backup(new)  # all that was committed by now, and nothing of what was not
        await self.stores[engine].close()

    async def discard(self) -> None:
        shutil.rmtree(self.folder)


TestSqlite = SqliteMachine.TestCase
TestSqlite.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
