"""Takes jobs from the queue, has them scored, saves, publishes, and only then acks.

Delivery is at least once, saving idempotent by submission, so the result stands exactly once. A job that cannot be
scored is tried again and then buried; a store that is away is no fault of a job: it goes back without counting, and
nothing is leased until the store answers again.
"""

import asyncio
import random
from collections.abc import Coroutine
from typing import Any

from config.errors import (
    EnduranceError,
    InvalidInputError,
    RedactionError,
    StoreUnavailableError,
    TooLargeError,
    UnavailableError,
)
from config.logging import get_logger
from scorer import wire
from scorer.back_off import BackOff
from scorer.defects import describe_error
from scorer.model import CaptureOutcome, Evaluation, Unscored
from scorer.protocols import JobKind, JobOutcome, Lease, Observer, Queue, Scorer, Sink
from scorer.store_gate import StoreGate
from scorer.tasks import wait_first
from scorer.unreadable import UnreadableNotices

LEASE_SECONDS = 60.0
"""How long a job stays ours when this process can no longer say so; longer than a pause of the whole machine."""
POLL_SECONDS = 5.0
"""Longest sleep of an idle worker: a put of this process wakes it at once, one of another does not."""
NEWER_LAYOUT_SECONDS = 30.0
"""How long a job of a newer layout than ours is left to whoever can read it."""
FINISH_SECONDS = 1.5
"""At the stop, time for running jobs; the supervisor allows four seconds for everything."""
GIVE_BACK_SECONDS = 1.0
"""At the stop, time to put one job back."""
LOST_DELIVERIES = 3
"""Deliveries beyond `attempts` that ended with the death of the engine before a job is taken for its cause."""
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0

_logger = get_logger("scorer.worker")


