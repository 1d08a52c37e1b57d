"""The queue on disk: what `put` returned from survives the death of this process at any moment.

One SQLite file in WAL mode, one thread that writes it (`spool_writer.py`), the statements in `spool_file.py`.
One process owns a spool: on opening, whatever an earlier owner had leased is due again. A damaged file is renamed
aside and counted, never fatal. Bounds: `limit_bytes` of queued payloads, then `put` refuses; `dead_letter_limit`
letters and again `limit_bytes` of them, then the oldest go. With a key file the payloads are encrypted (`cipher.py`).
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from config.settings import SpoolSettings
from scorer.protocols import Job, Lease, LettersErased, QueueStats
from scorer.queue.cipher import SETTING, Cipher
from scorer.queue.dead_letter import DeadLetter
from scorer.queue.doorbell import Doorbell
from scorer.queue.spool_writer import SpoolWriter
from scorer.sealing import read_keys


class Spool:
    """Implements `scorer.protocols.Queue`. Methods raise UnavailableError when the disk does not do its part."""

    def __init__(self, writer: SpoolWriter, clock: Callable[[], float]) -> None:
        """Use `open`."""
        self._writer = writer
        self._clock = clock
        self._doorbell = Doorbell()

    @classmethod
    async def open(
        cls, path: Path, settings: SpoolSettings, clock: Callable[[], float] = time.time, *, keeps_words: bool = True
    ) -> "Spool":
        """Open the file, or make it, in a folder that exists; check it, which reads all of it once.

        `clock` gives seconds since the epoch. Without `keeps_words` nothing that was given up keeps its payload.
        Raises ConfigurationError when it cannot be opened, or a key is missing.
        """
        cipher = Cipher(await asyncio.to_thread(read_keys, settings.key_file, SETTING))
        writer = SpoolWriter(
            path, settings.limit_bytes, settings.dead_letter_limit, clock, cipher, keeps_words=keeps_words
        )
        await writer.open()
        return cls(writer, clock)

    async def put(self, jobs: Sequence[Job]) -> None:
        """Make the jobs durable; an id that is there is kept once.

        Raises QueueFullError (nothing was taken; also when the disk is full), TooLargeError (one job alone is
        larger than the cap).
        """
        now = self._clock()
        await self._writer.do(lambda file: file.put(jobs, now))
        self._doorbell.ring()

    async def lease(self, limit: int, lease_seconds: float) -> list[Lease]:
        """Return up to `limit` due jobs, oldest first."""
        now = self._clock()
        return await self._writer.do(lambda file: file.lease(limit, lease_seconds, now))

    async def wait(self, timeout_seconds: float) -> None:
        """Return when a job is due, at once after a `put` of this process, or after the time-out."""
        due_at = self._writer.state.due_at
        left = timeout_seconds if due_at is None else min(timeout_seconds, due_at - self._clock())
        await self._doorbell.wait(left)

    async def extend(self, lease: Lease, lease_seconds: float) -> None:
        """Keep the job for that long from now."""
        due_at = self._clock() + lease_seconds
        await self._writer.do(lambda file: file.extend(lease, due_at))

    async def ack(self, leases: Sequence[Lease]) -> None:
        """Delete the jobs; a stale lease deletes nothing."""
        await self._writer.do(lambda file: file.ack(leases))

    async def replace(self, leases: Sequence[Lease], job: Job, lease_seconds: float) -> Lease:
        """Delete the jobs and put this one, leased, in the place of the oldest; the cap does not stop it."""
        now = self._clock()
        return await self._writer.do(lambda file: file.replace(leases, job, lease_seconds, now))

    async def nack(self, lease: Lease, delay_seconds: float, reason: str) -> None:
        """Put the job back, due after the delay; the reason is kept beside it."""
        due_at = self._clock() + delay_seconds
        await self._writer.do(lambda file: file.put_back(lease, due_at, 0, reason))
        self._doorbell.ring()

    async def release(self, lease: Lease, delay_seconds: float) -> None:
        """Put the job back without counting the attempt."""
        due_at = self._clock() + delay_seconds
        await self._writer.do(lambda file: file.put_back(lease, due_at, 1, None))
        self._doorbell.ring()

    async def bury(self, lease: Lease, reason: str) -> None:
        """Make the job a dead letter."""
        now = self._clock()
        await self._writer.do(lambda file: file.bury(lease, reason, now))

    async def erase_dead_letters(self, is_kept: Callable[[Job], bool], put_before: float) -> LettersErased:
        """Take the words out of every letter whose job is not to be kept; the log follows within seconds."""
        letters = await self._writer.do(lambda file: file.erase_dead_letters(is_kept, put_before))
        return LettersErased(letters, await asyncio.to_thread(self._writer.files_aside))

    async def dead_letters(self) -> list[DeadLetter]:
        """Return the letters kept, oldest first; all of them are read into memory."""
        return await self._writer.do(lambda file: file.dead_letters())

    async def stats(self) -> QueueStats:
        """Return the state as of the last commit; does not touch the file."""
        state = self._writer.state
        age = 0.0 if state.oldest_at is None else max(0.0, self._clock() - state.oldest_at)
        return QueueStats(state.depth, state.dead, state.size_bytes, age, self._writer.damaged)

    async def close(self) -> None:
        """Finish what was put and let go of the file."""
        await self._writer.close()
