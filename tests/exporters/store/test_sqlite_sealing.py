"""The SQLite store with its texts sealed: the contracts of all stores and of sealed ones, with and without FTS5."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from exporters.store.sealed import TextSealer
from exporters.store.sqlite import SqliteStore
from exporters.store.sqlite_schema import prepare_file
from scorer.sealing import Sealer
from tests.exporters.store import test_sqlite
from tests.exporters.store.contract import StoreContract
from tests.exporters.store.contract_sealing import NEW, MakeStore, PlacesWith, SealingContract

damage = test_sqlite.damage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "endurance.db"


@pytest.fixture
async def make_store(path: Path) -> AsyncIterator[MakeStore]:
    stores: list[SqliteStore] = []

    async def make(time_zone: str = "UTC", keys: Sequence[bytes] = (NEW,)) -> SqliteStore:
        stores.append(SqliteStore(path, time_zone, sealer=TextSealer(Sealer(keys))))
        await stores[-1].open()
        return stores[-1]

    yield make
    for store in stores:
        await store.close()


@pytest.fixture
def places_with(path: Path) -> PlacesWith:
    def find(*words: str) -> list[str]:
        files = [(file.name, file.read_bytes().lower()) for file in path.parent.iterdir()]
        return [name for name, content in files if any(word.encode() in content for word in words)]

    return find


@pytest.fixture
def tamper(path: Path) -> Callable[[], None]:
    def change() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            ((kept,),) = other.execute("SELECT document FROM sessions").fetchall()
            other.execute("UPDATE sessions SET document = ?", (kept[:-1] + bytes([kept[-1] ^ 1]),))

    return change


class TestContract(StoreContract, SealingContract):
    """Everything that stores do, with sealed texts."""


class TestContractWithoutFts5(StoreContract, SealingContract):
    """The same on a file whose words are a plain table."""

    @pytest.fixture(autouse=True)
    def _plain_words(self, path: Path) -> None:
        prepare_file(path, has_fts5=False)
