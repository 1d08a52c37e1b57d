"""Several processes with the same webhooks on one record: each message once, and none lost when one of them dies."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import pytest

from config.errors import UnavailableError
from config.webhooks import WebhookSettings, load_secrets
from exporters.store.mongo import MongoStore
from exporters.webhook.endpoint import Endpoint, Schedule
from exporters.webhook.hub import WebhookHub
from exporters.webhook.sender import Sender, open_session
from exporters.webhook.shared_ledger import SharedLedger
from tests.exporters.webhook.conftest import Counts, hook
from tests.fakes.evaluations import make_evaluation
from tests.fakes.mongo_server import behind_gate
from tests.fakes.receiver import Receiver
from tests.fakes.tcp_gate import TcpGate
from tests.fakes.waiting import until

pytestmark = pytest.mark.mongo
PATIENCE_SECONDS = 120.0
"""A turn passes on 10 seconds after a death; the rest is for a busy machine."""


class Replica:
    """One process: a store of its own on the shared record, and the hub over it."""

    def __init__(self, url: str, writer: str, settings: WebhookSettings) -> None:
        self.store = MongoStore(url, writer, "UTC")
        self.stop = asyncio.Event()
        self.ledger = SharedLedger(self.store)
        self.ledger.poll_seconds = 0.05
        self._settings = settings

    async def open(self, opened: AsyncExitStack) -> None:
        opened.push_async_callback(self.store.close)
        await self.store.open()
        session = await opened.enter_async_context(open_session(allow_private=True))
        sender = Sender(self._settings, load_secrets(self._settings), session, "1", time.time)
        schedule = Schedule(time.time, random.Random(1), (0.02,) * 20, watch_seconds=0.05)
        parts = (self._settings, self.store, self.ledger, sender, lambda row: row, schedule, Counts())
        self.hub = WebhookHub([Endpoint(*parts)], self.store, self.ledger, turn_check_seconds=0.1)
        await self.hub.open()
        self.running = asyncio.create_task(self.hub.run(self.stop))

    async def save(self, *numbers: int, score: float = 50.0) -> None:
        for number in numbers:
            await self.store.save(make_evaluation(number, overall_score=score))
            self.hub.export(make_evaluation(number))

    async def die(self) -> None:
        """End as a killed process does: nothing is given away."""
        self.running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.running


@contextlib.asynccontextmanager
async def replicas(url: str, settings: WebhookSettings) -> AsyncIterator[tuple[Replica, Replica]]:
    one, other = Replica(url, "w1", settings), Replica(url, "w2", settings)
    async with AsyncExitStack() as opened:
        try:
            for replica in (one, other):
                await replica.open(opened)
            yield one, other
        finally:
            for replica in (one, other):
                replica.stop.set()
                with contextlib.suppress(asyncio.CancelledError):
                    await replica.running


def expected(*ranges: tuple[str, int]) -> list[str]:
    return sorted(f"msg_{writer}_{number}_saved" for writer, last in ranges for number in range(1, last + 1))


async def test_each_save_of_each_process_is_told_once(receiver: Receiver, mongo_url: str) -> None:
    receiver.statuses = [500] * 7
    async with replicas(mongo_url, hook(receiver)) as (one, other):
        await asyncio.gather(one.save(*range(40)), other.save(*range(40, 80)))
        await until(lambda: len(receiver.ids) >= 80, "what is to be told", PATIENCE_SECONDS)
        state = (await other.hub.states())["desk"]

    assert sorted(receiver.ids) == expected(("w1", 40), ("w2", 40))
    assert sum(receiver.attempts.values()) == 87
    assert state.retries == 0


async def test_when_the_one_that_tells_dies_another_goes_on_and_nothing_is_lost(
    receiver: Receiver, mongo_url: str
) -> None:
    async with replicas(mongo_url, hook(receiver)) as (one, other):
        await one.save(*range(40))
        await until(lambda: len(receiver.ids) >= 5, "what is to be told", PATIENCE_SECONDS)
        teller = one if await one.ledger.take_turn("desk") else other
        await teller.die()
        survivor = other if teller is one else one
        await survivor.save(*range(40, 60))
        last = (40, 20) if survivor is other else (60, 0)
        await until(
            lambda: set(receiver.ids) >= set(expected(("w1", last[0]), ("w2", last[1]))),
            "what is to be told",
            PATIENCE_SECONDS,
        )


async def test_a_services_alarm_is_told_once_on_and_once_off(receiver: Receiver, mongo_url: str) -> None:
    async with replicas(mongo_url, hook(receiver, events=["service.state_changed"])) as (one, other):
        await asyncio.gather(one.save(*range(20), score=80), other.save(*range(20, 40), score=80))
        await asyncio.gather(one.save(*range(40, 50), score=0), other.save(*range(50, 60), score=0))
        await until(lambda: len(receiver.messages) == 1, "what is to be told", PATIENCE_SECONDS)
        await asyncio.gather(one.save(*range(60, 110), score=90), other.save(*range(110, 160), score=90))
        await until(lambda: len(receiver.messages) == 2, "what is to be told", PATIENCE_SECONDS)

    assert [message["data"]["is_alarm"] for message in receiver.messages] == [True, False]
    assert set(receiver.attempts.values()) == {1}


async def test_410_to_one_process_is_heeded_by_all_until_any_enables_it(receiver: Receiver, mongo_url: str) -> None:
    receiver.statuses = [410]
    async with replicas(mongo_url, hook(receiver)) as (one, other):

        async def is_off() -> bool:
            return (await other.hub.states())["desk"].disabled_at is not None

        await one.save(1)
        await until(is_off, "it is switched off for the other too", PATIENCE_SECONDS)
        await one.save(2)
        await other.save(3)
        await other.hub.enable("desk")
        await other.save(4)
        await until(lambda: len(receiver.ids) == 1, "what is to be told", PATIENCE_SECONDS)

    assert receiver.ids == ["msg_w2_2_saved"]


async def test_what_opens_while_the_record_is_away_tells_once_it_is_there(receiver: Receiver, mongo_url: str) -> None:
    url = urlsplit(mongo_url)
    async with (
        TcpGate(url.port or 27017, url.hostname or "127.0.0.1") as gate,
        AsyncExitStack() as opened,
    ):
        await gate.shut()
        early = Replica(behind_gate(mongo_url, gate.port), "w1", hook(receiver))
        await early.open(opened)
        with pytest.raises(UnavailableError):
            await early.hub.states()
        await gate.open()

        async def is_there() -> bool:
            with contextlib.suppress(UnavailableError):
                return "desk" in await early.hub.states()
            return False

        await until(is_there, "the ledger to be opened", PATIENCE_SECONDS)
        await early.save(1)
        await until(lambda: receiver.ids == ["msg_w1_1_saved"], "what is to be told", PATIENCE_SECONDS)
        early.stop.set()
        await early.running
