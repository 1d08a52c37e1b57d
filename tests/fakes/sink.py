"""A sink in memory that can be away."""

import asyncio

from scorer.model import Evaluation
from scorer.protocols import Saved


class FakeSink:
    """Keeps evaluations by submission; raises `error` from `save` while it is set, waits there while `is_held`."""

    def __init__(self) -> None:
        self.saved: dict[str, Evaluation] = {}
        self.published: list[Saved] = []
        self.attempts = 0
        self.saving = 0
        self.error: Exception | None = None
        self._free = asyncio.Event()
        self._free.set()

    def hold(self) -> None:
        self._free.clear()

    def let_go(self) -> None:
        self._free.set()

    async def save(self, evaluation: Evaluation) -> Saved:
        self.attempts += 1
        self.saving += 1
        try:
            await self._free.wait()
        finally:
            self.saving -= 1
        if self.error is not None:
            raise self.error
        is_new = evaluation.submission_id not in self.saved
        return Saved(self.saved.setdefault(evaluation.submission_id, evaluation), is_new)

    async def publish(self, saved: Saved) -> None:
        self.published.append(saved)
