"""One side's bytes of a WebSocket: frames in, messages out. Pure, incremental, bounded.

Sources: RFC 6455, section 5 (frames, masking, fragments); RFC 7692, section 7 (permessage-deflate). The bytes begin
after the handshake. Between two pieces everything that is known of a side is a `SideState`, so that reading may go on
in another process. What breaks the protocol or goes beyond a limit raises `UnreadableError`.
"""

import zlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from pydantic import ConfigDict

from scorer.formats.base import UnreadableError
from scorer.model import Value

FRAGMENTS_LIMIT: Final = 200_000
"""Data frames of one side: they cost time even where they are empty."""

_TAIL: Final = b"\x00\x00\xff\xff"
"""What a sender leaves out at the end of a compressed message (RFC 7692, section 7.2.1)."""
_WINDOW_BYTES: Final = 1 << zlib.MAX_WBITS
"""How far back a compressed message may point (RFC 1951, section 2): all that a side's context holds between two."""
_CONTROL_LIMIT_BYTES: Final = 125
_LENGTH_16: Final = 126
_LENGTH_64: Final = 127


class _Opcode(IntEnum):
    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


class SideState(Value):
    """What is known of one side between two pieces; as JSON, its bytes are in base64."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    buffer: bytes = b""
    """The beginning of a frame, as it was on the wire."""
    message: bytes = b""
    """The fragments so far of a message that is not yet whole."""
    is_open: bool = False
    """Such a message has begun, though it may hold nothing yet."""
    is_compressed: bool = False
    """It is compressed."""
    window: bytes = b""
    """The end of what was inflated, where the next message may point to it."""
    total_bytes: int = 0
    fragments: int = 0
    is_closed: bool = False
    """The close frame came: nothing follows."""

    def is_between_messages(self) -> bool:
        """Say whether nothing is pending: a connection that ends here has lost no message."""
        return self.is_closed or not (self.buffer or self.is_open)

    def size_bytes(self) -> int:
        """Return about how much memory it takes."""
        return len(self.buffer) + len(self.message) + len(self.window)


NEW_SIDE: Final = SideState()


@dataclass(frozen=True, slots=True)
class _Frame:
    is_final: bool
    is_compressed: bool
    opcode: _Opcode
    payload: bytes


class MessageDecoder:
    """One side's frames to its messages; pings, pongs and the close are no messages, and nothing follows the close."""

    def __init__(
        self, limit_bytes: int, *, is_compressed: bool = False, keeps_context: bool = True, state: SideState = NEW_SIDE
    ) -> None:
        """`limit_bytes`: of all messages of this side together, decompressed. `state`: where an earlier one stopped."""
        self._limit_bytes = limit_bytes
        self._is_compressed = is_compressed
        self._keeps_context = keeps_context
        self._inflater: zlib._Decompress | None = None
        self._window = state.window
        self._buffer = bytearray(state.buffer)
        self._message = bytearray(state.message)
        self._is_open = state.is_open
        self._is_open_compressed = state.is_compressed
        self._total_bytes = state.total_bytes
        self._fragments = state.fragments
        self._is_closed = state.is_closed

    def state(self) -> SideState:
        """Return what another decoder goes on from."""
        return SideState(
            buffer=bytes(self._buffer),
            message=bytes(self._message),
            is_open=self._is_open,
            is_compressed=self._is_open_compressed,
            window=self._window,
            total_bytes=self._total_bytes,
            fragments=self._fragments,
            is_closed=self._is_closed,
        )

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes, return the messages that they complete. Raises UnreadableError."""
        if not self._is_closed:
            self._buffer += data
        messages, position = [], 0
        while (found := self._read_frame(position)) is not None:
            frame, position = found
            message = self._take(frame)
            messages += [] if message is None else [message]
        del self._buffer[:position]
        return messages

    def _read_frame(self, start: int) -> tuple[_Frame, int] | None:
        """Return the frame at a place of the buffer and where it ends; None while not whole or after the close."""
        data = self._buffer
        if self._is_closed or len(data) - start < 2:
            return None
        first, second = data[start], data[start + 1]
        length, position = second & 0x7F, start + 2
        size = {_LENGTH_16: 2, _LENGTH_64: 8}.get(length, 0)
        if len(data) - position < size:
            return None
        if size:
            length = int.from_bytes(data[position : position + size])
            position += size
        opcode = self._check(first, length)
        mask_bytes = 4 if second & 0x80 else 0
        end = position + mask_bytes + length
        if len(data) < end:
            return None
        payload = bytes(data[position + mask_bytes : end])
        if mask_bytes:
            payload = _unmasked(payload, bytes(data[position : position + mask_bytes]))
        return _Frame(bool(first & 0x80), bool(first & 0x40), opcode, payload), end

    def _check(self, first: int, length: int) -> _Opcode:
        try:
            opcode = _Opcode(first & 0x0F)
        except ValueError:
            raise UnreadableError("expected a frame of a WebSocket, got an unknown opcode") from None
        is_control = opcode >= _Opcode.CLOSE
        if first & 0x30 or (first & 0x40 and (not self._is_compressed or is_control or not opcode)):
            raise UnreadableError("a frame uses an extension that the handshake did not agree on")
        if is_control and (length > _CONTROL_LIMIT_BYTES or not first & 0x80):
            raise UnreadableError(f"expected control frames of at most {_CONTROL_LIMIT_BYTES} bytes, in one piece")
        if length > self._limit_bytes:
            raise UnreadableError(f"a frame of {length} bytes exceeds the limit of {self._limit_bytes} bytes")
        return opcode

    def _take(self, frame: _Frame) -> bytes | None:
        """Return the message that the frame completes."""
        if frame.opcode >= _Opcode.CLOSE:
            self._is_closed = frame.opcode is _Opcode.CLOSE
            return None
        if (frame.opcode is _Opcode.CONTINUATION) is not self._is_open:
            raise UnreadableError("expected a message's fragments one after the other")
        self._fragments += 1
        if self._fragments > FRAGMENTS_LIMIT:
            raise UnreadableError(f"a connection has more than {FRAGMENTS_LIMIT} frames of one side")
        if not self._is_open:
            self._is_open, self._is_open_compressed = True, frame.is_compressed
        self._message += frame.payload
        if len(self._message) > self._limit_bytes:
            raise UnreadableError(f"the messages exceed the limit of {self._limit_bytes} bytes")
        return self._finished() if frame.is_final else None

    def _finished(self) -> bytes:
        message = bytes(self._message)
        message = self._inflated(message) if self._is_open_compressed else message
        self._is_open = self._is_open_compressed = False
        self._message.clear()
        self._total_bytes += len(message)
        if self._total_bytes > self._limit_bytes:
            raise UnreadableError(f"the messages exceed the limit of {self._limit_bytes} bytes")
        return message

    def _inflated(self, data: bytes) -> bytes:
        inflater = self._inflater or zlib.decompressobj(-zlib.MAX_WBITS, zdict=self._window)
        try:
            # One byte more than there is room for tells a bomb from a message that just fits.
            message = inflater.decompress(data + _TAIL, self._limit_bytes - self._total_bytes + 1)
        except zlib.error as error:
            raise UnreadableError("a compressed message is damaged") from error
        # A block that says it is the last one ends the stream (section 7.2.3.3): what follows begins anew.
        self._inflater = inflater if self._keeps_context and not inflater.eof else None
        # Between messages the context is the end of what was inflated and nothing else: a sender flushes each of them.
        self._window = (self._window + message)[-_WINDOW_BYTES:] if self._inflater is not None else b""
        return message


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    repeated = mask * (len(payload) // 4 + 1)
    number = int.from_bytes(payload) ^ int.from_bytes(repeated[: len(payload)])
    return number.to_bytes(len(payload))
