"""What one client of the feed is told: each save after its position once, in commit order, and where it stands.

The life of a client: `open` (an `init`, or the first missed rows) → `catch_up` (the rest of the missed rows, from the
record) → `is_live` (from the hub's queue). The hand-over loses and doubles nothing: the client goes live first, reads
the record once more, and then skips in its queue what it has told already; a writer's numbers only grow.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import orjson

from exporters.store.base import Change, Position, SessionFilter, SessionRow, Store
from exporters.store.restricted import RestrictedStore

INIT_ROWS: Final = 50
REPLAY_PAGE: Final = 500
"""Missed rows read from the store at a time: bounds the memory of a long replay."""
WRITE_BATCH: Final = 64
"""Events of one write: what is taken from the queue is out of its bound."""


@dataclass(frozen=True, slots=True)
class FeedFilter:
    """Which rows a client wants; what it does not want still moves its position."""

    service_id: str | None = None
    flagged_only: bool = False
    services: frozenset[str] | None = None
    """The only services that the client may see; None means all."""

    def wants(self, row: SessionRow) -> bool:
        """Say whether the row is told."""
        if self.flagged_only and not row.flagged:
            return False
        if self.services is not None and row.service_id not in self.services:
            return False
        return self.service_id is None or row.service_id == self.service_id


@dataclass(frozen=True)
class FeedEvent:
    """A change with its row as JSON."""

    change: Change
    data: bytes
    before: Position | None = None
    """Where a client stands that was told everything up to this change; None when it is not the hub that tells it."""
    after: Position | None = None

    @cached_property
    def told(self) -> bytes:
        """The event of a client that stood at `before`: the same bytes for all of them."""
        return _event("session", self.data, str(self.after))


Encoder = Callable[[Change], FeedEvent]


class FeedClient:
    """One listener. Its bytes are server-sent events (WHATWG HTML, section 9.2)."""

    def __init__(self, store: Store, wanted: FeedFilter, buffer_events: int, encode: Encoder) -> None:
        self.is_live = False
        """Whether the hub puts new changes into the queue."""
        self.on_overflow: Callable[[], None] | None = None
        """Called once when the queue is full; closes the connection, however its writes are stuck."""
        self._store = store
        self._wanted = wanted
        self._limit = buffer_events
        self._encode = encode
        self._position = Position()
        self._queue: deque[FeedEvent] = deque()
        self._arrived = asyncio.Event()
        self._is_ended = False

    def offer(self, event: FeedEvent) -> bool:
        """Put a change into the queue; False when it was full, and the client is cut off."""
        if len(self._queue) >= self._limit:
            self.is_live = False
            self._queue.clear()
            self.end()
            if self.on_overflow is not None:
                self.on_overflow()
            return False
        self._queue.append(event)
        self._arrived.set()
        return True

    def end(self) -> None:
        """Let `next` return None."""
        self._is_ended = True
        self._arrived.set()

    async def open(self, after: Position | None) -> bytes:
        """Return the first events. Raises StoreUnavailableError, so call it before the answer has begun."""
        if after is None:
            return await self._init()
        end = (await self._store.position()).through
        if any(number > end.get(writer, 0) for writer, number in after.through.items()):
            return _event("gap", orjson.dumps({"last_event_id": str(after)})) + await self._init()
        # A writer at 0 says nothing, and any name may stand before it: it must not come back in our ids.
        self._position = Position({writer: number for writer, number in after.through.items() if number > 0})
        return b""

    async def catch_up(self) -> AsyncIterator[bytes]:
        """Yield the missed rows, then be live. Raises StoreUnavailableError."""
        while not self._is_ended:
            page = await self._store.changes(self._position, REPLAY_PAGE)
            yield self._told([self._encode(change) for change in page])
            if len(page) == REPLAY_PAGE:
                continue
            if self.is_live:
                return
            self.is_live = True  # and once more round: what was saved between that read and now

    async def next(self, timeout_seconds: float) -> bytes | None:
        """Return the next events, empty at the time-out; None when the stream is to end."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._arrived.wait()
        except TimeoutError:
            return b""
        if self._is_ended:
            return None
        events = [self._queue.popleft() for _ in range(min(len(self._queue), WRITE_BATCH))]
        if not self._queue:
            self._arrived.clear()
        return self._told(events)

    def ping(self) -> bytes:
        """Return an event that only tells the position."""
        return _event("ping", b"{}", self._id())

    async def _init(self) -> bytes:
        """Return the newest rows as they were at a position: what came later is left to `catch_up`."""
        self._position = await self._store.position()
        wanted = SessionFilter(service_id=self._wanted.service_id, flagged_only=self._wanted.flagged_only)
        services = self._wanted.services
        visible = self._store if services is None else RestrictedStore(self._store, services)
        rows = (await visible.list_sessions(wanted, INIT_ROWS, None)).sessions
        later = {change.row.session_id for change in await self._changes_now()}
        kept = [self._encode_row(row) for row in rows if row.session_id not in later]
        return _event("init", b'{"sessions":[' + b",".join(kept) + b"]}", self._id())

    async def _changes_now(self) -> list[Change]:
        changes: list[Change] = []
        position = self._position
        while page := await self._store.changes(position, REPLAY_PAGE):
            changes += page
            for change in page:
                position = position.advanced(change.writer, change.number)
            if len(page) < REPLAY_PAGE:
                break
        return changes

    def _encode_row(self, row: SessionRow) -> bytes:
        return self._encode(Change(self._store.writer, 0, row)).data

    def _told(self, events: Sequence[FeedEvent]) -> bytes:
        parts = []
        for event in events:
            change = event.change
            if change.number <= self._position.through.get(change.writer, 0):
                continue
            if event.after is not None and self._position == event.before:
                self._position, told = event.after, event.told
            else:
                self._position = self._position.advanced(change.writer, change.number)
                told = _event("session", event.data, self._id())
            if self._wanted.wants(change.row):
                parts.append(told)
        return b"".join(parts)

    def _id(self) -> str:
        # An empty id would make a browser forget its place: an empty record's position names this store's writer.
        writer = self._store.writer
        return str(self._position if writer in self._position.through else self._position.advanced(writer, 0))


def _event(name: str, data: bytes, id_: str | None = None) -> bytes:
    id_line = b"" if id_ is None else f"id: {id_}\n".encode()
    return f"event: {name}\n".encode() + id_line + b"data: " + data + b"\n\n"
