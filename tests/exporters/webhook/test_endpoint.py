"""One receiver of an engine beside others: it tells of its own engine's saves, and of all of them, on each store."""

import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from exporters.store.mongo import MongoStore
from exporters.webhook.endpoint import PAGE, Endpoint, Schedule
from exporters.webhook.ledger import Ledger
from exporters.webhook.sender import Sender, open_session
from tests.exporters.webhook.conftest import Counts, hook
from tests.fakes.evaluations import make_evaluation
from tests.fakes.receiver import Receiver
from tests.fakes.record import MemoryRecord


async def tell_all(folder: Path, record: Any, receiver: Receiver, save: Callable[[], Awaitable[None]]) -> None:
    """Open a receiver at the record's present end, save, and tell until there is nothing more."""
    settings, ledger = hook(receiver), Ledger(folder / "webhooks.db")
    await ledger.open(["desk"], (await record.position()).through.get(record.writer, 0))
    await save()
    async with open_session(allow_private=True) as session:
        sender = Sender(settings, [bytes(range(32))], session, "1", time.time)
        schedule = Schedule(time.time, random.Random(1))
        endpoint = Endpoint(settings, record, ledger, sender, lambda row: row, schedule, Counts())
        while await endpoint.round() is not None:
            pass
    await ledger.close()


async def test_saves_of_other_engines_are_left_to_them(tmp_path: Path, receiver: Receiver) -> None:
    record = MemoryRecord()

    async def save() -> None:
        for number in range(90):
            record.save(number, writer=("w0", "w1", "w2")[number % 3])

    await tell_all(tmp_path, record, receiver, save)

    assert sorted(receiver.ids) == sorted(f"msg_w1_{number}_saved" for number in range(1, 31))


@pytest.mark.mongo
async def test_two_engines_on_one_mongodb_tell_each_save_once(
    tmp_path: Path, receiver: Receiver, mongo_url: str
) -> None:
    engines = [MongoStore(mongo_url, writer, "UTC") for writer in ("a", "b")]
    for engine in engines:
        await engine.open()

    async def save() -> None:
        for number in range(2 * PAGE):
            await engines[number % 2].save(make_evaluation(number))

    try:
        await tell_all(tmp_path / "a", engines[0], receiver, save)
        first = list(receiver.ids)
        await tell_all(tmp_path / "b", engines[1], receiver, save)  # the same submissions: nothing new
    finally:
        for engine in engines:
            await engine.close()

    assert sorted(first) == sorted(f"msg_a_{number}_saved" for number in range(1, PAGE + 1))
    assert receiver.ids == first
