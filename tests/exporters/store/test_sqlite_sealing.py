"""The SQLite store with its texts sealed: the contract of all stores, no word in any file, and a change of the key."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from config.errors import ConfigurationError, StoreUnavailableError
from exporters.store.base import SessionFilter
from exporters.store.sealed import TextSealer
from exporters.store.sqlite import SqliteStore
from exporters.store.sqlite_schema import prepare_file
from scorer.model import Feedback
from scorer.sealing import KEY_BYTES, Sealer, key_id
from tests.exporters.store import test_sqlite
from tests.exporters.store.contract import StoreContract
from tests.fakes.evaluations import START, make_evaluation, make_full_evaluation
from tests.fakes.waiting import until

MakeStore = Callable[..., Awaitable[SqliteStore]]
OLD, NEW = b"o" * KEY_BYTES, b"n" * KEY_BYTES
WORD = "xylophone"
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


class TestContract(StoreContract):
    """Everything that stores do, with sealed texts."""


class TestContractWithoutFts5(StoreContract):
    """The same on a file whose words are a plain table."""

    @pytest.fixture(autouse=True)
    def _plain_words(self, path: Path) -> None:
        prepare_file(path, has_fts5=False)


def files_with(path: Path, *words: str) -> list[str]:
    return [
        file.name for file in path.parent.iterdir() if any(word.encode() in file.read_bytes().lower() for word in words)
    ]


async def fill(store: SqliteStore, numbers: Sequence[int]) -> None:
    """Save sessions that hold the word wherever text stands, one of them with a person's comment."""
    for number in numbers:
        await store.save(
            make_full_evaluation(number, query=f"What is a {WORD}?", flagged=True, flag_reasons=(f"{WORD}: 20",))
        )
    comment = Feedback(approved=True, comment=f"a {WORD}", reviewer=WORD, at=START)
    await store.add_feedback(make_evaluation(numbers[0]).session_id, comment)


async def reseal(store: SqliteStore, limit: int = 2) -> int:
    changed, last = 0, None
    while True:
        step = await store.reseal(last, limit)
        changed, last = changed + step.changed, step.last
        if last is None:
            return changed


@pytest.mark.parametrize("has_fts5", [True, False])
async def test_no_file_holds_a_word(make_store: MakeStore, path: Path, has_fts5: bool) -> None:
    prepare_file(path, has_fts5=has_fts5)
    store = await make_store()

    await fill(store, range(5))

    assert files_with(path, WORD, "application", "sentence", "statement") == []
    assert (await store.list_sessions(SessionFilter(q=f"{WORD} what"), 10, None)).total == 5
    assert (await store.list_sessions(SessionFilter(q="piano"), 10, None)).total == 0
    await store.close()
    assert files_with(path, WORD, "application", "sentence", "statement") == []


@pytest.mark.parametrize("first", [(), (OLD,)])
async def test_a_new_key_reads_what_is_there_and_takes_it_over(
    make_store: MakeStore, path: Path, first: tuple[bytes, ...]
) -> None:
    store = await make_store(keys=first)
    await fill(store, range(5))
    await store.close()
    store = await make_store(keys=(NEW, *first))
    await fill(store, range(5, 8))

    found = await store.list_sessions(SessionFilter(q=WORD), 10, None)
    evaluation = await store.get(make_evaluation(1).session_id)
    assert not await store.forget_keys() or not first
    changed = await reseal(store)
    again = await reseal(store)

    assert found.total == 8
    assert evaluation is not None
    assert WORD in evaluation.query
    assert (changed, again) == (5, 0)
    assert await store.forget_keys()
    assert (await store.list_sessions(SessionFilter(q=WORD), 10, None)).sessions == found.sessions
    await until(lambda: files_with(path, WORD) == [])
    await store.close()
    store = await make_store(keys=(NEW,))
    assert (await store.list_sessions(SessionFilter(q=WORD), 10, None)).total == 8
    assert (await store.check(is_repaired=False)).differences == ()


async def test_a_change_of_the_key_that_was_cut_off_goes_on(make_store: MakeStore) -> None:
    store = await make_store(keys=(OLD,))
    await fill(store, range(6))
    await store.close()
    store = await make_store(keys=(NEW, OLD))
    assert (await store.reseal(None, 2)).changed == 2
    await store.close()

    store = await make_store(keys=(NEW, OLD))

    assert await reseal(store) == 4
    assert await store.forget_keys()


async def test_of_an_empty_record_nothing_is_changed(make_store: MakeStore) -> None:
    store = await make_store()

    assert await reseal(store) == 0
    assert await store.forget_keys()


@pytest.mark.parametrize(("keys", "given"), [((), "is not given"), ((OLD,), "holds 1 other keys")])
async def test_a_missing_key_ends_the_start_in_one_line(
    make_store: MakeStore, keys: tuple[bytes, ...], given: str
) -> None:
    await (await make_store()).close()

    with pytest.raises(ConfigurationError) as caught:
        await make_store(keys=keys)

    told = str(caught.value)
    assert told.startswith("store_encryption.key_file: ")
    assert key_id(NEW).hex() in told
    assert given in told
    assert "\n" not in told


async def test_a_text_that_somebody_changed_is_not_shown(make_store: MakeStore, path: Path) -> None:
    store = await make_store()
    await store.save(make_evaluation(1))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        (kept,) = other.execute("SELECT document FROM sessions").fetchone()
        other.execute("UPDATE sessions SET document = ?", (kept[:-1] + bytes([kept[-1] ^ 1]),))

    with pytest.raises(StoreUnavailableError):
        await store.get(make_evaluation(1).session_id)
