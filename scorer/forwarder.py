"""Drains the local spool to the bus: what the stream's replicas have acknowledged leaves the spool, nothing else does.

While the bus is away or full the spool holds what comes, up to its own cap; beyond that the proxy's copies are dropped
and counted, and the traffic goes on. Delivery is at least once: whoever dies between the acknowledgement and the ack
sends again, and the stream, then the store, keep one.
"""

import asyncio
import random
from collections.abc import Sequence
from typing import Final, Protocol

from config.errors import TooLargeError, UnavailableError
from config.logging import get_logger
from scorer.back_off import BackOff
from scorer.model import CaptureOutcome
from scorer.protocols import Lease, Observer, Queue
from scorer.tasks import wait_first

BATCH_LIMIT: Final = 64
"""Jobs in hand at once; with both bodies at their cap these are 32 MiB."""
HOLD_SECONDS: Final = 10 * 365 * 86_400.0
"""A lease that never runs out: the spool has one owner, and who opens it next finds the jobs due at once."""
POLL_SECONDS: Final = 5.0
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 5.0

_logger = get_logger("scorer.forwarder")


class Taker(Protocol):
    """Where jobs are sent."""

    async def forward(self, leases: Sequence[Lease]) -> None:
        """Make them durable; raises UnavailableError (some may have been taken) or TooLargeError (none was)."""


class Forwarder:
    """Sends one spool's jobs, oldest first."""

    def __init__(self, spool: Queue, taker: Taker, observer: Observer, rng: random.Random | None = None) -> None:
        self._spool = spool
        self._taker = taker
        self._observer = observer
        self._back_off = BackOff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, rng or random.Random())
        self._is_failing = False
        self.forwarded = 0
        """Jobs that the bus has taken since start."""

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set; what is in hand then is due at the next opening of the spool, or for `drain`."""
        while not stop.is_set():
            if not await self._send_batch(stop):
                await wait_first(self._spool.wait(POLL_SECONDS), stop.wait())

    async def drain(self, limit_seconds: float) -> None:
        """Send what the spool still holds, for so long at most; nothing else may put into it or lease from it."""
        try:
            async with asyncio.timeout(limit_seconds):
                while (await self._spool.stats()).depth:
                    if not await self._send_batch(asyncio.Event()):
                        return
        except (TimeoutError, UnavailableError):
            left = (await self._spool.stats()).depth
            _logger.warning("the spool was not drained; what it holds is sent after the next start", left=left)

    async def _send_batch(self, stop: asyncio.Event) -> bool:
        """Lease and send one batch; False when there is none."""
        leases = await self._lease(stop)
        if leases and not await self._insist(leases, stop):
            for lease in leases:
                await self._spool.release(lease, 0)
        return bool(leases)

    async def _lease(self, stop: asyncio.Event) -> list[Lease]:
        while not stop.is_set():
            try:
                return await self._spool.lease(BATCH_LIMIT, HOLD_SECONDS)
            except UnavailableError as error:
                await self._pause(error, stop)
        return []

    async def _insist(self, leases: list[Lease], stop: asyncio.Event) -> bool:
        """Send them and let go of them, however long it takes; False when the stop came first."""
        while not stop.is_set():
            try:
                await self._send(leases)
            except UnavailableError as error:
                await self._pause(error, stop)
            else:
                self._note_success()
                return True
        return False

    async def _send(self, leases: list[Lease]) -> None:
        try:
            await self._taker.forward(leases)
        except TooLargeError:
            for lease in leases:
                await self._send_alone(lease)
            return
        await self._spool.ack(leases)
        self.forwarded += len(leases)

    async def _send_alone(self, lease: Lease) -> None:
        try:
            await self._taker.forward([lease])
        except TooLargeError as error:
            self._observer.count_capture(CaptureOutcome.DROPPED)
            _logger.error("a copy can never be sent; it is a dead letter of the spool", reason=str(error))  # noqa: TRY400 - no fault of ours to trace
            await self._spool.bury(lease, str(error))
            return
        await self._spool.ack([lease])
        self.forwarded += 1

    async def _pause(self, error: UnavailableError, stop: asyncio.Event) -> None:
        if not self._is_failing:
            self._is_failing = True
            _logger.warning("the bus takes nothing; the spool holds what comes", reason=str(error))
        await wait_first(asyncio.sleep(self._back_off.next_seconds()), stop.wait())

    def _note_success(self) -> None:
        self._back_off.reset()
        if self._is_failing:
            self._is_failing = False
            _logger.info("the bus takes jobs again")
