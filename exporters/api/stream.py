"""`/v1/stream`: the live feed as server-sent events (WHATWG HTML, section 9.2).

The first events are read before the answer begins, so that a store that is away is a plain 503. The order of events
and the exactly-once hand-over stand in `exporters/feed_client.py`.
"""

import asyncio
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from config.errors import UnavailableError
from config.logging import get_logger
from exporters.api.base import SERVICES, Answer, Role, Route
from exporters.api.bodies import Query, QueryBool, QueryService, read_query
from exporters.api.principal import principal_of
from exporters.feed import FeedHub
from exporters.feed_client import FeedClient, FeedFilter
from exporters.store.audit import Action
from exporters.store.base import Position

EVENT_STREAM: Final = "text/event-stream"
RETRY: Final = b"retry: 2000\n\n"
START_SECONDS: Final = 5.0
"""Longest wait for the feed's own first look at the record, just after the engine's start."""


class StreamQuery(Query):
    """What is told, and from where."""

    last_event_id: Annotated[str | None, Field(max_length=4000, examples=["w1:0"])] = None
    """For clients that cannot set the header `Last-Event-ID`, which beats it."""
    flagged_only: QueryBool = False
    service_id: QueryService | None = None


async def stream(request: web.Request) -> web.StreamResponse:
    """Tell each save as it is committed, until the client leaves."""
    feed = request.app[SERVICES].feed
    query = read_query(request, StreamQuery)
    after = _position(request.headers.get("Last-Event-ID") or query.last_event_id)
    await feed.wait_running(START_SECONDS)
    wanted = FeedFilter(query.service_id, query.flagged_only, principal_of(request).services)
    with feed.admit(wanted) as client:
        if request.transport is not None:
            client.on_overflow = request.transport.abort  # at once, also when a write is stuck
        opening = await client.open(after)
        response = web.StreamResponse(headers={"Content-Type": f"{EVENT_STREAM}; charset=utf-8"})
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Accel-Buffering"] = "no"  # nginx would hold events back
        try:
            await response.prepare(request)
            await response.write(RETRY + opening)
            await _tell(response, feed, client)
        except ConnectionError:
            pass  # the client left: what any stream ends with
        except UnavailableError as error:
            # Too late for a status: the connection ends, and the client resumes from its last id.
            get_logger("exporters.api.stream").debug("a stream ends", error=type(error).__name__)
        return response


async def _tell(response: web.StreamResponse, feed: FeedHub, client: FeedClient) -> None:
    async for missed in client.catch_up():
        if missed:
            await response.write(missed)
    loop = asyncio.get_running_loop()
    ping_seconds = feed.settings.ping_seconds
    ping_at = loop.time() + ping_seconds
    while (events := await client.next(max(0.0, ping_at - loop.time()))) is not None:
        if loop.time() >= ping_at:
            ping_at = loop.time() + ping_seconds
            events += client.ping()
        if events:
            await response.write(events)


def _position(text: str | None) -> Position | None:
    return Position.parse(text.strip()) if text and text.strip() else None


ROUTES = (
    Route(
        "GET", "/v1/stream", stream, Role.READ, "The live feed",
        (Answer("Server-sent events: init, session, ping, gap.", media_type=EVENT_STREAM),),
        query=StreamQuery, errors=(503,), action=Action.FOLLOW,
    ),
)  # fmt: skip
