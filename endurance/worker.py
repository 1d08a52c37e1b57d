"""The process of `endurance worker`: leases jobs from the bus, scores, saves, says so. Any number run side by side.

Its writer id lies in its data directory, so that its saves keep their numbers across restarts.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack

from config.api import load_named_keys
from config.settings import Settings
from endurance.admin import serve_app
from endurance.app import build_metrics, build_pool, build_redactions, build_store, check_scoring, jobs_in_hand
from endurance.bus import open_bus, open_queue, serve_evaluations, speak_of_saves
from endurance.outbound import open_outbound, open_scorer
from endurance.version import VERSION
from exporters.api.health import is_store_up, queue_stats
from exporters.fanout import Fanout
from exporters.prometheus import Metrics
from exporters.sink import RecordSink
from exporters.status import Status
from exporters.store.base import Store
from scorer.evaluator import LocalEvaluator
from scorer.protocols import Queue
from scorer.tasks import wait_first
from scorer.worker import Worker


async def run_worker(
    settings: Settings, admin_listener: socket.socket, stop: asyncio.Event, on_ready: Callable[[], None]
) -> None:
    """Run until `stop`; jobs in hand may finish for a bounded time, the rest is put back. Raises ConfigurationError."""
    check_scoring(settings)
    build_redactions(settings)
    metrics = build_metrics(settings, "endurance.worker")
    async with AsyncExitStack() as opened:
        store = build_store(settings)
        opened.push_async_callback(store.close)
        await store.open()
        bus = await open_bus(opened, settings, "worker")
        queue = await open_queue(opened, bus, settings)
        live = speak_of_saves(bus, settings)
        outbound = await open_outbound(opened, settings, store, metrics)
        sink = RecordSink(store, Fanout((metrics, *outbound.exporters, live), metrics.count_export_failure))
        pool = build_pool(settings)
        opened.push_async_callback(pool.close)
        scorer = await open_scorer(opened, settings, pool, metrics)
        evaluator = LocalEvaluator(queue, scorer, sink)
        opened.push_async_callback(evaluator.close)
        status = Status(metrics, _Refresh(metrics, queue, store), settings.api, load_named_keys(settings.api), VERSION)
        await serve_app(opened, status.build_app(), admin_listener)
        async with asyncio.TaskGroup() as tasks:
            speaking = tasks.create_task(live.run())
            tasks.create_task(outbound.run(stop))
            on_ready()
            await wait_first(pool.start(), stop.wait())
            if not stop.is_set():
                await serve_evaluations(opened, bus, settings, evaluator)  # not before there is somebody to score
                lease_seconds, width = settings.jetstream.lease_seconds, jobs_in_hand(settings)
                worker = Worker(
                    queue, scorer, sink, metrics, settings.scorer.attempts, width=width, lease_seconds=lease_seconds
                )
                await worker.run(stop)
            speaking.cancel()


class _Refresh:
    """Sets the gauges before a scrape."""

    def __init__(self, metrics: Metrics, queue: Queue, store: Store) -> None:
        self._metrics = metrics
        self._queue = queue
        self._store = store

    async def __call__(self) -> bool:
        stats, is_up = await asyncio.gather(queue_stats(self._queue), is_store_up(self._store))
        self._metrics.set_queue(stats)
        self._metrics.set_store_up(is_up)
        return stats is not None and is_up
