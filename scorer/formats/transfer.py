"""Undoes what the wire did to a body: chunk framing, then content codings, on a copy that may be cut. Pure.

Incremental: a body may be fed at any places and gives the same bytes. A cut body gives what could be decoded, and is
not whole; a damaged one, or one over the limit, ends in `UnreadableError`. Source: RFC 9112, section 7.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scorer.formats.base import UnreadableError
from scorer.formats.codings import Stage, coding_decoder

CODINGS_LIMIT: Final = 5
"""Stacked codings; real bodies carry one, rarely two, and each further one multiplies a bomb."""
CHUNK_LINE_LIMIT_BYTES: Final = 4096
"""A chunk's size line with its extensions, or a trailer line."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A body without framing and codings."""

    data: bytes
    is_whole: bool
    """False when the input ended before the framing or a coding said so."""


class BodyDecoder:
    """One body's layers, outermost first: chunks, then the codings in reverse order of their names."""

    def __init__(self, codings: Sequence[str], limit_bytes: int, *, is_chunked: bool) -> None:
        """`codings` as the header names them, in the order they were applied. Raises UnreadableError for others."""
        names = [name for coding in codings if (name := coding.strip().lower()) not in ("", "identity")]
        if len(names) > CODINGS_LIMIT:
            raise UnreadableError(f"expected at most {CODINGS_LIMIT} content codings, got {len(names)}")
        self._stages: list[Stage] = [_Chunks()] if is_chunked else []
        self._stages += [coding_decoder(name, limit_bytes) for name in reversed(names)]

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the body, return what they decode to. Raises UnreadableError."""
        for stage in self._stages:
            data = stage.feed(data)
        return data

    def is_whole(self) -> bool:
        """Say whether every layer has ended."""
        return all(stage.is_whole() for stage in self._stages)


def decode_body(data: bytes, codings: Sequence[str], limit_bytes: int, *, is_chunked: bool) -> Decoded:
    """Return the body without framing and codings. Raises UnreadableError when it is damaged or over the limit."""
    decoder = BodyDecoder(codings, limit_bytes, is_chunked=is_chunked)
    decoded = decoder.feed(data)
    return Decoded(decoded, decoder.is_whole())


class _Chunks:
    """Chunk framing. What follows the last chunk's trailers is not the body's and is ignored."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._left_bytes = 0
        """Of the current chunk's data."""
        self._after_data = False
        self._in_trailers = False
        self._has_ended = False
        self._was_fed = False

    def feed(self, data: bytes) -> bytes:
        self._was_fed = self._was_fed or bool(data)
        parts, position = [], 0
        while position < len(data) and not self._has_ended:
            if self._left_bytes:
                piece = data[position : position + self._left_bytes]
                parts.append(piece)
                position += len(piece)
                self._left_bytes -= len(piece)
                self._after_data = not self._left_bytes
                continue
            position = self._read_line(data, position)
        return b"".join(parts)

    def _read_line(self, data: bytes, position: int) -> int:
        end = data.find(b"\n", position)
        stop = len(data) if end < 0 else end + 1
        self._line += data[position:stop]
        if len(self._line) > CHUNK_LINE_LIMIT_BYTES:
            raise UnreadableError(f"a line of the chunk framing exceeds {CHUNK_LINE_LIMIT_BYTES} bytes")
        if end >= 0:
            line = bytes(self._line.rstrip(b"\r\n"))
            self._line.clear()
            self._take_line(line)
        return stop

    def _take_line(self, line: bytes) -> None:
        if self._in_trailers:
            self._has_ended = not line
        elif self._after_data:
            if line:
                raise UnreadableError("expected a line end after a chunk's data")
            self._after_data = False
        else:
            self._left_bytes = _chunk_size(line)
            self._in_trailers = not self._left_bytes

    def is_whole(self) -> bool:
        return self._has_ended or not self._was_fed


def _chunk_size(line: bytes) -> int:
    digits = line.split(b";", 1)[0].strip(b" \t")
    # int() would also take a sign, underscores and white space; 16 digits is what 64 bits hold.
    if not 1 <= len(digits) <= 16 or digits.strip(b"0123456789abcdefABCDEF"):
        raise UnreadableError("expected a chunk size in hexadecimal digits")
    return int(digits, 16)
