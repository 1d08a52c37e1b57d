"""What is known of jobs beside their messages, which nobody can change: a stream with one message a subject.

Two kinds: how many deliveries of a job do not count (it was put back through no fault of its own), and the moment up
to which jobs leave no words when they are buried. Notes are forgotten after `NOTES_DAYS`; a job is by then done.
"""

from scorer.queue.jetstream_bus import ApiError, Bus
from scorer.queue.jetstream_setup import Names
from scorer.tasks import wait_all

_ERASURE = "erasure"


class Notes:
    """The notes of one installation."""

    def __init__(self, bus: Bus, names: Names) -> None:
        self._bus = bus
        self._names = names

    async def released(self, sequence: int) -> int:
        """Return how many deliveries of that message do not count."""
        return int(await self._read(str(sequence)) or 0)

    async def released_all(self, sequences: list[int]) -> dict[int, int]:
        """Return the same for many."""
        counts = await wait_all(*map(self.released, sequences))
        return dict(zip(sequences, counts, strict=True))

    async def set_released(self, sequence: int, count: int) -> None:
        """Note how many deliveries of that message do not count."""
        await self._bus.store(f"{self._names.notes}.{sequence}", str(count).encode(), {})

    async def wordless_before(self) -> float:
        """Return the moment up to which buried jobs leave no words; 0 for never."""
        return float(await self._read(_ERASURE) or 0)

    async def set_wordless_before(self, moment: float) -> None:
        """Move that moment forward; never back."""
        if moment > await self.wordless_before():
            await self._bus.store(f"{self._names.notes}.{_ERASURE}", repr(moment).encode(), {})

    async def _read(self, what: str) -> bytes:
        subject = f"{self._names.notes}.{what}"
        found = await self._bus.ask(f"$JS.API.DIRECT.GET.{self._names.notes_stream}.{subject}")
        status = (found.headers or {}).get("Status", "")
        if status == "404":
            return b""
        if status:
            raise ApiError(int(status), 0, (found.headers or {}).get("Description", "an error"))
        return found.data
