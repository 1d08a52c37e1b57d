"""The real admin port over a real store, for tests of the page: only the scorer is absent, records are written."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp.test_utils import TestServer

from config.errors import ScoringError
from config.presets import load_presets
from config.settings import ApiSettings, CompatSettings, FeedSettings, MetricsSettings
from exporters.api.app import build_admin_app
from exporters.api.base import AdminServices
from exporters.audit import AuditLog
from exporters.feed import FeedHub
from exporters.prometheus import Metrics
from exporters.store.sqlite import SqliteStore
from scorer.model import Evaluation, Exchange
from scorer.policy import PolicyBook
from scorer.queue.memory import MemoryQueue


class NoScorer:
    """Implements `Evaluator`; nothing can be scored here."""

    async def evaluate(self, exchange: Exchange) -> Evaluation:
        """Refuse."""
        raise ScoringError("no scorer runs in this test")

    async def enqueue(self, exchange: Exchange) -> None:
        """Refuse."""
        raise ScoringError("no scorer runs in this test")


@dataclass(frozen=True, slots=True)
class AdminPort:
    """A running admin port."""

    url: str
    store: SqliteStore
    feed: FeedHub

    async def save(self, evaluation: Evaluation) -> None:
        """Write a record, as the worker does after scoring, and tell the feed."""
        await self.store.save(evaluation)
        self.feed.notify()


@contextlib.asynccontextmanager
async def running_admin_port(folder: Path, api: ApiSettings, port: int | None = None) -> AsyncIterator[AdminPort]:
    """Run the port over a store in the folder; ends its streams and closes the store."""
    store = SqliteStore(folder / "endurance.db", "UTC")
    await store.open()
    feed = FeedHub(store, FeedSettings(), CompatSettings())
    services = AdminServices(
        store=store,
        source="sqlite",
        evaluator=NoScorer(),
        queue=MemoryQueue(1 << 20, 10),
        book=PolicyBook(load_presets(), (), "default"),
        metrics=Metrics(MetricsSettings(), "test", started_at=0.0),
        feed=feed,
        api=api,
        compat=CompatSettings(),
        spool_limit_bytes=1 << 20,
        admin_host="127.0.0.1",
        has_upstream=False,
        version="test",
        audit=AuditLog(store, time.time),
        started_at=time.time(),
        clock=time.time,
    )
    try:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(feed.run())
            async with TestServer(build_admin_app(services), port=port) as server:
                yield AdminPort(f"http://127.0.0.1:{server.port}", store, feed)
            running.cancel()
    finally:
        await store.close()
