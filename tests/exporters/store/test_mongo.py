"""The store on MongoDB: the contract of all stores, and what is its own: several writers, a server that is away."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

import pymongo
import pytest

from config.errors import ConfigurationError, StoreUnavailableError
from exporters.store.base import Check, Position, SessionFilter
from exporters.store.mongo import MongoStore
from tests.exporters.store.contract import StoreContract
from tests.exporters.store.contract_audit import findings, make_draft
from tests.exporters.store.recount import all_rows, check_aggregates
from tests.fakes.evaluations import make_evaluation
from tests.fakes.tcp_gate import TcpGate
from tests.fakes.waiting import until

MakeStore = Callable[..., Awaitable[MongoStore]]
pytestmark = pytest.mark.mongo
INSERT, UPDATE, REPLACE = b"\x02insert\x00", b"\x02update\x00", b"\x02findAndModify\x00"


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


@pytest.fixture
async def gate(mongo_url: str) -> AsyncIterator[TcpGate]:
    port = urlsplit(mongo_url).port
    async with TcpGate(27017 if port is None else port) as gate:
        yield gate


def _through(gate: TcpGate, mongo_url: str) -> str:
    database = urlsplit(mongo_url).path
    return (
        f"mongodb://127.0.0.1:{gate.port}{database}?directConnection=true&timeoutMS=1500&serverSelectionTimeoutMS=300"
    )


@pytest.fixture
def damage(mongo_url: str) -> Callable[[str], None]:
    def harm(name: str) -> None:
        with pymongo.MongoClient(mongo_url) as client:
            database = client.get_default_database()
            match name:
                case "rollup":
                    found = database["rollups"].update_one(
                        {"level": "hour", "service_id": "s0"}, {"$inc": {"counts.sessions": 5}}
                    )
                    assert found.modified_count == 1
                case "lost_rollup":
                    assert database["rollups"].delete_many({"service_id": "s0"}).deleted_count > 0
                case _:
                    change = {"$set": {"counted.counts.verified": 40}}
                    assert database["sessions"].update_one({"n": 1}, change).modified_count == 1

    return harm


class TestContract(StoreContract):
    """Everything that stores do."""


async def test_a_server_that_is_away_at_start_is_used_once_it_is_there(
    make_store: MakeStore, gate: TcpGate, mongo_url: str
) -> None:
    await gate.shut()
    store = await make_store(url=_through(gate, mongo_url))
    assert not await store.ping()
    for work in (store.save(make_evaluation(1)), store.get("x"), store.list_sessions(SessionFilter(), 1, None)):
        with pytest.raises(StoreUnavailableError):
            await work

    await gate.open()

    assert (await store.save(make_evaluation(1))).is_new
    assert await store.ping()
    await check_aggregates(store)


async def test_a_server_that_goes_and_comes_back_is_used_again(
    make_store: MakeStore, gate: TcpGate, mongo_url: str
) -> None:
    store = await make_store(url=_through(gate, mongo_url))
    await store.save(make_evaluation(1))
    await gate.shut()
    failed = await asyncio.gather(*(store.save(make_evaluation(n)) for n in range(2, 30)), return_exceptions=True)

    await gate.open()
    saved = [await store.save(make_evaluation(number)) for number in range(1, 30)]

    assert {type(error) for error in failed} == {StoreUnavailableError}
    assert [one.is_new for one in saved] == [False] + [True] * 28
    assert await store.position() == Position({"a": 29})
    await check_aggregates(store)


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.parametrize(
    ("request_", "passing"), [(INSERT, 0), (UPDATE, 0), (UPDATE, 1), (UPDATE, 2), (REPLACE, 0)], ids=str
)
async def test_a_save_whose_answer_is_lost_is_made_once(
    make_store: MakeStore, gate: TcpGate, mongo_url: str, request_: bytes, passing: int, is_restarted: bool
) -> None:
    store = await make_store(url=_through(gate, mongo_url))
    await store.save(make_evaluation(1))
    number = 1 if request_ == REPLACE else 2
    wanted = make_evaluation(number, submission_id="lost", overall_score=77.0, flagged=False)
    gate.lose_answers(request_, passing)
    with pytest.raises(StoreUnavailableError):
        await store.save(wanted)
    assert gate.lost > 0
    gate.heal()

    if is_restarted:
        await store.close()
        store = await make_store()
    saved = await store.save(wanted)
    again = await store.save(wanted)

    # After a restart in the very last step nothing shows that nobody was told; until then the retry is the first.
    assert saved.is_new or (is_restarted and passing == 2)
    assert not again.is_new
    assert await store.position() == Position({"a": 2})
    assert len(await all_rows(store)) == number
    await check_aggregates(store)


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_an_audit_entry_whose_answer_is_lost_is_appended_once(
    make_store: MakeStore, gate: TcpGate, mongo_url: str, is_restarted: bool
) -> None:
    store = await make_store(url=_through(gate, mongo_url))
    await store.append_audit([make_draft(1)])
    gate.lose_answers(INSERT, 0)
    with pytest.raises(StoreUnavailableError):
        await store.append_audit([make_draft(2), make_draft(3)])
    assert gate.lost > 0
    gate.heal()

    if is_restarted:
        await store.close()
        store = await make_store()
    links = await store.append_audit([make_draft(2), make_draft(3), make_draft(4)])

    assert [link.entry.number for link in links] == [2, 3, 4]
    assert await findings(store, "a") == []
    assert [kept.number for kept in await store.read_chain("a", 0, 10)] == [1, 2, 3, 4]


async def test_two_that_append_under_one_writer_take_turns(make_store: MakeStore) -> None:
    engine, command = await make_store(), await make_store()

    await asyncio.gather(
        *(store.append_audit([make_draft(10 * place + number)]) for place, store in enumerate((engine, command))
          for number in range(5)),
    )  # fmt: skip

    assert await findings(engine, "a") == []
    assert len(await engine.read_chain("a", 0, 20)) == 10


async def test_writers_side_by_side_number_for_themselves_and_count_together(make_store: MakeStore) -> None:
    first, second = await make_store(writer="a"), await make_store(writer="b")

    await asyncio.gather(
        *(first.save(make_evaluation(number)) for number in range(30)),
        *(second.save(make_evaluation(number, submission_id=f"b{number}")) for number in range(20, 50)),
    )

    position = await first.position()
    assert position.through == {"a": 30, "b": 30}
    changes = await second.changes(Position(), 1000)
    assert len(changes) == 50
    for writer in "ab":
        numbers = [change.number for change in changes if change.writer == writer]
        assert numbers == sorted(numbers)
    assert sorted(row.revision for row in await all_rows(first)) == [1] * 40 + [2] * 10
    await check_aggregates(first)


async def test_a_busy_writer_does_not_keep_the_others_changes_back(make_store: MakeStore) -> None:
    first, second = await make_store(writer="a"), await make_store(writer="b")
    for number in range(10):
        await first.save(make_evaluation(number))
    await second.save(make_evaluation(20))

    changes = await first.changes(Position(), 4)

    assert [(change.writer, change.number) for change in changes] == [("a", 1), ("b", 1), ("a", 2), ("a", 3)]


async def test_a_number_whose_session_another_writer_replaced_is_not_used_again(make_store: MakeStore) -> None:
    first, second = await make_store(writer="a"), await make_store(writer="b")
    await first.save(make_evaluation(1))
    await second.save(make_evaluation(1, submission_id="another"))
    await first.close()

    again = await make_store(writer="a")
    await again.save(make_evaluation(2))

    assert (await again.position()).through == {"a": 2, "b": 1}
    await check_aggregates(again)


async def test_erased_text_is_in_no_collection_any_more(make_store: MakeStore, mongo_url: str) -> None:
    store = await make_store()
    await store.save(make_evaluation(1, response="xylophone", conversation_id="xylophone"))

    await store.erase(make_evaluation(1).session_id)

    with pymongo.MongoClient(mongo_url) as client:
        database = client.get_default_database()
        everything = str([list(database[name].find()) for name in database.list_collection_names()])
    assert "xylophone" not in everything
    assert make_evaluation(1).session_id in everything


async def test_the_documents_carry_the_evaluations_own_fields(make_store: MakeStore, mongo_url: str) -> None:
    await (await make_store()).save(make_evaluation(1))

    with pymongo.MongoClient(mongo_url) as client:
        sessions = client.get_default_database()["sessions"]
        found = sessions.find_one({"session_id": make_evaluation(1).session_id})
        unique = [index["key"] for index in sessions.list_indexes() if index.get("unique")]

    assert found is not None
    assert (found["service_id"], found["overall_score"]) == ("desk", make_evaluation(1).overall_score)
    assert (found["hour"], found["day"], found["log"]) == ("2026-03-01T09", "2026-03-01", [])
    assert {"session_id": 1} in [dict(key) for key in unique]


@pytest.mark.parametrize("url", ["mongodb://", "mongodb://user:se cret@:@host", "mongodb://h:port", "mongodb://h/a b"])
async def test_a_url_that_cannot_be_used_is_a_setting_error_without_its_text(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await MongoStore(url, "a", "UTC").open()

    assert "cret" not in str(caught.value)


async def test_a_password_is_in_no_error_and_no_log(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    store = MongoStore("mongodb://user:sesame@127.0.0.1:1/x?serverSelectionTimeoutMS=100", "a", "UTC")
    await store.open()

    with pytest.raises(StoreUnavailableError) as caught:
        await store.get("x")
    await store.close()

    said = caplog.text + "".join(capsys.readouterr()) + str(caught.value)
    assert "the store is away" in said
    assert "sesame" not in said


@pytest.mark.parametrize("writer", ["", "a:b", "a,b", "a|b", "a b", "x" * 65])
def test_a_writer_id_that_a_position_could_not_hold_is_refused(writer: str) -> None:
    with pytest.raises(ConfigurationError):
        MongoStore("mongodb://127.0.0.1", writer, "UTC")


async def test_a_recount_waits_for_a_slow_server_longer_than_saves_do(
    make_store: MakeStore, gate: TcpGate, mongo_url: str
) -> None:
    store = await make_store(url=_through(gate, mongo_url))
    await store.save(make_evaluation(1))

    gate.hold_requests(b"scores_kept", seconds=2.0)  # what only the recount asks for; the URL allows 1.5 seconds

    assert await store.check(is_repaired=False) == Check(1, ())


async def test_what_an_error_left_undone_is_finished_though_nobody_saves_any_more(
    make_store: MakeStore, gate: TcpGate, mongo_url: str
) -> None:
    other, store = await make_store(writer="b"), await make_store(url=_through(gate, mongo_url))
    gate.lose_answers(INSERT)
    with pytest.raises(StoreUnavailableError):
        await store.save(make_evaluation(1))
    gate.heal()

    async def is_counted() -> bool:
        return [stats.total_sessions for stats in await other.all_stats()] == [1]

    await until(is_counted, "the save to be counted")
