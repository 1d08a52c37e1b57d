"""The queue beyond one machine: a NATS JetStream stream with work-queue retention, leased from by many workers.

A lease is a delivery that is not acked: the servers give the job to another worker when AckWait (`lease_seconds` of
the settings) has passed without a word, whatever the caller asked for. Attempts are deliveries, less those that were
released; these are noted beside the message (`jetstream_notes.py`), which itself cannot be changed. An ack is
answered by the servers before `ack` returns.

What differs from the queue on disk: an id that was acked a moment ago is still remembered (`duplicate_window_seconds`),
so putting it again does nothing; and a lease that ran out and went to another process is still acked by the first,
whose evaluation was saved.
"""

import asyncio
import itertools
import os
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from nats.aio.msg import Msg

from config.errors import ConfigurationError, QueueFullError, UnavailableError
from config.jetstream import JetStreamSettings
from config.logging import get_logger
from scorer.protocols import Job, Lease, LettersErased, QueueStats
from scorer.queue import jetstream_job
from scorer.queue.dead_letter import DeadLetter
from scorer.queue.jetstream_bus import Bus
from scorer.queue.jetstream_job import Delivery
from scorer.queue.jetstream_letters import Letters
from scorer.queue.jetstream_notes import Notes
from scorer.queue.jetstream_pull import Puller
from scorer.queue.jetstream_sender import JobSender
from scorer.queue.jetstream_setup import CONSUMER, NANOSECONDS, Names, set_up
from scorer.queue.jetstream_spent import SpentJobs
from scorer.tasks import TaskKeeper, wait_all

_HELD_LIMIT = 10_000
"""Most deliveries that are remembered as ours: those whose ack was never heard would pile up over the months."""
_logger = get_logger("scorer.queue.jetstream")


@dataclass(frozen=True, slots=True)
class _Held:
    """A delivery that is ours."""

    ack_subject: str
    delivery: Delivery
    released: int
    """Deliveries of its message that do not count."""


