"""Builds and connects everything: the only file that knows every concrete class.

Three kinds of process start here: the proxy, the engine, and the scoring processes of the engine's pool. Each imports
only what it runs (the proxy holds no scorer, no store, no models): the imports of a process stand in its functions.
"""

import asyncio
import gc
import os
import pickle
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.logging import configure_logging, get_logger
from config.process import set_nice
from endurance.version import VERSION

if TYPE_CHECKING:  # the proxy process loads none of these
    from config.settings import Settings
    from exporters.api.base import AdminServices
    from exporters.feed import FeedHub
    from exporters.prometheus import Metrics
    from exporters.store.base import Store
    from scorer.intake import Intake
    from scorer.pipeline import Pipeline
    from scorer.policy import PolicyBook
    from scorer.pool_child import ScoreJob
    from scorer.protocols import Evaluator, Queue
    from scorer.redact.plan import RedactionBook

ENGINE_NICENESS = 10
ADMIN_SHUTDOWN_SECONDS = 1.0
POOL_LIMIT = 8
SQLITE = "sqlite:///"


def utc_now() -> datetime:
    """Return the present moment: the clock that the scorer is given."""
    return datetime.now(UTC)


def run_proxy_process(bootstrap: bytes, listeners: list[socket.socket], on_ready: Callable[[], None]) -> None:
    """Run the proxy until SIGTERM; `listeners` are the traffic port and, where there is one, the probe port."""
    from proxy.options import ProxyOptions
    from proxy.server import run_proxy

    options = ProxyOptions.from_json(bootstrap.decode())
    configure_logging("proxy", options.log_level, options.log_format)
    traffic, probe = listeners[0], (listeners[1] if len(listeners) > 1 else None)

    def freeze() -> None:
        # What lives as long as the process is left out of every collection from here on: 5 % of the data path's time.
        gc.collect()
        gc.freeze()
        on_ready()

    _run_until_terminated(lambda stop: run_proxy(options, traffic, probe, stop, freeze))


def run_engine_process(bootstrap: bytes, listeners: list[socket.socket], on_ready: Callable[[], None]) -> None:
    """Run the engine until SIGTERM; `listeners` are the Unix socket for the proxy and the admin port."""
    settings: Settings = pickle.loads(bootstrap)  # noqa: S301 - written by the supervisor, our own parent
    configure_logging("engine", settings.log.level, settings.log.format)
    set_nice(ENGINE_NICENESS)
    _run_until_terminated(lambda stop: _run_engine(settings, listeners[0], listeners[1], stop, on_ready))


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
    """Open in the order in which parts depend on each other; `AsyncExitStack` closes them in reverse."""
    from exporters.fanout import Fanout
    from exporters.feed import FeedHub
    from exporters.prometheus import Metrics
    from exporters.retention import Sweeper
    from exporters.sink import RecordSink
    from scorer.evaluator import LocalEvaluator
    from scorer.pool import ScoringPool
    from scorer.receiver import Receiver
    from scorer.rules.loader import load_rulepacks
    from scorer.tasks import wait_first
    from scorer.worker import Worker

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
        services = _admin_services(settings, book, store, queue, evaluator, metrics, feed, redactions)
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
    settings: "Settings",
    book: "PolicyBook",
    store: "Store",
    queue: "Queue",
    evaluator: "Evaluator",
    metrics: "Metrics",
    feed: "FeedHub",
    redactions: "RedactionBook",
) -> "AdminServices":
    from exporters.api.base import AdminServices
    from scorer.redact.plan import is_redacting

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
    )


async def _serve_admin(opened: AsyncExitStack, services: "AdminServices", listener: socket.socket) -> None:
    from aiohttp import web

    from exporters.api.app import build_admin_app

    runner = web.AppRunner(build_admin_app(services), access_log=None, shutdown_timeout=ADMIN_SHUTDOWN_SECONDS)
    opened.push_async_callback(runner.cleanup)
    await runner.setup()
    await web.SockSite(runner, listener).start()


