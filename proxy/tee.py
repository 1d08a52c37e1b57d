"""The bounded copy of one direction of an exchange. Pure.

It keeps references to the bytes that were received anyway; joining them waits until the exchange has ended. Tokens of a
stream are the exception: 50 bytes in an object of their own cost as much again, so they are added to a tail.
"""

from typing import Final

PIECE_LIMIT: Final = 1024
"""Pieces kept apart; many small ones cost 40 bytes each beyond their text, so they are joined here."""
_UNKEPT_BYTES: Final = 4096
"""How much of what is only counted waits in a tail."""


class Tee:
    """Keeps the first `limit_bytes` of what passes, and counts the rest."""

    __slots__ = ("_counted_bytes", "_limit_bytes", "_tail", "kept_bytes", "pieces", "total_bytes")

    def __init__(self, limit_bytes: int) -> None:
        self.total_bytes = 0
        """All that passed, kept or not."""
        self.kept_bytes = 0
        self.pieces: list[bytes | bytearray] = []
        """What was kept, in order."""
        self._limit_bytes = limit_bytes
        self._tail: bytearray | None = None
        self._counted_bytes = 0
        """So much of the tail is in the totals."""

    def write(self, data: bytes) -> None:
        """Take what passes, while no tail is open. Never raises, and copies bytes only where the limit cuts them."""
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

    def open_tail(self) -> tuple[bytearray, int]:
        """Return where small pieces may be added by whoever passes them on, and the length at which that ends.

        `count_tail` is to be called now and then, and before anything else of this copy is used.
        """
        room = self._limit_bytes - self.kept_bytes
        pieces = self.pieces
        if room <= 0:
            tail, bound = bytearray(), _UNKEPT_BYTES
        elif pieces and isinstance(pieces[-1], bytearray):
            tail = pieces[-1]
            bound = len(tail) + room
        else:
            tail, bound = bytearray(), room
            pieces.append(tail)
        self._tail, self._counted_bytes = tail, len(tail)
        return tail, bound

    def count_tail(self) -> int:
        """Take into the totals what was added to the tail, cut where the limit is; return how many bytes came."""
        tail = self._tail
        if tail is None:
            return 0
        size = len(tail) - self._counted_bytes
        self.total_bytes += size
        room = self._limit_bytes - self.kept_bytes
        kept = min(size, max(room, 0))
        self.kept_bytes += kept
        del tail[self._counted_bytes + kept :]
        self._counted_bytes += kept
        return size

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
