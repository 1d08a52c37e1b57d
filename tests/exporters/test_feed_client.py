"""One client: what it is told first, what it missed, and that nothing is lost or doubled on the way."""

import asyncio
import itertools
import random

import pytest

from config.settings import FeedSettings
from exporters.feed import FeedHub
from exporters.feed_client import FeedClient, FeedFilter
from exporters.store.base import Position
from scorer.model import format_moment
from tests.fakes.events import WAIT_SECONDS, Event, EventReader
from tests.fakes.feed import go_live, running, take
from tests.fakes.record import MemoryRecord

ALL = FeedFilter()


async def first_events(record: MemoryRecord, after: str | None, wanted: FeedFilter = ALL) -> list[Event]:
    """Return what a new client is told before it waits."""
    hub = FeedHub(record, FeedSettings())
    client = FeedClient(record, wanted, 100, hub.encode)
    reader = EventReader()
    told = reader.feed(await client.open(None if after is None else Position.parse(after)))
    async for missed in client.catch_up():
        told += reader.feed(missed)
    return told


async def test_an_empty_record_is_an_init_with_a_position_to_resume_from() -> None:
    assert await first_events(MemoryRecord(), None) == [Event("init", {"sessions": []}, "w1:0")]


async def test_init_holds_the_newest_fifty_rows_and_the_position() -> None:
    record = MemoryRecord()
    for number in range(60):
        record.save(number)

    (init,) = await first_events(record, None)

    assert (init.name, init.id) == ("init", "w1:60")
    assert [row["session_id"] for row in init.data["sessions"]] == [f"s{number}" for number in range(59, 9, -1)]


async def test_a_known_position_is_answered_with_the_missed_rows_alone() -> None:
    record = MemoryRecord()
    for number in range(450):  # more than two pages
        record.save(number)

    told = await first_events(record, "w1:20")

    assert [event.name for event in told] == ["session"] * 430
    assert [event.id for event in told] == [f"w1:{number}" for number in range(21, 451)]


async def test_nothing_missed_is_nothing_told() -> None:
    record = MemoryRecord()
    record.save(1)

    assert await first_events(record, "w1:1") == []


async def test_a_replaced_row_is_told_at_its_later_place_and_an_erased_one_not_at_all() -> None:
    record = MemoryRecord()
    for number in (1, 2, 3, 1):
        record.save(number)
    record.erase(3)

    told = await first_events(record, "w1:0")

    assert [(event.data["session_id"], event.data["revision"], event.id) for event in told] == [
        ("s2", 1, "w1:2"), ("s1", 2, "w1:4"),
    ]  # fmt: skip


@pytest.mark.parametrize("after", ["w1:3", "w9:1", "w1:1,w9:1", "w1:999999999999999999"])
async def test_a_position_beyond_the_record_is_a_gap_and_an_init(after: str) -> None:
    record = MemoryRecord()
    record.save(1)
    record.save(2)

    gap, init = await first_events(record, after)

    assert (gap.name, gap.data) == ("gap", {"last_event_id": after})
    assert (init.name, init.id, len(init.data["sessions"])) == ("init", "w1:2", 2)


async def test_a_writer_at_zero_is_no_gap_and_never_comes_back_in_an_id() -> None:
    record = MemoryRecord()
    record.save(1)

    (event,) = await first_events(record, "w1:0,nobody:0")

    assert (event.name, event.id) == ("session", "w1:1")


async def test_a_new_writer_is_told_from_its_start() -> None:
    record = MemoryRecord()
    record.save(1)
    record.save(2, "w2")

    (event,) = await first_events(record, "w1:1")

    assert (event.data["session_id"], event.id) == ("s2", "w1:1,w2:1")


async def test_filters_hold_in_init_replay_and_live_and_still_move_the_position() -> None:
    record = MemoryRecord()
    record.save(1, flagged=True)
    record.save(2)
    hub, wanted = FeedHub(record, FeedSettings(), poll_seconds=1000), FeedFilter(flagged_only=True)
    (init,) = await first_events(record, None, wanted)
    (replayed,) = await first_events(record, "w1:0", wanted)

    async with running(hub):
        with hub.admit(wanted) as client:
            await go_live(client)
            record.save(3)
            record.save(4, flagged=True)
            record.save(5)
            hub.notify()
            told = await take(client, 1)
            while EventReader().feed(client.ping())[0].id != "w1:5":
                assert await client.next(10) is not None

    assert [row["session_id"] for row in init.data["sessions"]] == [replayed.data["session_id"]] == ["s1"]
    assert told == ["s4"]
    assert not FeedFilter(service_id="elsewhere").wants(record.rows()[0])


