"""The engine's process: opens its parts in the order in which they depend on each other, and runs them.

What the parts are made of stands in `endurance/app.py`; here is only who is opened, and started, when.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack

from config.settings import Settings
from endurance.admin import admin_services, serve_admin
from endurance.app import (
    build_metrics,
    build_pool,
    build_queue,
    build_redactions,
    build_segments,
    check_scoring,
    jobs_in_hand,
    open_shared_queue,
)
from endurance.outbound import open_outbound, open_scorer
from endurance.running import keep_up, open_record, take_copies
from exporters.fanout import Fanout
from exporters.feed import FeedHub
from exporters.sink import RecordSink
from exporters.subjects import STATE_NAME, SubjectFollower
from scorer.evaluator import LocalEvaluator
from scorer.protocols import Queue
from scorer.tasks import wait_first
from scorer.worker import LEASE_SECONDS, Worker


async def run_engine(
    settings: Settings,
    proxy_listener: socket.socket,
    admin_listener: socket.socket,
    stop: asyncio.Event,
    on_ready: Callable[[], None],
) -> None:
    """Open in the order in which parts depend on each other; `AsyncExitStack` closes them in reverse."""
    book = check_scoring(settings)
    redactions = build_redactions(settings)
    metrics = build_metrics(settings, "endurance.engine")
    async with AsyncExitStack() as opened:
        store, audit = await open_record(opened, settings)
        spool = await build_queue(settings)
        opened.push_async_callback(spool.close)
        shared = await open_shared_queue(opened, settings, spool, metrics)
        queue: Queue = spool if shared is None else shared.queue
        segments = await build_segments(settings)
        opened.push_async_callback(segments.close)
        feed = FeedHub(store, settings.feed, settings.compat)
        outbound = await open_outbound(opened, settings, store, metrics)
        live = () if shared is None else (shared.live,)
        listeners = (metrics, feed, *outbound.exporters, *live)
        sink = RecordSink(store, Fanout(listeners, metrics.count_export_failure))
        pool = build_pool(settings)
        opened.push_async_callback(pool.close)
        scorer = await open_scorer(opened, settings, pool, metrics)
        evaluator = LocalEvaluator(queue, scorer, sink)
        opened.push_async_callback(evaluator.close)
        parts = (settings, book, store, queue, evaluator, metrics, feed, redactions, outbound, audit)
        services = admin_services(*parts, spool if shared else None)
        await serve_admin(opened, services, admin_listener)
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(feed.run())
            take_copies(tasks, settings, spool, segments, metrics, proxy_listener, stop)
            keep_up(tasks, settings, store, metrics, stop)
            tasks.create_task(audit.run(stop))
            tasks.create_task(SubjectFollower(store, queue, settings.data_dir / STATE_NAME).run(stop))
            tasks.create_task(outbound.run(stop))
            if shared is not None:
                tasks.create_task(shared.run(stop))
            on_ready()  # both ports answer; copies are taken in while the pool warms up
            await wait_first(pool.start(), stop.wait())
            lease_seconds = LEASE_SECONDS if shared is None else settings.jetstream.lease_seconds
            width = jobs_in_hand(settings)
            worker = Worker(
                queue, scorer, sink, metrics, settings.scorer.attempts, width=width, lease_seconds=lease_seconds
            )
            await worker.run(stop)
            following.cancel()
