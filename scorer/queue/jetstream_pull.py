"""Takes messages from a pull consumer: at once what is there, or by a request that waits at the servers.

A message that arrives when nobody waits any more is not lost: it lies here, leased to us, until the next `take`.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable

import orjson
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from config.errors import UnavailableError
from scorer.queue.doorbell import Doorbell
from scorer.queue.jetstream_bus import ANSWER_SECONDS, Bus
from scorer.queue.jetstream_setup import NANOSECONDS

EXPIRES_SECONDS = 30.0
"""How long a waiting request stays at the servers."""


class _Line:
    """Requests of one kind, one after another, with the subject that their answers come to.

    A delivery carries the subject it was published to, not the one it is sent to: the subscription tells whose it is.
    """

    def __init__(self, bus: Bus, next_subject: str, delivered: Callable[[Msg], Awaitable[None]]) -> None:
        self._bus = bus
        self._next = next_subject
        self._delivered = delivered
        self._subscription: Subscription | None = None
        self._inbox = ""
        self._left = 0
        self._ended: asyncio.Future[str] | None = None
        self._connections = 0

    @property
    def is_open(self) -> bool:
        """True while the servers still owe something to the last request."""
        return self._ended is not None and not self._ended.done() and self._connections == self._bus.connections

    async def request(self, count: int, **options: object) -> asyncio.Future[str]:
        """Ask for messages; the future becomes empty when all came, else the status that ended it."""
        if self._subscription is None:
            self._inbox = self._bus.new_inbox()
            self._subscription = await self._bus.listen(self._inbox, self._hear)
        ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._left, self._ended, self._connections = count, ended, self._bus.connections
        await self._bus.publish(self._next, orjson.dumps({"batch": count, **options}), reply=self._inbox)
        return ended

    async def close(self) -> None:
        if self._subscription is not None and self._bus.is_connected:
            await self._subscription.unsubscribe()
        self._subscription = None

    async def _hear(self, msg: Msg) -> None:
        if msg.reply.startswith("$JS.ACK."):
            self._left -= 1
            await self._delivered(msg)
            status = "" if self._left <= 0 else None
        else:
            headers = msg.headers or {}
            status = f"{headers.get('Status', '')} {headers.get('Description', '')}".strip()
        if status is not None and self._ended is not None and not self._ended.done():
            self._ended.set_result(status)


class Puller:
    """One consumer's messages; `ack_wait_seconds` is how long one may lie here before the servers give it to others."""

    def __init__(self, bus: Bus, stream: str, consumer: str, ack_wait_seconds: float) -> None:
        self._ack_wait = ack_wait_seconds
        self._stash: deque[tuple[float, Msg]] = deque()
        self._doorbell = Doorbell()
        self._one_at_a_time = asyncio.Lock()
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._due = _Line(bus, subject, self._take_in)
        self._coming = _Line(bus, subject, self._take_in)

    async def take(self, limit: int) -> list[Msg]:
        """Return up to `limit` messages that are due now. Raises UnavailableError."""
        self._drop_old()
        async with self._one_at_a_time:
            missing = limit - len(self._stash)
            if missing > 0:
                await self._fill(missing)
        return [self._stash.popleft()[1] for _ in range(min(limit, len(self._stash)))]

    async def _fill(self, missing: int) -> None:
        ended = await self._due.request(missing, no_wait=True)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                status = await ended
        except TimeoutError:
            raise UnavailableError("the bus gives no answer to a pull") from None
        if status.startswith(("503", "409")) and not self._stash:
            raise UnavailableError(f"the bus gives nothing: {status}")

    async def wait(self, timeout_seconds: float) -> None:
        """Return when a message has come, or after the time-out."""
        self._drop_old()
        if self._stash or timeout_seconds <= 0:
            return
        if not self._coming.is_open:
            # Away, whoever waits sleeps his time here and is told by `take`.
            with contextlib.suppress(UnavailableError):
                await self._coming.request(1, expires=int(EXPIRES_SECONDS * NANOSECONDS))
        await self._doorbell.wait(timeout_seconds)

    async def close(self) -> list[Msg]:
        """Listen no more; return what lies here, to be given back."""
        await self._due.close()
        await self._coming.close()
        left = [msg for _, msg in self._stash]
        self._stash.clear()
        return left

    def put_back(self, messages: list[Msg]) -> None:
        """Lay messages that could not be used back, first in line."""
        now = asyncio.get_running_loop().time()
        self._stash.extendleft((now, msg) for msg in reversed(messages))

    async def _take_in(self, msg: Msg) -> None:
        self._stash.append((asyncio.get_running_loop().time(), msg))
        self._doorbell.ring()

    def _drop_old(self) -> None:
        """What lay here for longer than AckWait is somebody else's by now."""
        oldest = asyncio.get_running_loop().time() - self._ack_wait
        while self._stash and self._stash[0][0] < oldest:
            self._stash.popleft()
