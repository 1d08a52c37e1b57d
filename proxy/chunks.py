"""Walks a chunked body without taking it apart: the bytes are passed on as they came. Pure.

Source: RFC 9112, section 7.1. Bytes are released only when they are known to be well formed: a size line or a trailer
section is held back until it is whole, so that a bad one is never forwarded. The one thing that is taken out are
`X-Endurance-*` lines of the trailers, as of the headers.
"""

import re
from typing import Final

from proxy.framing import HEAD_LIMIT_BYTES, FramingError

_SIZE_LINE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")
_SIZE_LINE_LIMIT_BYTES: Final = 4096
"""Chunk extensions have no use that needs more; nginx and llhttp bound them likewise."""
_TRAILERS: Final = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*+\r\n")
_OUR_TRAILER: Final = re.compile(rb"(?<=\n)x-endurance-[^\r\n]*\r\n", re.IGNORECASE)
_BARE_LINE_FEED: Final = re.compile(rb"(?<!\r)\n")

_SIZE, _DATA, _DATA_END, _TRAILER = range(4)


class ChunkWalker:
    """The place in one chunked body."""

    __slots__ = ("_held", "_remaining", "_state", "_trailer_bytes", "content", "is_done")

    def __init__(self, *, wants_content: bool = False) -> None:
        self.is_done = False
        self.content: list[bytes] | None = [] if wants_content else None
        """Pieces of the body without its framing, for a client that knows no chunks; whoever sends them clears it."""
        self._state = _SIZE
        self._remaining = 0
        self._held = b""
        self._trailer_bytes = 0
        """Length of the trailer section with its empty line."""

    @property
    def is_between_chunks(self) -> bool:
        """The next byte begins a chunk, and nothing has to be done to chunks that are whole."""
        return self._state == _SIZE and not self._held and self.content is None

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Take bytes; return (bytes of this body that may be passed on, bytes after its end).

        Raises FramingError when the bytes are not a chunked body.
        """
        if self._state == _DATA and len(data) <= self._remaining:
            # The common case of a large chunk: nothing to look at.
            self._take(data, 0, len(data))
            return data, b""
        if self._held:
            data, self._held = self._held + data, b""
        position = self._walk(data)
        if self.is_done:
            passed = data[:position]
            if self._trailer_bytes > len(b"\r\n"):
                start = position - self._trailer_bytes
                # The line feed before the section is that of the last chunk's size, which may have gone before.
                passed = passed[:start] + _OUR_TRAILER.sub(b"", b"\n" + passed[start:])[1:]
            return passed, data[position:]
        if position == len(data):
            return data, b""
        self._held = data[position:]
        return data[:position], b""

    def _walk(self, data: bytes) -> int:
        """Return how far the bytes are understood."""
        position = 0
        while not self.is_done:
            if self._state == _DATA:
                end = min(len(data), position + self._remaining)
                self._take(data, position, end)
                position = end
                if self._state == _DATA:
                    return position
            elif self._state == _DATA_END:
                following = data[position : position + 2]
                if following != b"\r\n"[: len(following)]:
                    raise FramingError("expected CRLF after the bytes of a chunk")
                if len(following) < 2:
                    return position
                position += 2
                self._state = _SIZE
            elif self._state == _SIZE:
                line = _SIZE_LINE.match(data, position)
                if line is None:
                    self._check_partial_size(data, position)
                    return position
                position = line.end()
                self._remaining = int(line[1], 16)
                self._state = _DATA if self._remaining else _TRAILER
            else:
                end = self._trailer_end(data, position)
                if end < 0:
                    return position
                self._trailer_bytes = end - position
                position, self.is_done = end, True
        return position

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self.content is not None and end > start:
            self.content.append(data[start:end])
        self._remaining -= end - start
        if not self._remaining:
            self._state = _DATA_END

    def _check_partial_size(self, data: bytes, position: int) -> None:
        if data.find(b"\n", position) >= 0 or len(data) - position > _SIZE_LINE_LIMIT_BYTES:
            raise FramingError("expected a chunk size in hexadecimal, at most 15 digits, on a line of its own")

    def _trailer_end(self, data: bytes, position: int) -> int:
        if data.startswith(b"\r\n", position):
            return position + 2
        end = data.find(b"\r\n\r\n", position)
        if end < 0:
            if _BARE_LINE_FEED.search(data, position):
                raise FramingError("expected CRLF at the end of each trailer line")
            if len(data) - position > HEAD_LIMIT_BYTES:
                raise FramingError(f"the trailers are longer than {HEAD_LIMIT_BYTES} bytes")
            return -1
        if _TRAILERS.fullmatch(data, position, end + 4) is None:
            raise FramingError("expected trailer lines of the form name: value")
        return end + 4
