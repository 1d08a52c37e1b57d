"""The engine's process: opens its parts in the order in which they depend on each other, and runs them.

What the parts are made of stands in `endurance/app.py`; here is only who is opened, and started, when.
"""

import asyncio
import pickle
import socket
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack

from aiohttp import web

from config.api import load_named_keys
from config.settings import Settings
from endurance.app import (
    build_intake,
    build_policy_book,
    build_queue,
    build_redactions,
    build_store,
    pool_size,
    store_kind,
)
from endurance.outbound import open_tokens
from endurance.version import VERSION
from exporters.api.app import build_admin_app
from exporters.api.base import AdminServices, TokenReader
from exporters.fanout import Fanout
from exporters.feed import FeedHub
from exporters.prometheus import Metrics
from exporters.retention import Sweeper
from exporters.sink import RecordSink
from exporters.store.base import Store
from scorer.evaluator import LocalEvaluator
from scorer.policy import PolicyBook
from scorer.pool import ScoringPool
from scorer.protocols import Evaluator, Queue
from scorer.receiver import Receiver
from scorer.redact.plan import RedactionBook, is_redacting
from scorer.rules.loader import load_rulepacks
from scorer.tasks import wait_first
from scorer.worker import Worker

ADMIN_SHUTDOWN_SECONDS = 1.0


async def run_engine(
    settings: Settings,
    proxy_listener: socket.socket,
    admin_listener: socket.socket,
    stop: asyncio.Event,
    on_ready: Callable[[], None],
) -> None:
    """Open in the order in which parts depend on each other; `AsyncExitStack` closes them in reverse."""
    book = build_policy_book(settings)
    build_intake(settings, book)  # what the pool could not prepare from is refused here, in one line
    load_rulepacks(settings.rulepacks_dir)
    redactions = build_redactions(settings)
    metrics = Metrics(settings.metrics, VERSION, [service.id for service in settings.services])
    async with AsyncExitStack() as opened:
        store = build_store(settings)
        opened.push_async_callback(store.close)
        await store.open()
        queue = await build_queue(settings)
        opened.push_async_callback(queue.close)
        feed = FeedHub(store, settings.feed, settings.compat)
        sink = RecordSink(store, Fanout((metrics, feed), metrics.count_export_failure))
        command = (sys.executable, "-m", "endurance.child", "score")
        pool = ScoringPool(command, pool_size(settings), settings.scorer.timeout_seconds, pickle.dumps(settings))
        opened.push_async_callback(pool.close)
        evaluator = LocalEvaluator(queue, pool, sink)
        opened.push_async_callback(evaluator.close)
        tokens = await open_tokens(opened, settings)
        services = _admin_services(settings, book, store, queue, evaluator, metrics, feed, redactions, tokens)
        await _serve_admin(opened, services, admin_listener)
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(feed.run())
            tasks.create_task(Receiver(queue, VERSION, metrics).serve(proxy_listener, stop))
            tasks.create_task(Sweeper(store, settings.retention, settings.services, time.time).run(stop))
            on_ready()  # both ports answer; copies are taken in while the pool warms up
            await wait_first(pool.start(), stop.wait())
            worker = Worker(queue, pool, sink, metrics, settings.scorer.attempts)
            await worker.run(stop)
            following.cancel()


def _admin_services(
    settings: Settings,
    book: PolicyBook,
    store: Store,
    queue: Queue,
    evaluator: Evaluator,
    metrics: Metrics,
    feed: FeedHub,
    redactions: RedactionBook,
    tokens: TokenReader | None,
) -> AdminServices:
    return AdminServices(
        store=store,
        source=store_kind(settings),
        evaluator=evaluator,
        queue=queue,
        book=book,
        metrics=metrics,
        feed=feed,
        api=settings.api,
        compat=settings.compat,
        spool_limit_bytes=settings.spool.limit_bytes,
        admin_host=settings.admin_host,
        has_upstream=settings.upstream is not None,
        version=VERSION,
        started_at=time.time(),
        clock=time.time,
        redactions=redactions if is_redacting(settings.redaction, settings.services) else None,
        named_keys=load_named_keys(settings.api),
        tokens=tokens,
    )


async def _serve_admin(opened: AsyncExitStack, services: AdminServices, listener: socket.socket) -> None:
    runner = web.AppRunner(build_admin_app(services), access_log=None, shutdown_timeout=ADMIN_SHUTDOWN_SECONDS)
    opened.push_async_callback(runner.cleanup)
    await runner.setup()
    await web.SockSite(runner, listener).start()