async def listen_once(hub: FeedHub, last_id: str, rng: random.Random, done: asyncio.Event) -> list[Event]:
    """Be a client from that id on, until the connection breaks at a random byte; return the whole events received."""
    reader, told = EventReader(last_id), list[Event]()
    budget = rng.randrange(1, 60_000)

    def receive(data: bytes) -> bool:
        nonlocal budget
        told.extend(reader.feed(data[:budget]))
        budget -= len(data)
        return budget > 0

    with hub.admit(ALL) as client:
        is_open = receive(await client.open(Position.parse(last_id) if last_id else None))
        async for missed in client.catch_up():
            is_open = is_open and receive(missed)
            await asyncio.sleep(rng.choice((0, 0.001)))  # a write that waits for its socket
        while is_open:
            data = await client.next(0.01)
            if data is None or (data == b"" and done.is_set()):
                break
            is_open = receive(data)
    return told


@pytest.mark.parametrize("seed", range(12))
async def test_a_client_that_breaks_off_anywhere_while_saves_go_on_is_told_each_save_once(seed: int) -> None:
    rng, record, done = random.Random(seed), MemoryRecord(seed), asyncio.Event()
    hub, told = FeedHub(record, FeedSettings(buffer_events=50), poll_seconds=0.001), list[Event]()
    for number in range(70):
        record.save(number)

    async def save() -> None:
        for _ in range(400):
            record.save(rng.randrange(300), rng.choice(("w1", "w1", "w2", "w3")))
            if rng.random() < 0.3:
                hub.notify()
            await asyncio.sleep(rng.choice((0, 0, 0, 0.0005)))
        done.set()

    async with asyncio.timeout(WAIT_SECONDS), running(hub):
        saving = asyncio.create_task(save())
        last_id = ""
        while not done.is_set() or not last_id or await record.changes(Position.parse(last_id), 1):
            told += await listen_once(hub, last_id, rng, done)
            last_id = told[-1].id if told else ""
        await saving

    check_once(told, record)


def check_once(told: list[Event], record: MemoryRecord) -> None:
    """Hold what was told against the record: one init, then each later save once, in each writer's order."""
    init, *events = told
    assert [event.name for event in told] == ["init"] + ["session"] * len(events)
    start = Position.parse(init.id).through
    saves = {(change.writer, change.number): change.row for change in record.history}
    positions = [Position.parse(event.id).through for event in told]
    keys = [
        (writer, number)
        for before, after in itertools.pairwise(positions)
        for writer, number in after.items()
        if number != before.get(writer, 0)
    ]
    assert len(keys) == len(events), "each event moves one writer"
    assert all(number > start.get(writer, 0) for writer, number in keys)
    assert all(
        later[1] > earlier[1] for i, earlier in enumerate(keys) for later in keys[i + 1 :] if later[0] == earlier[0]
    )
    shown = {(row["session_id"], row["revision"]) for row in init.data["sessions"]}
    assert not shown & {(event.data["session_id"], event.data["revision"]) for event in events}
    for key, event in zip(keys, events, strict=True):
        assert (event.data["session_id"], event.data["revision"]) == (saves[key].session_id, saves[key].revision)
    check_complete(init, set(keys), record)


def check_complete(init: Event, keys: set[tuple[str, int]], record: MemoryRecord) -> None:
    """Everything that stands in the record was told, or stood in the init, or was too old for it."""
    start = Position.parse(init.id).through
    rows = init.data["sessions"]
    shown = {(row["session_id"], row["revision"]) for row in rows}
    for change in record.standing():
        if change.number > start.get(change.writer, 0):
            assert (change.writer, change.number) in keys
        elif (change.row.session_id, change.row.revision) not in shown:
            assert format_moment(change.row.timestamp) < rows[-1]["timestamp"]
