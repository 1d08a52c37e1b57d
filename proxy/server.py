"""The proxy process: listens, accepts, watches time limits, and stops in order.

Stopping: no new connections; idle ones are closed at once; open exchanges may go on for the grace period; what is held
is shipped, and its acknowledgement awaited for at most a second.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final

from config.logging import get_logger
from proxy.capture import IdSource
from proxy.connection import ClientConnection
from proxy.counters import Counters
from proxy.gateway import SWEEP_SECONDS, Gateway
from proxy.headers import TrustedPeers
from proxy.options import ProxyOptions
from proxy.probes import serve_probes
from proxy.sampling import CaptureRules
from proxy.shipper import Shipper
from proxy.sockets import probe_when_silent
from proxy.upstream import Upstream

BACKLOG: Final = 4096
_ACKNOWLEDGE_SECONDS: Final = 1.0

_log = get_logger("proxy.server")


async def run_proxy(
    options: ProxyOptions,
    traffic: socket.socket,
    probe: socket.socket | None,
    stop: asyncio.Event,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve on the bound sockets until `stop` is set, then stop in order; `on_ready` is called once it serves."""
    loop = asyncio.get_running_loop()
    counters = Counters()
    shipper = Shipper(
        options.engine_socket(),
        options.build,
        options.unacknowledged_limit_bytes,
        options.batch_interval_seconds,
        counters,
    )
    async with asyncio.TaskGroup() as tasks:
        gateway = _make_gateway(options, counters, shipper, tasks)
        background = [
            tasks.create_task(shipper.run()),
            tasks.create_task(shipper.tell_counters()),
            tasks.create_task(_sweep(gateway)),
        ]
        try:
            probe_when_silent(traffic)
            server = await loop.create_server(lambda: ClientConnection(gateway), sock=traffic, backlog=BACKLOG)
            async with AsyncExitStack() as stack:
                if probe is not None:
                    await stack.enter_async_context(serve_probes(probe, lambda: not gateway.is_stopping))
                _log.info("proxy started", address=traffic.getsockname(), upstream=options.upstream)
                on_ready()
                await stop.wait()
                gateway.is_stopping = True
                server.close()
                await _finish_exchanges(gateway, options.grace_seconds)
                await shipper.drain(_ACKNOWLEDGE_SECONDS)
        finally:
            for task in background:
                task.cancel()
            for upstream in (gateway.upstream, gateway.admin):
                if upstream is not None:
                    upstream.close()
    _log.info("proxy stopped")


def _make_gateway(options: ProxyOptions, counters: Counters, shipper: Shipper, tasks: asyncio.TaskGroup) -> Gateway:
    connect_seconds = options.connect_timeout_seconds
    prefix = options.admin_prefix
    host = f"[{options.admin_host}]" if ":" in options.admin_host else options.admin_host
    admin_url = f"http://{host}:{options.admin_port}"
    return Gateway(
        options=options,
        counters=counters,
        ids=IdSource(),
        trusted=TrustedPeers(options.trusted_peers),
        rules=CaptureRules(
            options.capture_sample_ratio,
            options.conversation_header,
            options.capture_methods,
            options.capture_paths,
            options.capture_excluded_paths,
            options.capture_content_types,
        ),
        ship=shipper.ship,
        now=asyncio.get_running_loop().time,
        upstream=Upstream(options.upstream, connect_seconds, tasks) if options.upstream is not None else None,
        admin=Upstream(admin_url, connect_seconds, tasks) if prefix is not None else None,
        admin_prefix=prefix.encode() if prefix is not None else None,
    )


async def _sweep(gateway: Gateway) -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        now = gateway.now()
        for upstream in (gateway.upstream, gateway.admin):
            if upstream is not None:
                upstream.sweep(now)
        for connection in list(gateway.connections):
            try:
                connection.sweep(now)
            except Exception:  # noqa: BLE001 # task boundary: one connection's fault must not end the others
                _log.exception("a connection failed at its time limit")
                connection.abort()


async def _finish_exchanges(gateway: Gateway, grace_seconds: float) -> None:
    """Close idle connections, wait for busy ones, and cut those that outlast the grace period."""
    is_empty = asyncio.Event()
    gateway.when_empty = is_empty.set
    for connection in list(gateway.connections):
        connection.stop()
    if not gateway.connections:
        return
    try:
        async with asyncio.timeout(grace_seconds):
            await is_empty.wait()
    except TimeoutError:
        _log.warning("exchanges were cut at the grace limit", count=len(gateway.connections))
        for connection in list(gateway.connections):
            connection.abort()
        with contextlib.suppress(TimeoutError):  # their ends come with the next turn of the loop
            async with asyncio.timeout(1.0):
                await is_empty.wait()
