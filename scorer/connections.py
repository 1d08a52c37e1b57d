"""Reads connections that left HTTP: their segments come from a queue of their own, their turns go to the scoring queue.

Segments stay in their queue, leased and unacknowledged, until what they hold was told. Then one row takes their place
in one commit: what is known of the connection, bounded. So at whatever moment this process dies, the next one goes on
from the rows it finds, oldest first, and gives the same turns under the same ids. Nothing is decided by this process's
clock but when a connection that will never end is forgotten.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, Protocol

from config.errors import TooLargeError, UnavailableError
from config.logging import get_logger
from scorer.back_off import BackOff
from scorer.connection import Loss
from scorer.connection_table import HELD_LIMIT_BYTES, Batch, ConnectionTable, Held, job_of
from scorer.model import CaptureOutcome
from scorer.protocols import Job, JobTaker, Lease, Observer, Queue
from scorer.tasks import wait_first

BATCH_LIMIT: Final = 64
"""Rows read in one go."""
HOLD_SECONDS: Final = 10 * 365 * 86_400.0
"""A lease that never runs out: nobody else takes these rows, and who opens the file next finds them due at once."""
POLL_SECONDS: Final = 5.0
FORGET_SECONDS: Final = 24 * 3600.0
"""Nothing was heard of a connection for so long: its end was lost, and it is unreadable should it speak again."""
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 5.0

_logger = get_logger("scorer.connections")


class SegmentQueue(Queue, Protocol):
    """A queue with one owner, whose rows may be replaced by what follows from them."""

    async def replace(self, leases: Sequence[Lease], job: Job, lease_seconds: float) -> Lease:
        """Delete the jobs and put this one, leased, in the place of the oldest; never refused for want of room."""


class Connections:
    """Every upgraded connection of one proxy. Others only put into `segments`."""

    def __init__(
        self,
        segments: SegmentQueue,
        turns: JobTaker,
        observer: Observer,
        limit_bytes: int,
        *,
        held_limit_bytes: int = HELD_LIMIT_BYTES,
        clock: Callable[[], float] = time.time,
        rng: random.Random | None = None,
    ) -> None:
        """`limit_bytes`: of each side's messages of one connection together, decompressed."""
        self._segments = segments
        self._turns = turns
        self._observer = observer
        self._clock = clock
        self._back_off = BackOff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, rng or random.Random())
        self._table = ConnectionTable(limit_bytes, held_limit_bytes)
        self._proxy_started_us = 0
        self._has_warned = False

    def proxy_started(self, started_us: int) -> None:
        """The proxy that sends to us began then, microseconds since the epoch: older connections are gone."""
        self._proxy_started_us = started_us

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set. What was not told by then is found by whoever opens the queue next."""
        while not stop.is_set():
            leases: list[Lease] = []
            if not await self._insist(partial(self._lease, leases), stop):
                return
            if leases:
                # In a thread: taking a full segment apart may hold the loop for tens of milliseconds.
                await self._settle(await asyncio.to_thread(self._table.read, leases), stop)
            else:
                # Everything that was sent has been read: what a dead proxy began says nothing more.
                forgotten_us = int((self._clock() - FORGET_SECONDS) * 1_000_000)
                await self._settle(self._table.end_lost(self._proxy_started_us, forgotten_us), stop)
                await wait_first(self._segments.wait(POLL_SECONDS), stop.wait())

    async def _settle(self, batch: Batch, stop: asyncio.Event) -> None:
        for _ in range(batch.passed_over):
            self._observer.count_capture(CaptureOutcome.NOT_CHAT)
        for loss in batch.losses:
            self._observer.count_capture(loss.outcome)
            self._tell(loss)
        # The turns first: no segment is let go of before what it holds is durable elsewhere.
        if await self._insist(lambda: self._put(batch.turns), stop):
            await self._insist(lambda: self._change_rows(batch), stop)

    async def _insist(self, work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> bool:
        """Do what may be done twice until the queues let us; False when the stop came first."""
        while not stop.is_set():
            try:
                await work()
            except UnavailableError as error:
                _logger.warning("a queue gives or takes nothing; connections wait", reason=str(error))
                await wait_first(asyncio.sleep(self._back_off.next_seconds()), stop.wait())
            else:
                self._back_off.reset()
                return True
        return False

    async def _lease(self, taken: list[Lease]) -> None:
        taken += await self._segments.lease(BATCH_LIMIT, HOLD_SECONDS)

    async def _put(self, turns: list[Job]) -> None:
        try:
            if turns:
                await self._turns.put(turns)
        except TooLargeError:
            for turn in turns:
                await self._put_alone(turn)

    async def _put_alone(self, turn: Job) -> None:
        try:
            await self._turns.put([turn])
        except TooLargeError as error:
            self._observer.count_capture(CaptureOutcome.DROPPED)
            _logger.warning("a turn was dropped", reason=str(error))

    async def _change_rows(self, batch: Batch) -> None:
        await asyncio.gather(self._segments.ack(batch.done), *map(self._replace, batch.kept.values()))

    async def _replace(self, held: Held) -> None:
        held.leases = [await self._segments.replace(held.leases, job_of(held.connection.kept()), HOLD_SECONDS)]

    def _tell(self, loss: Loss) -> None:
        if self._has_warned:
            _logger.debug("a connection is not read on", reason=loss.reason)
            return
        self._has_warned = True
        _logger.warning("a connection is not read on; further ones are counted", reason=loss.reason)
