"""The admin port of a role that has no API: whether it works, and its metrics. Nothing of any exchange is on it."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from config.api import ApiSettings, NamedKey
from exporters.api.base import Role
from exporters.api.keys import KeyRing, presented_key
from exporters.prometheus import Metrics


class Status:
    """What the port tells; `refresh` sets the gauges of `metrics` before a scrape and says whether all parts answer."""

    def __init__(
        self,
        metrics: Metrics,
        refresh: Callable[[], Awaitable[bool]],
        api: ApiSettings,
        named_keys: tuple[NamedKey, ...],
        version: str,
    ) -> None:
        self._metrics = metrics
        self._refresh = refresh
        self._version = version
        self._ring = KeyRing(api, named_keys) if api.is_guarded else None

    def build_app(self) -> web.Application:
        """Return the application."""
        app = web.Application()
        app.add_routes(
            [web.get("/health", self._health), web.get("/ready", self._ready), web.get("/metrics", self._tell_metrics)]
        )
        return app

    async def _health(self, _: web.Request) -> web.Response:
        state = "healthy" if await self._refresh() else "degraded"
        return web.json_response({"status": state, "version": self._version})

    async def _ready(self, _: web.Request) -> web.Response:
        """Work is taken: what the bus or the store is missing waits where it is."""
        return web.json_response({"status": "ready"})

    async def _tell_metrics(self, request: web.Request) -> web.Response:
        if self._ring is not None:
            given = presented_key(request.headers.get("Authorization", ""), request.headers.get("X-API-Key", ""))
            caller = self._ring.owner_of(given)
            if caller is None:
                raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Bearer realm="endurance"'})
            if Role.READ not in caller.scopes:
                raise web.HTTPForbidden(text="this key has not the scope read")
            if caller.services is not None:
                raise web.HTTPForbidden(text="this tells of all services, and the key is for some only")
        await self._refresh()
        body, content_type = await asyncio.to_thread(self._metrics.render)
        return web.Response(body=body, headers={"Content-Type": content_type})
