"""The process behind the proxy in `endurance proxy`: takes copies into the spool and sends them to the bus.

No scorer and no store. At the stop it goes on sending until the spool is empty, for a bounded time.
"""

import asyncio
import random
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from config.api import load_named_keys
from config.settings import Settings
from endurance.admin import serve_app
from endurance.app import build_queue, build_segments
from endurance.bus import open_bus, sender_of
from endurance.running import take_copies
from endurance.version import VERSION
from exporters.api.health import queue_stats
from exporters.prometheus import Metrics
from exporters.status import Status
from scorer.forwarder import Forwarder
from scorer.protocols import Queue
from scorer.queue.jetstream_bus import Bus


async def run_spooler(
    settings: Settings,
    proxy_listener: socket.socket,
    admin_listener: socket.socket,
    stop: asyncio.Event,
    on_ready: Callable[[], None],
) -> None:
    """Run until `stop`, then until the spool is drained. Raises ConfigurationError."""
    configured = [service.id for service in settings.services]
    metrics = Metrics(settings.metrics, VERSION, configured, started_at=time.time())
    metrics.set_spool_limit(settings.spool.limit_bytes)
    async with AsyncExitStack() as opened:
        spool = await build_queue(settings)
        opened.push_async_callback(spool.close)
        segments = await build_segments(settings)
        opened.push_async_callback(segments.close)
        bus = await open_bus(opened, settings, "proxy")
        forwarder = Forwarder(spool, sender_of(bus, settings), metrics, random.Random())
        status = Status(metrics, _refresher(metrics, spool, bus), settings.api, load_named_keys(settings.api), VERSION)
        await serve_app(opened, status.build_app(), admin_listener)
        async with asyncio.TaskGroup() as tasks:
            take_copies(tasks, settings, spool, segments, metrics, proxy_listener, stop)
            tasks.create_task(forwarder.run(stop))
            on_ready()
        await forwarder.drain(settings.jetstream.drain_seconds)


def _refresher(metrics: Metrics, spool: Queue, bus: Bus) -> Callable[[], Awaitable[bool]]:
    async def refresh() -> bool:
        stats = await queue_stats(spool)
        metrics.set_spool(stats)
        return stats is not None and bus.is_connected

    return refresh