class JetStreamQueue:
    """Implements `scorer.protocols.Queue`; its bus is opened before it and closed after it by somebody else."""

    def __init__(
        self, bus: Bus, settings: JetStreamSettings, clock: Callable[[], float] = time.time, *, keeps_words: bool = True
    ) -> None:
        """Use `open`. Without `keeps_words` a dead letter has its reason alone."""
        self._bus = bus
        self._settings = settings
        self._clock = clock
        self._names = names = Names(settings.stream)
        self._sender = JobSender(bus, names, settings.limit_bytes, clock)
        self._notes = Notes(bus, names)
        self._letters = Letters(bus, names, self._notes, clock, keeps_words=keeps_words)
        self._puller = Puller(bus, names.stream, CONSUMER, settings.lease_seconds)
        # Tokens of this opening never meet those of an earlier one.
        self._tokens = itertools.count(int.from_bytes(os.urandom(5)) << 22)
        self._held: dict[int, _Held] = {}
        self._token_of: dict[int, int] = {}
        self._is_set_up = False
        self._spent = SpentJobs(bus, names, self._notes, self._letters, random.Random())
        self._tasks = TaskKeeper("scorer.queue.jetstream")

    @classmethod
    async def open(
        cls, bus: Bus, settings: JetStreamSettings, clock: Callable[[], float] = time.time, *, keeps_words: bool = True
    ) -> "JetStreamQueue":
        """Make the streams, or hold them against the settings; later, where the bus is away now.

        Raises ConfigurationError for a stream that differs, or that the servers refuse.
        """
        queue = cls(bus, settings, clock, keeps_words=keeps_words)
        try:
            await set_up(bus, settings)
            queue._is_set_up = True
        except UnavailableError as error:
            _logger.warning("the queue is away; it is asked again", reason=str(error))
        queue._tasks.start(queue._spent.run())
        return queue

    async def put(self, jobs: Sequence[Job]) -> None:
        """Make the jobs durable; an id that is there, or was a moment ago, is kept once.

        Raises QueueFullError (some may have been taken: putting them again is harmless), TooLargeError.
        """
        async with self._ready():
            await self._sender.put(jobs)

    async def forward(self, leases: Sequence[Lease]) -> None:
        """Make jobs that a spool holds durable here. Raises as `put` does."""
        async with self._ready():
            await self._sender.forward(leases)

    async def lease(self, limit: int, lease_seconds: float) -> list[Lease]:
        """Return up to `limit` due jobs, oldest first; each is ours for AckWait, whatever `lease_seconds` says."""
        del lease_seconds
        if limit <= 0:
            return []
        async with self._ready():
            messages = await self._puller.take(limit)
        try:
            deliveries = [Delivery.parse(msg.reply) for msg in messages]
            released = await self._notes.released_all([one.sequence for one in deliveries if one.count > 1])
        except BaseException:
            self._puller.put_back(messages)
            raise
        return [
            self._lease(msg, delivery, released.get(delivery.sequence, 0))
            for msg, delivery in zip(messages, deliveries, strict=True)
        ]

    async def wait(self, timeout_seconds: float) -> None:
        """Return when work is due, or after the time-out."""
        if self._is_set_up:
            await self._puller.wait(timeout_seconds)
        else:
            await asyncio.sleep(timeout_seconds)

    async def extend(self, lease: Lease, lease_seconds: float) -> None:
        """Keep the job for AckWait from now."""
        del lease_seconds
        if held := self._held.get(lease.token):
            await self._answer(held, b"+WPI")

    async def ack(self, leases: Sequence[Lease]) -> None:
        """Forget the jobs; a stale lease of this process forgets nothing."""
        held = [(lease, self._held[lease.token]) for lease in leases if lease.token in self._held]
        await wait_all(*(self._ack(lease, one) for lease, one in held))

    async def nack(self, lease: Lease, delay_seconds: float, reason: str) -> None:
        """Put the job back; `reason` is for the queues that keep a trail."""
        del reason
        if held := self._held.get(lease.token):
            await self._put_back(held, delay_seconds)
            self._let_go(lease)

    async def release(self, lease: Lease, delay_seconds: float) -> None:
        """Put the job back without counting the attempt."""
        if held := self._held.get(lease.token):
            await self._notes.set_released(held.delivery.sequence, held.released + 1)
            await self._put_back(held, delay_seconds)
            self._let_go(lease)

    async def bury(self, lease: Lease, reason: str) -> None:
        """Make the job a dead letter: kept first, then taken off the stream."""
        if held := self._held.get(lease.token):
            await self._letters.add(lease.job, reason, held.delivery.sequence, lease.enqueued_at)
            await self._answer(held, b"+TERM")
            self._let_go(lease)

    async def dead_letters(self) -> list[DeadLetter]:
        """Return the letters kept, oldest first; all of them are read into memory."""
        return await self._letters.all()

    async def erase_dead_letters(self, is_kept: Callable[[Job], bool], put_before: float) -> LettersErased:
        """Take the words out of every letter whose job is not to be kept. Cost: reads all of them."""
        return await self._letters.erase(is_kept, put_before)

    async def stats(self) -> QueueStats:
        """Return the state as the servers tell it; `size_bytes` is with the messages' headers."""
        async with self._ready():
            stream, consumer = await wait_all(
                self._bus.call(f"STREAM.INFO.{self._names.stream}"),
                self._bus.call(f"CONSUMER.INFO.{self._names.stream}.{CONSUMER}"),
            )
        dead = await self._letters.count()
        state: dict[str, Any] = stream["state"]
        oldest_at = await self._oldest_at(state["first_seq"]) if state["messages"] else None
        age = 0.0 if oldest_at is None else max(0.0, self._clock() - oldest_at)
        leased = consumer["num_ack_pending"]
        return QueueStats(state["messages"], dead, state["bytes"], age, damaged=0, leased=leased)

    async def close(self) -> None:
        """Give back what lies here unasked for; the bus stays open."""
        await self._tasks.close(finish_seconds=0)
        for msg in await self._puller.close():
            delivery = Delivery.parse(msg.reply)
            try:
                released = await self._notes.released(delivery.sequence)
                await self._notes.set_released(delivery.sequence, released + 1)
                await self._put_back(_Held(msg.reply, delivery, released), 0)
            except UnavailableError:
                return  # due when its lease runs out

    async def _oldest_at(self, sequence: int) -> float | None:
        """When the oldest job was first put, by its own header: it may have waited in a spool before."""
        wanted = orjson.dumps({"seq": sequence, "next_by_subj": self._names.jobs})
        found = await self._bus.ask(f"$JS.API.DIRECT.GET.{self._names.stream}", wanted)
        headers = found.headers or {}
        return None if "Status" in headers else jetstream_job.put_at(headers, self._clock())

    @asynccontextmanager
    async def _ready(self) -> AsyncIterator[None]:
        """Have the streams there; after a failure they are looked for again, since somebody may have taken them."""
        if not self._is_set_up:
            try:
                await set_up(self._bus, self._settings)
            except ConfigurationError as error:  # after the start: a person is needed, and work waits in the spools
                raise UnavailableError(str(error)) from error
            self._is_set_up = True
        try:
            yield
        except QueueFullError:
            raise
        except UnavailableError:
            self._is_set_up = False
            raise

    def _lease(self, msg: Msg, delivery: Delivery, released: int) -> Lease:
        headers = msg.headers or {}
        token = next(self._tokens)
        self._held.pop(self._token_of.get(delivery.sequence, 0), None)
        self._token_of[delivery.sequence] = token
        self._held[token] = _Held(msg.reply, delivery, released)
        if len(self._held) > _HELD_LIMIT:
            self._forget(next(iter(self._held)))
        attempt = jetstream_job.attempts_before(headers) + max(1, delivery.count - released)
        job = jetstream_job.read_job(headers, msg.data, delivery.sequence)
        return Lease(job, attempt, jetstream_job.put_at(headers, delivery.stored_at), token)

    async def _ack(self, lease: Lease, held: _Held) -> None:
        await self._answer(held, b"+ACK")
        self._let_go(lease)

    async def _put_back(self, held: _Held, delay_seconds: float) -> None:
        delay = int(max(0.0, delay_seconds) * NANOSECONDS)
        await self._answer(held, b"-NAK" + (b" " + orjson.dumps({"delay": delay}) if delay else b""))

    async def _answer(self, held: _Held, word: bytes) -> None:
        """Say it and have it confirmed."""
        await self._bus.ask(held.ack_subject, word)

    def _let_go(self, lease: Lease) -> None:
        self._forget(lease.token)

    def _forget(self, token: int) -> None:
        held = self._held.pop(token, None)
        if held is not None:
            self._token_of.pop(held.delivery.sequence, None)
