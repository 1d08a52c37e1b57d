"""A receiver of webhooks on a loopback socket: checks every signature with the library, answers as it is told."""

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@dataclass
class Receiver:
    """What came in, and how the next requests are answered."""

    url: str = ""
    secret: str = SECRET
    statuses: list[int] = field(default_factory=list)
    """Of the next answers, in order; 200 when there are none left."""
    always: int | None = None
    """Of every answer, in place of `statuses`."""
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    messages: list[dict[str, Any]] = field(default_factory=list)
    """Bodies of what was answered 2xx."""
    ids: list[str] = field(default_factory=list)
    """Of what was answered 2xx, in the order in which it came."""
    attempts: Counter[str] = field(default_factory=Counter)
    """Requests by message id."""
    most_at_once: int = 0
    on_request: Callable[[], None] | None = None
    _at_once: int = 0

    async def take(self, request: web.Request) -> web.Response:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._answer(request)
        finally:
            self._at_once -= 1

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        told = Webhook(self.secret).verify(body, dict(request.headers))
        self.attempts[request.headers["webhook-id"]] += 1
        if self.on_request is not None:
            self.on_request()
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        status = self.always or (self.statuses.pop(0) if self.statuses else 200)
        if status < 300:
            self.messages.append(told)
            self.ids.append(request.headers["webhook-id"])
        return web.Response(status=status, headers=self.headers, text="x" * 10)


@asynccontextmanager
async def running_receiver() -> AsyncIterator[Receiver]:
    """Listen until the context ends."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/hook"))
        yield receiver
