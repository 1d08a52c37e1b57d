"""The bounded copy of one direction of an exchange. Pure.

It keeps references to the bytes that were received anyway; joining them waits until the exchange has ended.
"""

from typing import Final

PIECE_LIMIT: Final = 1024
"""Pieces kept apart; a stream of single tokens costs 40 bytes each beyond its text, so they are joined here."""


class Tee:
    """Keeps the first `limit_bytes` of what passes, and counts the rest."""

    __slots__ = ("_limit_bytes", "kept_bytes", "pieces", "total_bytes")

    def __init__(self, limit_bytes: int) -> None:
        self.total_bytes = 0
        """All that passed, kept or not."""
        self.kept_bytes = 0
        self.pieces: list[bytes] = []
        """What was kept, in order."""
        self._limit_bytes = limit_bytes

    def write(self, data: bytes) -> None:
        """Take what passes. Never raises, and copies bytes only where the limit cuts them."""
        size = len(data)
        self.total_bytes += size
        room = self._limit_bytes - self.kept_bytes
        if size > room:
            data = data[: max(room, 0)]
            size = len(data)
        if not size:
            return
        self.kept_bytes += size
        pieces = self.pieces
        pieces.append(data)
        if len(pieces) > PIECE_LIMIT:
            self.pieces = [b"".join(pieces)]

    def drop(self) -> None:
        """Forget what was kept and keep nothing more; go on counting."""
        self.pieces.clear()
        self.kept_bytes = 0
        self._limit_bytes = 0

    @property
    def is_truncated(self) -> bool:
        """More passed than was kept."""
        return self.total_bytes > self.kept_bytes

    def content(self) -> bytes:
        """Return what was kept, in one piece."""
        return b"".join(self.pieces)