def serve_scoring(connection: socket.socket) -> None:
    """Be one scoring process of the engine's pool, until the engine closes the connection."""
    from scorer.pool_child import serve_jobs
    from scorer.scoring import score_job

    def prepare(bootstrap: bytes) -> "ScoreJob":
        settings: Settings = pickle.loads(bootstrap)  # noqa: S301 - written by the engine, our own parent
        configure_logging("score", settings.log.level, settings.log.format)
        book = build_policy_book(settings)
        redactions = build_redactions(settings)
        intake, pipeline = build_intake(settings, book, redactions.salt), build_pipeline(settings, book)
        return lambda job: score_job(job, intake, pipeline, redactions)

    serve_jobs(connection, prepare)


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


def build_intake(settings: "Settings", book: "PolicyBook", salt: bytes | None = None) -> "Intake":
    """Return what reads copied exchanges; without a salt it keeps nothing of an end user's id.

    Raises ConfigurationError for a service that can never be read.
    """
    from scorer.intake import Intake

    return Intake(book, settings.capture.decompressed_limit_bytes, guess=settings.capture.guess, salt=salt)


def build_pipeline(settings: "Settings", book: "PolicyBook") -> "Pipeline":
    """Return what scores an exchange, with every dimension of this version. Raises ConfigurationError."""
    from scorer.claims.lexical import LexicalEngine
    from scorer.dimensions.registry import DIMENSIONS
    from scorer.pipeline import Pipeline
    from scorer.rules.loader import load_rulepacks

    packs = load_rulepacks(settings.rulepacks_dir)
    # The time limit counts CPU time: at idle priority on a busy machine wall time says nothing of the text.
    return Pipeline(book, LexicalEngine(time.process_time), DIMENSIONS, utc_now, VERSION, packs)


def build_redactions(settings: "Settings") -> "RedactionBook":
    """Return what is taken out of evaluations; makes the salt in the data directory. Raises ConfigurationError."""
    from scorer.redact.plan import RedactionBook
    from scorer.redact.salt import load_salt

    return RedactionBook(
        settings.redaction, settings.services, load_salt(settings.redaction.salt_file, settings.data_dir)
    )


async def build_queue(settings: "Settings") -> "Queue":
    """Return where exchanges wait to be scored, opened. Raises ConfigurationError."""
    from scorer.queue.memory import MemoryQueue
    from scorer.queue.spool import Spool
    from scorer.redact.plan import is_redacting

    keeps_words = not is_redacting(settings.redaction, settings.services)
    path = settings.data_dir / "spool.db"
    if settings.spool.mode == "disk":
        return await Spool.open(path, settings.spool, keeps_words=keeps_words)
    logger = get_logger("endurance.app")
    logger.warning("the queue is held in memory: a crash or a stop loses what waits", setting="spool.mode")
    if path.exists():
        logger.warning("an earlier spool is left as it is: what waits there is not scored", path=str(path))
    return MemoryQueue(settings.spool.limit_bytes, settings.spool.dead_letter_limit, keeps_words=keeps_words)


def store_kind(settings: "Settings") -> str:
    """Return `sqlite` or `mongodb`."""
    return "sqlite" if settings.store is None or settings.store.startswith(SQLITE) else "mongodb"


def build_store(settings: "Settings") -> "Store":
    """Return the store that the URL names. Raises ConfigurationError."""
    url = settings.store
    if url is not None and store_kind(settings) == "mongodb":
        from exporters.store.mongo import MongoStore

        return MongoStore(url, writer_id(settings.data_dir), settings.time_zone)
    from exporters.store.sqlite import SqliteStore

    path = Path(url.removeprefix(SQLITE)) if url is not None else settings.data_dir / "endurance.db"
    return SqliteStore(path, settings.time_zone)


def writer_id(data_dir: Path) -> str:
    """Return the id under which this engine saves to a shared store: made once, kept in the data directory."""
    path = data_dir / "writer"
    if not path.exists():
        path.write_text("w" + secrets.token_hex(4), encoding="ascii")
    return path.read_text(encoding="ascii").strip()
