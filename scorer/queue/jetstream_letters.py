"""Dead letters on the bus: a stream of their own, bounded in number and bytes, the oldest going first."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import orjson
from nats.aio.msg import Msg

from scorer.protocols import Job, LettersErased
from scorer.queue.dead_letter import ERASED_REASON, DeadLetter
from scorer.queue.jetstream_bus import ApiError, Bus
from scorer.queue.jetstream_job import headers_of_letter, place_of, read_letter
from scorer.queue.jetstream_notes import Notes
from scorer.queue.jetstream_setup import Names


@dataclass(frozen=True, slots=True)
class _Kept:
    sequence: int
    place: int
    letter: DeadLetter


class Letters:
    """The dead letters of one installation. Without `keeps_words` a letter has its reason alone."""

    def __init__(
        self, bus: Bus, names: Names, notes: Notes, clock: Callable[[], float] = time.time, *, keeps_words: bool = True
    ) -> None:
        self._bus = bus
        self._names = names
        self._notes = notes
        self._clock = clock
        self._keeps_words = keeps_words

    async def add(self, job: Job, reason: str, sequence: int, enqueued_at: float) -> None:
        """Keep the job with its reason; `sequence` is its message's, so that told twice it is kept once."""
        letter = DeadLetter(job, reason, self._clock())
        if not self._keeps_words:
            letter = DeadLetter(_emptied(job), reason, letter.buried_at)
        elif enqueued_at <= await self._notes.wordless_before():
            letter = _erased(letter)
        await self._store(letter, f"dead-{sequence}")

    async def count(self) -> int:
        """Return how many are kept."""
        info = await self._bus.call(f"STREAM.INFO.{self._names.dead_stream}")
        return int(info["state"]["messages"])

    async def all(self) -> list[DeadLetter]:
        """Return them, oldest first; all of them are read into memory."""
        found = sorted([kept async for kept in self._read()], key=lambda kept: kept.place)
        return [kept.letter for kept in found]

    async def erase(self, is_kept: Callable[[Job], bool], put_before: float) -> LettersErased:
        """Take the words out of every letter whose job is not to be kept, and of what is buried later."""
        await self._notes.set_wordless_before(put_before)
        count = 0
        async for kept in self._read():
            if kept.letter.job.payload and not is_kept(kept.letter.job):
                # First the wordless one: a crash in between leaves the letter twice, never not at all.
                await self._store(_erased(kept.letter), f"erased-{kept.sequence}", kept.place)
                await self._bus.call(f"STREAM.MSG.DELETE.{self._names.dead_stream}", {"seq": kept.sequence})
                count += 1
        return LettersErased(count)

    async def _store(self, letter: DeadLetter, message_id: str, place: int | None = None) -> None:
        await self._bus.store(self._names.dead, letter.job.payload, headers_of_letter(letter, message_id, place))

    async def _read(self) -> AsyncIterator[_Kept]:
        """Yield the letters that were there at the call."""
        last = (await self._bus.call(f"STREAM.INFO.{self._names.dead_stream}"))["state"]["last_seq"]
        sequence = 0
        while sequence < last:
            found = await self._next_after(sequence)
            if found is None:
                return
            headers = found.headers or {}
            sequence = int(headers["Nats-Sequence"])
            yield _Kept(sequence, place_of(headers, sequence), read_letter(headers, found.data, sequence))

    async def _next_after(self, sequence: int) -> Msg | None:
        wanted = orjson.dumps({"seq": sequence + 1, "next_by_subj": self._names.dead})
        found = await self._bus.ask(f"$JS.API.DIRECT.GET.{self._names.dead_stream}", wanted)
        status = (found.headers or {}).get("Status", "")
        if status == "404":
            return None
        if status:
            raise ApiError(int(status), 0, (found.headers or {}).get("Description", "an error"))
        return found


def _emptied(job: Job) -> Job:
    return Job(job.id, job.kind, b"")


def _erased(letter: DeadLetter) -> DeadLetter:
    return DeadLetter(_emptied(letter.job), ERASED_REASON, letter.buried_at)
