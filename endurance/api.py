"""The process of `endurance api`: the admin port, the feed and the page.

Pushed exchanges are scored by the workers, or in a pool of its own (`jetstream.evaluate`).
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack

from config.settings import Settings
from endurance.admin import admin_services, serve_admin
from endurance.app import build_metrics, build_pool, build_redactions, check_scoring
from endurance.bus import hear_of_saves, open_bus, open_queue, remote_evaluator, speak_of_saves
from endurance.outbound import open_outbound, open_scorer
from endurance.running import keep_up, open_record
from exporters.fanout import Exporter, Fanout
from exporters.feed import FeedHub
from exporters.sink import RecordSink
from scorer.evaluator import LocalEvaluator
from scorer.pool import ScoringPool
from scorer.protocols import Evaluator
from scorer.tasks import wait_first


async def run_api(
    settings: Settings, admin_listener: socket.socket, stop: asyncio.Event, on_ready: Callable[[], None]
) -> None:
    """Run until `stop`. Raises ConfigurationError."""
    book = check_scoring(settings)
    redactions = build_redactions(settings)
    metrics = build_metrics(settings, "endurance.api")
    async with AsyncExitStack() as opened:
        store, audit = await open_record(opened, settings)
        bus = await open_bus(opened, settings, "api")
        queue = await open_queue(opened, bus, settings)
        feed = FeedHub(store, settings.feed, settings.compat)
        outbound = await open_outbound(opened, settings, store, metrics)
        live = speak_of_saves(bus, settings)
        evaluator: Evaluator = remote_evaluator(bus, settings, queue)
        pool: ScoringPool | None = None
        if settings.jetstream.evaluate == "local":
            pool = build_pool(settings)
            opened.push_async_callback(pool.close)
            scorer = await open_scorer(opened, settings, pool, metrics)
            listeners: tuple[Exporter, ...] = (metrics, feed, *outbound.exporters, live)
            local = LocalEvaluator(queue, scorer, RecordSink(store, Fanout(listeners, metrics.count_export_failure)))
            opened.push_async_callback(local.close)
            evaluator = local
        services = admin_services(settings, book, store, queue, evaluator, metrics, feed, redactions, outbound, audit)
        await serve_admin(opened, services, admin_listener)
        await hear_of_saves(bus, settings, feed)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(feed.run()), tasks.create_task(live.run())]
            tasks.create_task(audit.run(stop))
            tasks.create_task(outbound.run(stop))
            keep_up(tasks, settings, store, metrics, stop)
            on_ready()
            if pool is not None:
                await wait_first(pool.start(), stop.wait())
            await stop.wait()
            for task in running:
                task.cancel()
