"""Between the socket and the queue: received batches wait here, bounded, until the queue has taken them.

Reading goes on while the queue is full, so that the proxy's counters keep coming; beyond the bound it stops, and
the proxy holds its copies, then drops and counts them.
"""

import asyncio
import hashlib
import random
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from config.errors import TooLargeError, UnavailableError
from config.logging import get_logger
from scorer.back_off import BackOff
from scorer.model import CaptureOutcome
from scorer.protocols import Job, JobKind, JobTaker, Observer
from scorer.wire import WireError, exchange_key

LIMIT_BYTES: Final = 64 * 1024 * 1024
"""Received and not yet queued, of one connection."""
FIRST_PAUSE_SECONDS: Final = 0.05
LONGEST_PAUSE_SECONDS: Final = 1.0

_logger = get_logger("scorer.receiver")


class Inbox:
    """The batches of one connection, in order."""

    def __init__(self, queue: JobTaker, observer: Observer, rng: random.Random, limit_bytes: int = LIMIT_BYTES) -> None:
        self._queue = queue
        self._observer = observer
        self._rng = rng
        self._limit_bytes = limit_bytes
        self._batches: deque[tuple[int, list[bytes]]] = deque()
        self._size_bytes = 0
        self._is_closed = False
        self._changed = asyncio.Event()

    async def add(self, sequence: int, exchanges: list[bytes]) -> None:
        """Take a batch; waits while the bound is reached. One batch is always taken, whatever its size."""
        size = sum(map(len, exchanges))
        while self._batches and self._size_bytes + size > self._limit_bytes:
            await self._wait()
        self._batches.append((sequence, exchanges))
        self._size_bytes += size
        self._changed.set()

    def close(self) -> None:
        """Nothing more comes: the peer is gone, or we stop."""
        self._is_closed = True
        self._changed.set()

    async def store_all(self, acknowledge: Callable[[int], Awaitable[None]]) -> None:
        """Put every batch into the queue and acknowledge it, in order, until the inbox is closed and empty.

        When the queue refuses after the peer has gone, what is left is given up: it was not acknowledged.
        """
        while True:
            while not self._batches and not self._is_closed:
                await self._wait()
            if not self._batches:
                return
            sequence, exchanges = self._batches[0]
            if not await self._store([_job_of(data) for data in exchanges]):
                _logger.warning("batches were given up: the queue is full and the proxy gone", left=len(self._batches))
                return
            self._batches.popleft()
            self._size_bytes -= sum(map(len, exchanges))
            self._changed.set()
            await acknowledge(sequence)

    async def _store(self, jobs: list[Job]) -> bool:
        try:
            await self._queue.put(jobs)
        except (UnavailableError, TooLargeError):
            # One by one: what room there is gets used, and a copy that can never fit holds up no other.
            return await self._store_singly(jobs)
        return True

    async def _store_singly(self, jobs: list[Job]) -> bool:
        back_off = BackOff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, self._rng)
        has_warned = False
        for job in jobs:
            while True:
                try:
                    await self._queue.put([job])
                    break
                except TooLargeError as error:
                    self._drop(error)
                    break
                except UnavailableError as error:
                    if self._is_closed:
                        return False
                    if not has_warned:
                        _logger.warning("the queue takes nothing; copies wait", reason=str(error))
                        has_warned = True
                    await asyncio.sleep(back_off.next_seconds())
        return True

    def _drop(self, error: TooLargeError) -> None:
        self._observer.count_capture(CaptureOutcome.DROPPED)
        _logger.error("a copy was dropped", reason=str(error))

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()


def _job_of(data: bytes) -> Job:
    try:
        key = exchange_key(data)
    except WireError:
        # Queued all the same, for the worker to count; its bytes name it, so that sent twice it is kept once.
        key = f"unreadable-{hashlib.sha256(data).hexdigest()}"
    return Job(key, JobKind.EXCHANGE, data)
