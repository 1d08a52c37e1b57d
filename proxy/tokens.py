"""The way of one token: from the upstream's connection to the client's, in one call and past no other object.

With 1,000 streams of 50 tokens a second this is what the proxy does all day, each time for another stream, so that
nothing of it waits in the processor's caches: what counts is how many objects a token touches. Whoever answers opens
the way when the next bytes begin a chunk (`proxy/chunks.py`); all that is not exactly one small chunk comes to
`received`, as if there were no such way.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Callable
from typing import Final

_TOKEN_BYTES: Final = 1024
"""A chunk of this size or more takes the ordinary way."""
_CLOSED: Final = bytearray()
"""Stands where there is no copy; nothing is ever added to it."""


def _size_line(total_bytes: int) -> bytes:
    """Return the size line, without zeros before it, of a chunk that has so many bytes in all."""
    for digits in range(1, 4):
        size = total_bytes - digits - 4
        line = b"%x\r\n" % max(size, 0)
        if size > 0 and len(line) == digits + 2:
            return line
    return bytes(_TOKEN_BYTES)  # no chunk has this length: longer than what it is held against, it begins none


_SIZE_LINES: Final = tuple(_size_line(total_bytes) for total_bytes in range(_TOKEN_BYTES))
"""By a chunk's length in all: to know a token's chunk costs one comparison, a sixth of reading its size."""


class TokenWay(asyncio.Protocol):
    """A connection on which tokens may come."""

    __slots__ = ("_bound", "_copy", "_send")

    def __init__(self) -> None:
        self._copy = _CLOSED
        self._bound = 0
        self._send: Callable[[bytes], object]

    def open_way(self, send: Callable[[bytes], object], copy: bytearray, bound: int) -> None:
        """Pass chunks to `send` from here on, and add them to `copy` while it is shorter than `bound` bytes.

        The next byte is the first of a chunk. A copy may end up longer than its bound, by less than a token.
        """
        self._send, self._copy, self._bound = send, copy, bound

    def close_way(self) -> None:
        """Let everything come to `received`."""
        self._copy, self._bound = _CLOSED, 0

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        size, copy = len(data), self._copy
        if (
            len(copy) < self._bound
            and size < _TOKEN_BYTES
            and data.startswith(_SIZE_LINES[size])
            and data.endswith(b"\r\n")
        ):
            copy += data
            self._send(data)
        else:
            self.received(data)

    @abstractmethod
    def received(self, data: bytes) -> None:
        """Bytes came that are no token's."""
