"""Builds and connects everything: the only file that knows every concrete class.

Three processes start here: the proxy, the engine, and the scoring processes of the engine's pool. Each imports only what
it runs (the proxy holds no scorer, no store, no models), so the imports of a process stand inside its functions.
"""

import asyncio
import os
import pickle
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from config.process import set_nice
from endurance.version import VERSION

if TYPE_CHECKING:
    from aiohttp import web

    from config.settings import Settings
    from exporters.store.base import Store
    from scorer.intake import Intake
    from scorer.model import Evaluation, Unscored
    from scorer.pipeline import Pipeline
    from scorer.policy import PolicyBook
    from scorer.protocols import Job

ENGINE_NICENESS = 10
ADMIN_SHUTDOWN_SECONDS = 1.0
POOL_LIMIT = 8


def utc_now() -> datetime:
    """Return the present moment: the clock that everything else is given."""
    return datetime.now(UTC)


def run_proxy_process(bootstrap: bytes, listeners: list[socket.socket], on_ready: Callable[[], None]) -> None:
    """Run the proxy until SIGTERM; `listeners` are the traffic port and, where there is one, the probe port."""
    from config.logging import configure_logging
    from proxy.options import ProxyOptions
    from proxy.server import run_proxy

    options = ProxyOptions.from_json(bootstrap.decode())
    configure_logging("proxy", options.log_level, options.log_format)
    traffic, probe = listeners[0], (listeners[1] if len(listeners) > 1 else None)

    async def run(stop: asyncio.Event) -> None:
        await run_proxy(options, traffic, probe, stop, on_ready)

    _run_until_terminated(run)


def run_engine_process(bootstrap: bytes, listeners: list[socket.socket], on_ready: Callable[[], None]) -> None:
    """Run the engine until SIGTERM; `listeners` are the Unix socket for the proxy and the admin port."""
    from config.logging import configure_logging

    settings: Settings = pickle.loads(bootstrap)  # noqa: S301 - written by the supervisor, our own parent
    configure_logging("engine", settings.log.level, settings.log.format)
    set_nice(ENGINE_NICENESS)
    proxy_listener, admin_listener = listeners

    async def run(stop: asyncio.Event) -> None:
        await _run_engine(settings, proxy_listener, admin_listener, stop, on_ready)

    _run_until_terminated(run)


def _run_until_terminated(main: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    import uvloop

    async def run() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await main(stop)

    uvloop.run(run())


async def _run_engine(
    settings: "Settings",
    proxy_listener: socket.socket,
    admin_listener: socket.socket,
    stop: asyncio.Event,
    on_ready: Callable[[], None],
) -> None:
    from exporters.feed import FeedHub
    from exporters.prometheus import Metrics
    from exporters.sink import RecordSink
    from scorer.evaluator import LocalEvaluator
    from scorer.pool import ScoringPool
    from scorer.queue.spool import Spool
    from scorer.receiver import Receiver
    from scorer.worker import Worker

    book = build_policy_book(settings)
    store = build_store(settings)
    await store.open()
    queue = await Spool.open(settings.data_dir / "spool.db", settings.spool)
    metrics = Metrics(settings.metrics, [service.id for service in settings.services], VERSION)
    feed = FeedHub(store, settings.feed)
    sink = RecordSink(store, metrics, feed)
    pool = ScoringPool(
        [sys.executable, "-m", "endurance.child", "score"],
        pool_size(settings),
        settings.scorer.timeout_seconds,
        pickle.dumps(settings),
    )
    evaluator = LocalEvaluator(queue, pool, sink)
    receiver = Receiver(queue, VERSION, metrics)
    worker = Worker(queue, pool, sink, metrics, settings.scorer.attempts)


def pool_size(settings: "Settings") -> int:
    """Return how many scoring processes to run."""
    return settings.scorer.processes or max(1, min(POOL_LIMIT, (os.cpu_count() or 1) - 1))


def build_policy_book(settings: "Settings") -> "PolicyBook":
    """Return presets and services. Raises ConfigurationError."""
    from config.errors import ConfigurationError
    from config.presets import load_presets
    from scorer.policy import PolicyBook

    presets = load_presets(settings.presets_dir)
    for index, service in enumerate(settings.services):
        if service.preset is not None and service.preset not in presets:
            raise ConfigurationError(
                f"services.{index}.preset: unknown preset {service.preset!r}; expected one of {', '.join(presets)}"
            )
    return PolicyBook(presets, settings.services, settings.service_id)


def build_store(settings: "Settings") -> "Store":
    """Return the store that the URL names. Raises ConfigurationError."""
    url = settings.store
    if url is not None and not url.startswith("sqlite:///"):
        from exporters.store.mongo import MongoStore

        return MongoStore(url, writer_id(settings), settings.time_zone, utc_now)
    from pathlib import Path

    from exporters.store.sqlite import SqliteStore

    path = Path(url.removeprefix("sqlite:///")) if url is not None else settings.data_dir / "endurance.db"
    return SqliteStore(path, settings.time_zone, utc_now)


def writer_id(settings: "Settings") -> str:
    """Return the id under which this engine saves, made once and kept in the data directory."""
    path = settings.data_dir / "writer"
    if not path.exists():
        path.write_text("w" + secrets.token_hex(4))
    return path.read_text().strip()
