"""What several roles run in the same way: the record, the taking in of copies, and the upkeep."""

import asyncio
import socket
import time
from contextlib import AsyncExitStack

from config.settings import Settings
from endurance.app import build_store
from endurance.version import VERSION
from exporters.audit import HEAD_NAME, AuditLog
from exporters.prometheus import Metrics
from exporters.retention import Sweeper
from exporters.store.base import Store
from exporters.trust_watch import TrustWatch
from scorer.arrivals import Arrivals
from scorer.connections import Connections, SegmentQueue
from scorer.protocols import Queue
from scorer.receiver import Receiver


async def open_record(opened: AsyncExitStack, settings: Settings) -> tuple[Store, AuditLog]:
    """Open the store and the audit that stands in it; `opened` closes them. Raises ConfigurationError."""
    store = build_store(settings)
    opened.push_async_callback(store.close)
    await store.open()
    audit = AuditLog(store, time.time, settings.data_dir / HEAD_NAME)
    opened.push_async_callback(audit.close)
    return store, audit


def take_copies(
    tasks: asyncio.TaskGroup,
    settings: Settings,
    spool: Queue,
    segments: SegmentQueue,
    metrics: Metrics,
    listener: socket.socket,
    stop: asyncio.Event,
) -> None:
    """Take what the proxy sends into the spool, and the turns of its connections after it, until `stop`."""
    connections = Connections(segments, spool, metrics, settings.capture.decompressed_limit_bytes)
    arrivals = Arrivals(spool, segments, metrics)
    receiver = Receiver(arrivals, VERSION, metrics, proxy_started=connections.proxy_started)
    tasks.create_task(receiver.serve(listener, stop))
    tasks.create_task(connections.run(stop))


def keep_up(tasks: asyncio.TaskGroup, settings: Settings, store: Store, metrics: Metrics, stop: asyncio.Event) -> None:
    """Watch trust over time and take out what was kept long enough, until `stop`. Harmless in several processes."""
    watch = TrustWatch(store, metrics.trust, settings.metrics.service_limit, settings.metrics.trust_interval_seconds)
    tasks.create_task(watch.run(stop))
    tasks.create_task(Sweeper(store, settings.retention, settings.services, time.time).run(stop))