class Worker:
    """Keeps the pool busy from the queue.

    `attempts` is how many deliveries may fail before a job is a dead letter. `width` is how many jobs are in hand at
    once: those being scored, those being saved, and a few that wait, so that no process does; by default twice the
    pool's processes and four.
    """

    def __init__(
        self,
        queue: Queue,
        pool: Scorer,
        sink: Sink,
        observer: Observer,
        attempts: int,
        *,
        width: int | None = None,
        lease_seconds: float = LEASE_SECONDS,
        finish_seconds: float = FINISH_SECONDS,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
        longest_pause_seconds: float = LONGEST_PAUSE_SECONDS,
        rng: random.Random | None = None,
    ) -> None:
        self._queue = queue
        self._pool = pool
        self._sink = sink
        self._observer = observer
        self._attempts = attempts
        self._width = 2 * pool.processes + 4 if width is None else width
        self._lease_seconds = lease_seconds
        self._finish_seconds = finish_seconds
        self._first_pause = first_pause_seconds
        self._longest_pause = longest_pause_seconds
        self._rng = rng or random.Random()
        self._gate = StoreGate(self._new_back_off())
        self._notices = UnreadableNotices()
        self._running: dict[asyncio.Task[None], Lease] = {}
        self._job_ended = asyncio.Event()

    @property
    def is_store_away(self) -> bool:
        """True from a save that found the store away until one that did not."""
        return self._gate.is_away

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then running jobs may finish for a bounded time, and the rest is put back."""
        async with asyncio.TaskGroup() as group:
            extending = group.create_task(self._extend_for_ever())
            await self._lease_until(stop, group)
            if self._running:
                await asyncio.wait(self._running, timeout=self._finish_seconds)
            for task in self._running:
                task.cancel()
            if self._running:
                await asyncio.wait(self._running)
            extending.cancel()

    async def _lease_until(self, stop: asyncio.Event, group: asyncio.TaskGroup) -> None:
        back_off = self._new_back_off()
        while not stop.is_set():
            self._job_ended.clear()
            free = self._gate.places(self._width, len(self._running))
            leases = []
            try:
                if free > 0:
                    leases = await self._queue.lease(free, self._lease_seconds)
                    back_off.reset()
            except UnavailableError as error:
                _logger.warning("the queue gives nothing", reason=str(error))
                await wait_first(asyncio.sleep(back_off.next_seconds()), stop.wait())
            for lease in leases:
                task = group.create_task(self._deliver(lease))
                self._running[task] = lease
                task.add_done_callback(self._forget)
            if not leases and not stop.is_set():
                await self._wait_for_work(stop, free)

    async def _wait_for_work(self, stop: asyncio.Event, free: int) -> None:
        waits: list[Coroutine[Any, Any, object]] = [stop.wait(), self._job_ended.wait()]
        if free > 0:
            waits.append(self._queue.wait(POLL_SECONDS))
        elif (pause := self._gate.pause_seconds()) > 0:
            waits.append(asyncio.sleep(pause))
        await wait_first(*waits)

    async def _extend_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._lease_seconds / 3)
            for lease in list(self._running.values()):
                try:
                    await self._queue.extend(lease, self._lease_seconds)
                except UnavailableError as error:
                    _logger.warning("a lease could not be extended; its job may be delivered twice", reason=str(error))

    def _forget(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._job_ended.set()

    async def _deliver(self, lease: Lease) -> None:
        """See one delivery to its end. Never raises for a job: whatever it was, the queue is told."""
        try:
            outcome = await self._handle(lease)
        except asyncio.CancelledError:
            await self._give_back(lease)
            raise
        except UnavailableError as error:
            # The queue itself could not be told: the lease runs out, and the job is delivered again.
            _logger.warning("the queue takes nothing; jobs in hand will be delivered again", reason=str(error))
            outcome = JobOutcome.POSTPONED
        self._observer.count_job(outcome)

    async def _handle(self, lease: Lease) -> JobOutcome:
        try:
            return await self._process(lease)
        except (InvalidInputError, TooLargeError) as error:
            return await self._bury(lease, f"{type(error).__name__}: {error}")
        except RedactionError as error:
            return await self._refuse(lease, str(error))
        except StoreUnavailableError:
            return await self._postpone(lease, self._gate.failed())
        except UnavailableError:
            return await self._postpone(lease, self._first_pause)
        except EnduranceError as error:
            return await self._try_again(lease, str(error))
        except Exception as error:  # noqa: BLE001  the boundary of one exchange: logged, counted, tried again
            return await self._try_again(lease, _tell_defect(error))

    async def _process(self, lease: Lease) -> JobOutcome:
        if lease.attempt > self._attempts + LOST_DELIVERIES:
            return await self._bury(lease, f"the engine died {lease.attempt - 1} times while it held this job")
        if lease.job.kind is JobKind.EXCHANGE:
            try:
                version = wire.exchange_version(lease.job.payload)
            except wire.WireError as error:
                self._observer.count_capture(CaptureOutcome.UNREADABLE)
                return await self._bury(lease, str(error))
            if version > wire.PROTOCOL_VERSION:
                return await self._postpone(lease, NEWER_LAYOUT_SECONDS)
        result = await self._pool.score(lease.job)
        if isinstance(result, Unscored):
            await self._queue.ack([lease])
            self._observer.count_capture(result.outcome)
            self._notices.tell(result)
            return JobOutcome.UNSCORED
        return await self._keep(lease, result)

    async def _keep(self, lease: Lease, evaluation: Evaluation) -> JobOutcome:
        saved = await self._sink.save(evaluation)
        self._gate.answered()
        if saved.is_new:
            if lease.job.kind is JobKind.EXCHANGE:
                self._observer.count_capture(CaptureOutcome.SCORED)
            await self._sink.publish(saved)
        await self._queue.ack([lease])
        return JobOutcome.SCORED if saved.is_new else JobOutcome.DUPLICATE

    async def _try_again(self, lease: Lease, reason: str) -> JobOutcome:
        if lease.attempt >= self._attempts:
            return await self._bury(lease, reason)
        pause = min(self._first_pause * 2 ** (lease.attempt - 1), self._longest_pause)
        await self._queue.nack(lease, pause * (0.5 + self._rng.random() / 2), reason)
        return JobOutcome.RETRIED

    async def _bury(self, lease: Lease, reason: str) -> JobOutcome:
        await self._queue.bury(lease, reason)
        _logger.debug("a job is a dead letter", job=lease.job.id, reason=reason)
        return JobOutcome.DEAD

    async def _refuse(self, lease: Lease, reason: str) -> JobOutcome:
        _logger.error("an evaluation could not be redacted and was not stored", job=lease.job.id, reason=reason)
        await self._queue.bury(lease, reason)
        return JobOutcome.REFUSED

    async def _postpone(self, lease: Lease, delay_seconds: float) -> JobOutcome:
        await self._queue.release(lease, delay_seconds)
        return JobOutcome.POSTPONED

    async def _give_back(self, lease: Lease) -> None:
        """We stop: whoever comes next finds the job due at once."""
        try:
            async with asyncio.timeout(GIVE_BACK_SECONDS):
                await self._queue.release(lease, 0)
        except (UnavailableError, TimeoutError):
            _logger.warning("a job could not be put back; it is due when its lease runs out")

    def _new_back_off(self) -> BackOff:
        return BackOff(self._first_pause, self._longest_pause, self._rng)


def _tell_defect(error: Exception) -> str:
    """A defect of ours, here or in a store: a person is needed, and nobody else would hear of it."""
    reason = describe_error(error)
    _logger.error("a delivery failed by a defect", error=reason)
    return reason
