"""The bounded copy of one direction of an exchange. Pure.

It keeps references to the bytes that were received anyway; joining them waits until the exchange has ended.
"""

from typing import Final

PIECE_LIMIT: Final = 1024
"""Pieces kept apart; a stream of single tokens costs 40 bytes each beyond its text, so they are joined here."""


class Tee:
    """Keeps the first `limit_bytes` of what passes, and counts the rest."""

    __slots__ = ("_kept", "_limit_bytes", "_pieces", "total_bytes")

    def __init__(self, limit_bytes: int) -> None:
        self.total_bytes = 0
        """All that passed, kept or not."""
        self._limit_bytes = limit_bytes
        self._kept = 0
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Take what passes. Never raises, and copies bytes only where the limit cuts them."""
        self.total_bytes += len(data)
        room = self._limit_bytes - self._kept
        if room <= 0 or not data:
            return
        if len(data) > room:
            data = data[:room]
        self._kept += len(data)
        self._pieces.append(data)
        if len(self._pieces) > PIECE_LIMIT:
            self._pieces = [b"".join(self._pieces)]

    def drop(self) -> None:
        """Forget what was kept and keep nothing more; go on counting."""
        self._pieces.clear()
        self._kept = 0
        self._limit_bytes = 0

    @property
    def is_truncated(self) -> bool:
        """More passed than was kept."""
        return self.total_bytes > self._kept

    def content(self) -> bytes:
        """Return what was kept, in one piece."""
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
