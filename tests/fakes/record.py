"""A record in memory with several writers: the part of `exporters.store.base.Store` that the feed reads."""

import asyncio
import random
from collections.abc import Sequence

from config.errors import StoreUnavailableError
from exporters.store.base import Change, Position, SessionFilter, SessionPage, SessionRow, TotalKind, row_of
from tests.fakes.evaluations import make_evaluation


class MemoryRecord:
    """Saves rows at once; every read lets other tasks run first, as a real store does."""

    writer = "w1"

    def __init__(self, seed: int = 0) -> None:
        self.is_away = False
        self.reads = 0
        self.history: list[Change] = []
        """Every save as it was committed, also what was replaced since."""
        self._rng = random.Random(seed)
        self._last: dict[str, int] = {}
        self._rows: dict[str, tuple[str, int, SessionRow]] = {}

    def save(self, number: int, writer: str = "w1", *, flagged: bool = False) -> Change:
        """Save the session of that number; the same number again replaces it at its later place."""
        self._last[writer] = self._last.get(writer, 0) + 1
        known = self._rows.get(f"s{number}")
        revision = 1 if known is None else known[2].revision + 1
        row = row_of(make_evaluation(number, session_id=f"s{number}", revision=revision, flagged=flagged))
        self._rows[row.session_id] = (writer, self._last[writer], row)
        self.history.append(Change(writer, self._last[writer], row))
        return self.history[-1]

    def erase(self, number: int) -> None:
        """Erase a session: it is told no more, and its number is not given again."""
        del self._rows[f"s{number}"]

    def standing(self) -> list[Change]:
        """Return every session's last save."""
        return [Change(writer, number, row) for writer, number, row in self._rows.values()]

    def rows(self) -> list[SessionRow]:
        """Return all rows, newest first."""
        return sorted((row for _, _, row in self._rows.values()), key=lambda row: row.timestamp, reverse=True)

    async def position(self) -> Position:
        await self._pause()
        position = Position(dict(self._last))
        await self._pause()
        return position

    async def list_sessions(self, wanted: SessionFilter, limit: int, cursor: str | None) -> SessionPage:
        await self._pause()
        rows = [
            row
            for row in self.rows()
            if wanted.service_id in (None, row.service_id) and (row.flagged or not wanted.flagged_only)
        ]
        page = SessionPage(tuple(rows[:limit]), len(rows), TotalKind.EXACT, None)
        await self._pause()
        return page

    async def changes(self, after: Position, limit: int) -> Sequence[Change]:
        await self._pause()
        found = [
            Change(writer, number, row)
            for writer, number, row in self._rows.values()
            if number > after.through.get(writer, 0)
        ]
        page = sorted(found, key=lambda change: (change.number, change.writer))[:limit]
        await self._pause()  # saves go on while an answer travels
        return page

    async def _pause(self) -> None:
        self.reads += 1
        for _ in range(self._rng.randrange(4)):
            await asyncio.sleep(0)
        if self.is_away:
            raise StoreUnavailableError("the store does not answer")
