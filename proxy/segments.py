"""The bounded copy of a connection that left HTTP: both directions in the order they came, cut into segments. Pure.

The layout stands in `scorer/wire.py`; taking frames and messages out of the bytes is the engine's work. It is told of
every end and of every loss: a segment that was dropped leaves its number unused, and the next one, an empty one if need
be, shows the gap before anything could be read wrongly.
"""

from typing import Final

from scorer.wire import (
    LAST_SEGMENTS,
    Direction,
    End,
    ExchangeKind,
    encode_blobs,
    encode_count,
    encode_facts,
    encode_piece,
)

SEGMENT_BYTES: Final = 64 * 1024
"""A segment of this size is shipped at once."""
_SEGMENT: Final = int(ExchangeKind.WEBSOCKET_SEGMENT)
_NO_HANDSHAKE: Final = encode_blobs(b"", b"", b"", b"")


class Segments:
    """What is kept of one upgraded connection until it is shipped."""

    __slots__ = ("_first_byte_us", "_flags", "_handshake", "_id", "_is_capped", "_is_over", "_number", "_owes_word",
                 "_passed", "_pieces", "_room", "_size", "_started_us", "_status")  # fmt: skip

    def __init__(
        self, id_: bytes, handshake: bytes, status: int, flags: int, times_us: tuple[int, int], limit_bytes: int
    ) -> None:
        """`handshake`: the first four blobs, encoded; `times_us`: its request and its answer; `limit_bytes`: in all."""
        self._id = id_
        self._handshake = handshake
        self._status = status
        self._flags = flags
        self._started_us, self._first_byte_us = times_us
        self._room = limit_bytes
        self._number = 0
        self._pieces: list[bytes] = []
        self._size = 0
        self._passed = [0, 0]
        self._is_capped = False
        self._is_over = False
        self._owes_word = True
        """The engine knows nothing of it yet, or a segment was dropped: the next one is told even if it is empty."""

    @property
    def is_due(self) -> bool:
        """A segment is full, or the cap was reached: it is to be taken now."""
        return self._size >= SEGMENT_BYTES or (self._is_capped and bool(self._pieces))

    @property
    def is_empty(self) -> bool:
        """Nothing of what passed waits to be taken."""
        return not self._pieces

    @property
    def is_over(self) -> bool:
        """The last segment was taken."""
        return self._is_over

    def write(self, direction: Direction, data: bytes) -> None:
        """Take what passes; beyond the cap nothing more is kept."""
        if self._is_capped or not data:
            return
        self._passed[direction] += len(data)
        if len(data) > self._room:
            data = data[: self._room]
            self._is_capped = True
        self._room -= len(data)
        self._size += len(data)
        self._pieces.append(encode_piece(direction, data))

    def take(self, end: End, now_us: int) -> bytes | None:
        """Return the segment that was filled, encoded; None when there is nothing to tell.

        `end`: OPEN while the connection goes on. An end is told even if nothing passed before it, and so is silence.
        """
        if self._is_over or (end is End.OPEN and not self._pieces and not self._owes_word):
            return None
        if self._is_capped:
            end = End.CAPPED
        self._is_over = end in LAST_SEGMENTS
        self._owes_word = False
        size = sum(map(len, self._pieces))
        facts = encode_facts(
            self._id, _SEGMENT, end, self._flags, self._status, self._number,
            self._started_us, self._first_byte_us, now_us, *self._passed,
        )  # fmt: skip
        data = b"".join([facts, self._handshake, encode_count(size), *self._pieces, encode_count(0)])
        self._number += 1
        self._handshake, self._pieces, self._size, self._passed = _NO_HANDSHAKE, [], 0, [0, 0]
        return data

    def lost(self) -> None:
        """The segment that was taken last was dropped."""
        self._is_over = False
        self._owes_word = True
