"""The probe port: the proxy answers for itself, whatever becomes of engine, queue and store."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def serve_probes(sock: socket.socket, is_ready: Callable[[], bool]) -> AsyncIterator[None]:
    """Answer `/health` and `/ready` on a bound socket: alive is 200; ready is 200 while traffic is forwarded."""

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "healthy"})

    async def ready(_: web.Request) -> web.Response:
        if is_ready():
            return web.json_response({"status": "ready"})
        return web.json_response({"status": "stopping"}, status=503)

    application = web.Application()
    application.add_routes([web.get("/health", health), web.get("/ready", ready)])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.SockSite(runner, sock).start()
        yield
    finally:
        await runner.cleanup()
