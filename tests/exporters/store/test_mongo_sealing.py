"""The store on MongoDB with its texts sealed: the contract, no word in any collection, and a change of the key."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pymongo
import pytest

from config.errors import ConfigurationError, StoreUnavailableError
from exporters.store.base import SessionFilter
from exporters.store.mongo import MongoStore
from exporters.store.sealed import TextSealer
from scorer.model import Feedback
from scorer.sealing import KEY_BYTES, Sealer, key_id
from tests.exporters.store import test_mongo
from tests.exporters.store.contract import StoreContract
from tests.fakes.evaluations import START, make_evaluation, make_full_evaluation

MakeStore = Callable[..., Awaitable[MongoStore]]
pytestmark = pytest.mark.mongo
damage = test_mongo.damage
OLD, NEW = b"o" * KEY_BYTES, b"n" * KEY_BYTES
WORD = "xylophone"


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


class TestContract(StoreContract):
    """Everything that stores do, with sealed texts."""


def collections_with(mongo_url: str, *words: str) -> list[str]:
    with pymongo.MongoClient(mongo_url) as client:
        database = client.get_default_database()
        return [
            name
            for name in database.list_collection_names()
            if any(word in str(list(database[name].find())).lower() for word in words)
        ]


async def fill(store: MongoStore, numbers: Sequence[int]) -> None:
    """Save sessions that hold the word wherever text stands, one of them with a person's comment."""
    for number in numbers:
        await store.save(
            make_full_evaluation(number, query=f"What is a {WORD}?", flagged=True, flag_reasons=(f"{WORD}: 20",))
        )
    comment = Feedback(approved=True, comment=f"a {WORD}", reviewer=WORD, at=START)
    await store.add_feedback(make_evaluation(numbers[0]).session_id, comment)


async def reseal(store: MongoStore) -> int:
    changed, last = 0, None
    while True:
        step = await store.reseal(last, 2)
        changed, last = changed + step.changed, step.last
        if last is None:
            return changed


async def test_no_collection_holds_a_word(make_store: MakeStore, mongo_url: str) -> None:
    store = await make_store()

    await fill(store, range(3))
    await store.save(make_full_evaluation(1, query=f"Again {WORD}", submission_id="again"))

    assert collections_with(mongo_url, WORD, "application", "sentence", "statement") == []
    assert (await store.list_sessions(SessionFilter(q=f"{WORD} what"), 10, None)).total == 2
    assert (await store.list_sessions(SessionFilter(q="piano"), 10, None)).total == 0
    kept = await store.get(make_evaluation(0).session_id)
    assert kept is not None
    assert (kept.feedback[0].comment, kept.claims[0].text) == (f"a {WORD}", "Statement 0 of case 0.")


@pytest.mark.parametrize("first", [(), (OLD,)])
async def test_a_new_key_reads_what_is_there_and_takes_it_over(
    make_store: MakeStore, mongo_url: str, first: tuple[bytes, ...]
) -> None:
    store = await make_store(keys=first)
    await fill(store, range(5))
    await store.close()
    store = await make_store(keys=(NEW, *first))
    await fill(store, range(5, 7))
    # A verdict under the new key on a session under the old one.
    await store.add_feedback(make_evaluation(1).session_id, Feedback(approved=True, comment=WORD, at=START))

    found = await store.list_sessions(SessionFilter(q=WORD), 10, None)
    evaluations = [await store.get(row.session_id) for row in found.sessions]
    is_early = await store.forget_keys()
    changed, again = await reseal(store), await reseal(store)

    assert (found.total, is_early, changed, again) == (7, False, 5, 0)
    assert await store.forget_keys()
    await store.close()
    store = await make_store(keys=(NEW,))
    assert (await store.list_sessions(SessionFilter(q=WORD), 10, None)).sessions == found.sessions
    assert [await store.get(row.session_id) for row in found.sessions] == evaluations
    assert collections_with(mongo_url, WORD) == []
    assert (await store.check(is_repaired=False)).differences == ()


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


async def test_a_key_that_another_engine_brought_in_is_told_and_nothing_else_fails(make_store: MakeStore) -> None:
    old, new = await make_store(keys=(OLD,)), await make_store(keys=(NEW, OLD), writer="b")
    await old.save(make_evaluation(1))
    await new.save(make_evaluation(2))

    with pytest.raises(StoreUnavailableError, match=r"store_encryption\.key_file"):
        await old.get(make_evaluation(2).session_id)

    assert await old.get(make_evaluation(1).session_id) == make_evaluation(1)
    assert await new.get(make_evaluation(1).session_id) == make_evaluation(1)
