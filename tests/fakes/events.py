"""Reads server-sent events (WHATWG HTML, section 9.2.6) as a browser would, for tests of the feed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientResponse

from tests.fakes.admin import Admin

WAIT_SECONDS = 20.0
"""A bound on waiting, not a target."""


@dataclass(frozen=True)
class Event:
    """One event, with the last id that the stream had set by then."""

    name: str
    data: Any
    id: str


@dataclass
class EventReader:
    """Takes bytes, cut anywhere; gives whole events."""

    last_id: str = ""
    retry: str | None = None
    _rest: bytes = b""
    _name: str = ""
    _data: list[str] = field(default_factory=list)

    def feed(self, data: bytes) -> list[Event]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [event for line in lines if (event := self._line(line.decode())) is not None]

    def _line(self, line: str) -> Event | None:
        if line:
            name, _, value = line.partition(": ")
            match name:
                case "event":
                    self._name = value
                case "data":
                    self._data.append(value)
                case "id":
                    self.last_id = value
                case "retry":
                    self.retry = value
                case _:
                    raise ValueError(f"no field of server-sent events: {line}")
            return None
        data, name = self._data, self._name
        self._data, self._name = [], ""
        return Event(name, json.loads("\n".join(data)), self.last_id) if data else None


class Listener:
    """A client of `/v1/stream`."""

    def __init__(self, response: ClientResponse) -> None:
        self.response = response
        self.reader = EventReader()
        self._waiting: list[Event] = []

    async def next(self, *names: str) -> Event:
        """Return the next event, or the next of one of these names."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                while self._waiting:
                    event = self._waiting.pop(0)
                    if not names or event.name in names:
                        return event
                data = await self.response.content.readany()
                if not data:
                    raise EOFError("the stream ended")
                self._waiting += self.reader.feed(data)

    async def sessions(self, count: int) -> list[str]:
        """Return the session ids of the next `session` events."""
        return [(await self.next("session")).data["session_id"] for _ in range(count)]


@asynccontextmanager
async def listening(admin: Admin, query: str = "", last_id: str | None = None) -> AsyncIterator[Listener]:
    """Open the feed; the connection is closed when the context ends."""
    headers = {} if last_id is None else {"Last-Event-ID": last_id}
    async with admin.client.get(f"/v1/stream{query and '?' + query}", headers=headers) as response:
        assert response.status == 200, await response.text()
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        try:
            yield Listener(response)
        finally:
            response.close()
