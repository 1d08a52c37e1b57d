"""Content codings: gzip, deflate, br and zstd, undone piece by piece under a cap on the output. Pure.

Bounded: a decoder holds no more than its window and one block of output, and output beyond the limit ends in
`UnreadableError`. Sources: RFC 9110 section 8.4.1 (gzip, deflate), RFC 7932 (br), RFC 8878 and RFC 9659 (zstd).
"""

import sys
import zlib
from typing import Final, Protocol

import brotli

from scorer.formats.base import UnreadableError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_WINDOW_LOG_MAX: Final = 23
"""8 MiB: the largest window that the `zstd` content coding may use (RFC 9659, section 3)."""
_BLOCK_BYTES: Final = 64 * 1024


class Stage(Protocol):
    """One layer of a body."""

    def feed(self, data: bytes) -> bytes:
        """Take bytes, return what they decode to. Raises UnreadableError."""

    def is_whole(self) -> bool:
        """Say whether the layer's own end mark was read, or nothing was fed at all."""


def coding_decoder(name: str, limit_bytes: int) -> Stage:
    """Return the decoder of a content coding, named in lower case. Raises UnreadableError for an unknown name."""
    match name:
        case "gzip" | "x-gzip":
            return _Gzip(limit_bytes)
        case "deflate":
            return _Deflate(limit_bytes)
        case "br":
            return _Brotli(limit_bytes)
        case "zstd":
            return _Zstd(limit_bytes)
        case _:
            # The name comes from the exchange, so the message does not repeat it.
            raise UnreadableError("expected a content coding of gzip, deflate, br or zstd, got another")


class _Bounded:
    """What every coding shares: the output's sum and its limit."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._made_bytes = 0
        self._was_fed = False
        self._has_ended = False

    def is_whole(self) -> bool:
        return self._has_ended or not self._was_fed

    def _room_bytes(self) -> int:
        """One more than may still come, so that one byte too many shows; at least 1."""
        return self._limit_bytes - self._made_bytes + 1

    def _count(self, piece: bytes) -> bytes:
        self._made_bytes += len(piece)
        if self._made_bytes > self._limit_bytes:
            raise UnreadableError(f"the decompressed body exceeds {self._limit_bytes} bytes")
        return piece


class _Gzip(_Bounded):
    """gzip, of one or more members; bytes after the last member are padding and ignored."""

    _MAGIC: Final = b"\x1f\x8b"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(limit_bytes)
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._head = b""
        """The beginning of what follows a member, while it is too short to tell."""
        self._has_padding = False

    def feed(self, data: bytes) -> bytes:
        self._was_fed = self._was_fed or bool(data)
        parts = []
        while data and not self._has_padding:
            if self._has_ended:
                data = self._next_member(data)
                continue
            parts.append(self._count(_inflate(self._member, data, self._room_bytes())))
            self._has_ended = self._member.eof
            data = self._member.unused_data
        return b"".join(parts)

    def _next_member(self, data: bytes) -> bytes:
        head = self._head + data
        if not self._MAGIC.startswith(head[:2]):
            self._has_padding = True
            return b""
        if len(head) < 2:
            self._head = head
            return b""
        self._head, self._has_ended = b"", False
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        return head


class _Deflate(_Bounded):
    """deflate as servers send it: with the zlib wrapper that RFC 9110 asks for, or without."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(limit_bytes)
        self._head = b""
        self._stream: zlib._Decompress | None = None

    def feed(self, data: bytes) -> bytes:
        self._was_fed = self._was_fed or bool(data)
        if self._has_ended or not data:
            return b""
        if self._stream is None:
            self._head += data
            if len(self._head) < 2:
                return b""
            data, self._head = self._head, b""
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if _is_zlib_head(data) else -zlib.MAX_WBITS)
        piece = self._count(_inflate(self._stream, data, self._room_bytes()))
        self._has_ended = self._stream.eof
        return piece


def _is_zlib_head(data: bytes) -> bool:
    # RFC 1950, section 2.2: method 8, a window of at most 32 KiB, and a check that makes the pair a multiple of 31.
    return data[0] & 0x0F == 8 and data[0] >> 4 <= 7 and int.from_bytes(data[:2]) % 31 == 0


def _inflate(stream: "zlib._Decompress", data: bytes, room_bytes: int) -> bytes:
    try:
        return stream.decompress(data, room_bytes)
    except zlib.error as error:
        raise UnreadableError("the compressed body is damaged, or not of the coding that its header names") from error


class _Brotli(_Bounded):
    """br. Bytes after its end are damage: the decoder gives no way to tell them apart."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(limit_bytes)
        self._stream = brotli.Decompressor()

    def feed(self, data: bytes) -> bytes:
        if not data:
            return b""
        self._was_fed = True
        parts = []
        try:
            parts.append(self._count(self._stream.process(data, output_buffer_limit=_BLOCK_BYTES)))
            while not self._stream.can_accept_more_data():
                parts.append(self._count(self._stream.process(b"", output_buffer_limit=_BLOCK_BYTES)))
        except brotli.error as error:
            raise UnreadableError("the body is damaged, or not Brotli as its header says") from error
        self._has_ended = self._stream.is_finished()
        return b"".join(parts)


class _Zstd(_Bounded):
    """zstd, of one or more frames; bytes after the last frame that begin no other are ignored."""

    _MAGIC_BYTES: Final = 4

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(limit_bytes)
        self._frame = _new_frame()
        self._head = b""
        self._has_padding = False

    def feed(self, data: bytes) -> bytes:
        self._was_fed = self._was_fed or bool(data)
        parts = []
        while data and not self._has_padding:
            if self._has_ended:
                data = self._next_frame(data)
                continue
            try:
                parts.append(self._count(self._frame.decompress(data, self._room_bytes())))
            except zstd.ZstdError as error:
                raise UnreadableError("the body is damaged, or not zstd as its header says") from error
            self._has_ended = self._frame.eof
            data = self._frame.unused_data if self._has_ended else b""
        return b"".join(parts)

    def _next_frame(self, data: bytes) -> bytes:
        head = self._head + data
        if len(head) < self._MAGIC_BYTES:
            self._head = head
            return b""
        magic = int.from_bytes(head[: self._MAGIC_BYTES], "little")
        # RFC 8878, sections 3.1.1 and 3.1.2: a frame, or one of sixteen skippable ones.
        if magic != 0xFD2FB528 and magic & 0xFFFFFFF0 != 0x184D2A50:
            self._has_padding = True
            return b""
        self._head, self._has_ended = b"", False
        self._frame = _new_frame()
        return head


def _new_frame() -> "zstd.ZstdDecompressor":
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG_MAX})
