"""A running hub and clients that read by hand, for tests of the feed without a socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from exporters.feed import FeedHub
from exporters.feed_client import FeedClient
from tests.fakes.events import EventReader


@asynccontextmanager
async def running(hub: FeedHub) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(hub.run())
        await hub.wait_running(10)
        yield
        hub.close()
        await task


async def go_live(client: FeedClient) -> list[str]:
    """Open and catch up; return the session ids told so far."""
    reader = EventReader()
    events = reader.feed(await client.open(None))
    async for missed in client.catch_up():
        events += reader.feed(missed)
    return [event.data["session_id"] for event in events if event.name == "session"]


async def take(client: FeedClient, count: int) -> list[str]:
    """Return the session ids of the next events, which must come."""
    reader, told = EventReader(), list[str]()
    while len(told) < count:
        events = await client.next(10)
        assert events, "nothing came"
        told += [event.data["session_id"] for event in reader.feed(events)]
    return told
