"""The queue in memory: the contract of `scorer.protocols.Queue` without its durability.

It forgets everything when the process ends: for where no copy may touch a disk (`spool.mode: memory`), and for tests.
Whatever must survive a crash goes to the spool.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from config.errors import QueueFullError, TooLargeError
from scorer.protocols import Job, Lease, LettersErased, QueueStats
from scorer.queue.dead_letter import ERASED_REASON, DeadLetter
from scorer.queue.doorbell import Doorbell


@dataclass(slots=True)
class _Entry:
    job: Job
    enqueued_at: float
    due_at: float
    attempt: int = 0
    token: int | None = None


class MemoryQueue:
    """Implements `Queue`; `limit_bytes` bounds the queued payloads, `dead_letter_limit` the letters kept.

    Without `keeps_words` a dead letter has its reason alone.
    """

    def __init__(
        self,
        limit_bytes: int,
        dead_letter_limit: int,
        clock: Callable[[], float] = time.time,
        *,
        keeps_words: bool = True,
    ) -> None:
        self._limit_bytes = limit_bytes
        self._dead_letter_limit = dead_letter_limit
        self._clock = clock
        self._keeps_words = keeps_words
        self._entries: dict[str, _Entry] = {}
        self._size_bytes = 0
        self._dead: list[DeadLetter] = []
        self._wordless_before = 0.0
        self._tokens: Iterator[int] = itertools.count(1)
        self._doorbell = Doorbell()

    async def put(self, jobs: Sequence[Job]) -> None:
        """Take the jobs. Raises QueueFullError (nothing was taken), TooLargeError (one alone exceeds the cap)."""
        fresh: dict[str, Job] = {}
        for job in jobs:
            if job.id not in self._entries:
                fresh.setdefault(job.id, job)
        if any(len(job.payload) > self._limit_bytes for job in fresh.values()):
            raise TooLargeError(f"a job is larger than the queue's cap of {self._limit_bytes} bytes")
        added = sum(len(job.payload) for job in fresh.values())
        if self._size_bytes + added > self._limit_bytes:
            raise QueueFullError(f"the queue holds {self._size_bytes} of at most {self._limit_bytes} bytes")
        now = self._clock()
        for job in fresh.values():
            self._entries[job.id] = _Entry(job, now, due_at=0.0)
        self._size_bytes += added
        if fresh:
            self._doorbell.ring()

    async def lease(self, limit: int, lease_seconds: float) -> list[Lease]:
        """Return up to `limit` due jobs, oldest first."""
        now = self._clock()
        due = (entry for entry in self._entries.values() if entry.due_at <= now)
        leases = []
        for entry in itertools.islice(due, max(0, limit)):
            entry.token = next(self._tokens)
            entry.attempt += 1
            entry.due_at = now + lease_seconds
            leases.append(Lease(entry.job, entry.attempt, entry.enqueued_at, entry.token))
        return leases

    async def wait(self, timeout_seconds: float) -> None:
        """Return when a job is due, or after the time-out."""
        due_at = min((entry.due_at for entry in self._entries.values()), default=None)
        left = timeout_seconds if due_at is None else min(timeout_seconds, due_at - self._clock())
        await self._doorbell.wait(left)

    async def extend(self, lease: Lease, lease_seconds: float) -> None:
        """Keep the job for that long from now."""
        if entry := self._held(lease):
            entry.due_at = self._clock() + lease_seconds

    async def ack(self, leases: Sequence[Lease]) -> None:
        """Forget the jobs."""
        for lease in leases:
            if self._held(lease):
                self._remove(lease.job.id)

    async def replace(self, leases: Sequence[Lease], job: Job, lease_seconds: float) -> Lease:
        """Forget the jobs and take this one, leased; the cap does not stop it, since it follows from them.

        It takes no earlier job's place: nothing that is leased here is ever leased by another process.
        """
        await self.ack(leases)
        now, token = self._clock(), next(self._tokens)
        self._entries[job.id] = _Entry(job, now, now + lease_seconds, attempt=1, token=token)
        self._size_bytes += len(job.payload)
        return Lease(job, 1, now, token)

    async def nack(self, lease: Lease, delay_seconds: float, reason: str) -> None:
        """Put the job back; `reason` is for the queues that keep a trail."""
        del reason
        self._put_back(lease, delay_seconds, attempts_taken_back=0)

    async def release(self, lease: Lease, delay_seconds: float) -> None:
        """Put the job back without counting the attempt."""
        self._put_back(lease, delay_seconds, attempts_taken_back=1)

    async def bury(self, lease: Lease, reason: str) -> None:
        """Make the job a dead letter; the oldest letters go beyond the bounds."""
        if not self._held(lease):
            return
        self._remove(lease.job.id)
        letter = DeadLetter(lease.job, reason, self._clock())
        if not self._keeps_words:
            letter = DeadLetter(_emptied(lease.job), reason, letter.buried_at)
        elif lease.enqueued_at <= self._wordless_before:
            letter = _erased(letter)
        self._dead.append(letter)
        while len(self._dead) > self._dead_letter_limit or self._dead_bytes() > self._limit_bytes:
            del self._dead[0]

    async def erase_dead_letters(self, is_kept: Callable[[Job], bool], put_before: float) -> LettersErased:
        """Take the words out of every letter whose job is not to be kept."""
        self._wordless_before = max(self._wordless_before, put_before)
        erased = {index for index, one in enumerate(self._dead) if one.job.payload and not is_kept(one.job)}
        self._dead = [_erased(letter) if index in erased else letter for index, letter in enumerate(self._dead)]
        return LettersErased(len(erased))

    async def dead_letters(self) -> list[DeadLetter]:
        """Return the letters kept, oldest first."""
        return list(self._dead)

    async def stats(self) -> QueueStats:
        """Return the state; nothing is ever damaged here."""
        oldest = next(iter(self._entries.values()), None)
        age = 0.0 if oldest is None else max(0.0, self._clock() - oldest.enqueued_at)
        return QueueStats(len(self._entries), len(self._dead), self._size_bytes, age, damaged=0)

    async def close(self) -> None:
        """Nothing is held open."""

    def _held(self, lease: Lease) -> _Entry | None:
        entry = self._entries.get(lease.job.id)
        return entry if entry is not None and entry.token == lease.token else None

    def _remove(self, job_id: str) -> None:
        # By the entry: whoever holds a lease for long may have let go of its payload.
        self._size_bytes -= len(self._entries.pop(job_id).job.payload)

    def _put_back(self, lease: Lease, delay_seconds: float, attempts_taken_back: int) -> None:
        if entry := self._held(lease):
            entry.token = None
            entry.attempt -= attempts_taken_back
            entry.due_at = self._clock() + delay_seconds
            self._doorbell.ring()

    def _dead_bytes(self) -> int:
        return sum(len(letter.job.payload) for letter in self._dead)


def _emptied(job: Job) -> Job:
    return Job(job.id, job.kind, b"")


def _erased(letter: DeadLetter) -> DeadLetter:
    return DeadLetter(_emptied(letter.job), ERASED_REASON, letter.buried_at)
