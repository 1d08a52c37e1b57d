"""A receiver, a record, and what tells the one of the other."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from config.webhooks import WebhookSettings, load_secrets
from exporters.store.sqlite import SqliteStore
from exporters.webhook.endpoint import Delivery, Endpoint, Schedule
from exporters.webhook.file_ledger import FileLedger
from exporters.webhook.hub import WebhookHub
from exporters.webhook.sender import Sender, open_session
from scorer.model import Evaluation
from tests.fakes.receiver import SECRET, Receiver, running_receiver


class Counts:
    """Implements `exporters.webhook.endpoint.Observer`."""

    def __init__(self) -> None:
        self.attempts: Counter[tuple[str, Delivery]] = Counter()
        self.retries: dict[str, int] = {}

    def count(self, id_: str, outcome: Delivery) -> None:
        self.attempts[id_, outcome] += 1

    def set_retries(self, id_: str, number: int) -> None:
        self.retries[id_] = number


@dataclass
class Hooks:
    """Running webhooks, and everything behind them."""

    hub: WebhookHub
    store: SqliteStore
    counts: Counts

    async def save(self, *evaluations: Evaluation) -> None:
        for evaluation in evaluations:
            await self.store.save(evaluation)
            self.hub.export(evaluation)


def hook(receiver: Receiver, id_: str = "desk", **changes: Any) -> WebhookSettings:
    given = {"id": id_, "url": receiver.url, "secret": SECRET, "allow_private": True, "events": ["evaluation.saved"]}
    return WebhookSettings.model_validate(given | changes)


@asynccontextmanager
async def opened_hooks(
    folder: Path, settings: Sequence[WebhookSettings], delays: Sequence[float] = (0.01, 0.02, 0.04), limit: int = 1000
) -> AsyncIterator[Hooks]:
    """Open, but do not run; signatures carry the real time, which the library compares."""

    counts = Counts()
    async with AsyncExitStack() as opened:
        store = SqliteStore(folder / "record.db", "UTC")
        opened.push_async_callback(store.close)
        await store.open()
        ledger = FileLedger(folder / "webhooks.db")
        schedule = Schedule(time.time, random.Random(1), delays, limit, watch_seconds=0.02)
        endpoints = []
        for one in settings:
            session = await opened.enter_async_context(open_session(allow_private=one.allow_private))
            sender = Sender(one, load_secrets(one), session, "1", time.time)
            endpoints.append(Endpoint(one, store, ledger, sender, lambda row: row, schedule, counts))
        hub = WebhookHub(endpoints, store, ledger)
        opened.push_async_callback(hub.close)
        await hub.open()
        yield Hooks(hub, store, counts)


@asynccontextmanager
async def running_hooks(folder: Path, *settings: WebhookSettings, **options: Any) -> AsyncIterator[Hooks]:
    """Open and run until the context ends."""
    async with opened_hooks(folder, settings, **options) as hooks, asyncio.TaskGroup() as group:
        stop = asyncio.Event()
        group.create_task(hooks.hub.run(stop))
        try:
            yield hooks
        finally:
            stop.set()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with running_receiver() as running:
        yield running
