"""The entries of the processes: what each of them is, from its first line to its end.

The proxy, the engine, the roles of an engine that are run apart, and the scoring processes of a pool. Each imports only
what it runs (the proxy holds no scorer, no store, no models): the imports of a process stand in its functions.
"""

import asyncio
import gc
import pickle
import signal
import socket
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from config.logging import configure_logging
from config.process import set_nice

if TYPE_CHECKING:  # the proxy process loads none of these
    from config.settings import Settings
    from scorer.pool_child import ScoreJob

ENGINE_NICENESS = 10


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
    settings = _begin("engine", bootstrap)
    from endurance.engine import run_engine

    _run_until_terminated(lambda stop: run_engine(settings, listeners[0], listeners[1], stop, on_ready))


def run_spooler_process(bootstrap: bytes, listeners: list[socket.socket], on_ready: Callable[[], None]) -> None:
    """Run the spooler until SIGTERM; `listeners` are the Unix socket for the proxy and the admin port."""
    settings = _begin("spooler", bootstrap)
    from endurance.spooler import run_spooler

    _run_until_terminated(lambda stop: run_spooler(settings, listeners[0], listeners[1], stop, on_ready))


def run_worker_process(bootstrap: bytes, listeners: list[socket.socket], on_ready: Callable[[], None]) -> None:
    """Run a worker until SIGTERM; its one listener is the admin port."""
    settings = _begin("worker", bootstrap)
    from endurance.worker import run_worker

    _run_until_terminated(lambda stop: run_worker(settings, listeners[0], stop, on_ready))


def run_api_process(bootstrap: bytes, listeners: list[socket.socket], on_ready: Callable[[], None]) -> None:
    """Run the API until SIGTERM; its one listener is the admin port."""
    settings = _begin("api", bootstrap)
    from endurance.api import run_api

    _run_until_terminated(lambda stop: run_api(settings, listeners[0], stop, on_ready))


def _begin(role: str, bootstrap: bytes) -> "Settings":
    """Return the settings, with logs set up and at the priority of an engine: what is loaded next runs at it."""
    settings: Settings = pickle.loads(bootstrap)  # noqa: S301 - written by the supervisor, our own parent
    configure_logging(role, settings.log.level, settings.log.format)
    set_nice(ENGINE_NICENESS)
    return settings


def serve_scoring(connection: socket.socket) -> None:
    """Be one scoring process of the engine's pool, until the engine closes the connection."""
    from endurance.app import build_intake, build_pipeline, build_policy_book, build_redactions
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


def _run_until_terminated(main: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    import uvloop

    async def run() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await main(stop)

    uvloop.run(run())
