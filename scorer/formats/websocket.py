"""A WebSocket's bytes of both directions: frames in, messages out, and turns of a conversation made of them. Pure,
incremental, bounded.

Sources: RFC 6455, section 5 (frames, masking, fragments); RFC 7692, section 7 (permessage-deflate). The bytes begin
after the handshake. A turn is what the client says, then what the server says until the client speaks again. What
breaks the protocol, inflates beyond the limit, or comes in more pieces than any chat has, raises `UnreadableError`.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from scorer.formats.base import HttpCopy, UnreadableError
from scorer.wire import Direction

MESSAGES_LIMIT: Final = 100_000
"""Messages of one connection, both sides; an answer of 10,000 tokens has about as many."""
FRAGMENTS_LIMIT: Final = 200_000
"""Data frames of one side: they cost time even where they are empty."""

_EXTENSION: Final = "permessage-deflate"
_TAIL: Final = b"\x00\x00\xff\xff"
"""What a sender leaves out at the end of a compressed message (RFC 7692, section 7.2.1)."""
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


@dataclass(frozen=True, slots=True)
class Compression:
    """What the handshake agreed on; a window needs no size here, since the largest reads all."""

    is_on: bool = False
    keeps_client_context: bool = True
    keeps_server_context: bool = True


def compression_of(headers: Iterable[tuple[str, str]]) -> Compression:
    """Return what the handshake's answer says under `sec-websocket-extensions`; names are in lower case."""
    values = (value for name, value in headers if name == "sec-websocket-extensions")
    for offer in (part for value in values for part in value.split(",")):
        name, *parameters = (word.strip().lower() for word in offer.split(";"))
        if name == _EXTENSION:
            return Compression(
                is_on=True,
                keeps_client_context="client_no_context_takeover" not in parameters,
                keeps_server_context="server_no_context_takeover" not in parameters,
            )
    return Compression()


@dataclass(frozen=True, slots=True)
class _Frame:
    is_final: bool
    is_compressed: bool
    opcode: _Opcode
    payload: bytes


class MessageDecoder:
    """One side's frames to its messages; pings, pongs and the close are no messages, and nothing follows the close."""

    def __init__(self, limit_bytes: int, *, is_compressed: bool = False, keeps_context: bool = True) -> None:
        """`limit_bytes`: of all messages of this side together, decompressed."""
        self._limit_bytes = limit_bytes
        self._is_compressed = is_compressed
        self._keeps_context = keeps_context
        self._inflater: zlib._Decompress | None = None
        self._buffer = bytearray()
        self._message = bytearray()
        self._open: _Frame | None = None
        """The first frame of a message that is not yet whole."""
        self._total_bytes = 0
        self._fragments = 0
        self.is_closed = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes, return the messages that they complete. Raises UnreadableError."""
        if not self.is_closed:
            self._buffer += data
        messages, position = [], 0
        while (found := self._read_frame(position)) is not None:
            frame, position = found
            message = self._take(frame)
            messages += [] if message is None else [message]
        del self._buffer[:position]
        return messages

    def is_between_messages(self) -> bool:
        """Say whether nothing is pending: a connection that ends here has lost no message."""
        return self.is_closed or (not self._buffer and self._open is None)

    def _read_frame(self, start: int) -> tuple[_Frame, int] | None:
        """Return the frame at a place of the buffer and where it ends; None while not whole or after the close."""
        data = self._buffer
        if self.is_closed or len(data) - start < 2:
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
            self.is_closed = frame.opcode is _Opcode.CLOSE
            return None
        if (frame.opcode is _Opcode.CONTINUATION) is (self._open is None):
            raise UnreadableError("expected a message's fragments one after the other")
        self._fragments += 1
        if self._fragments > FRAGMENTS_LIMIT:
            raise UnreadableError(f"a connection has more than {FRAGMENTS_LIMIT} frames of one side")
        self._open = self._open or frame
        self._message += frame.payload
        if len(self._message) > self._limit_bytes:
            raise UnreadableError(f"the messages exceed the limit of {self._limit_bytes} bytes")
        return self._finished() if frame.is_final else None

    def _finished(self) -> bytes:
        assert self._open is not None
        message = bytes(self._message)
        message = self._inflated(message) if self._open.is_compressed else message
        self._open = None
        self._message.clear()
        self._total_bytes += len(message)
        if self._total_bytes > self._limit_bytes:
            raise UnreadableError(f"the messages exceed the limit of {self._limit_bytes} bytes")
        return message

    def _inflated(self, data: bytes) -> bytes:
        inflater = self._inflater or zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            # One byte more than there is room for tells a bomb from a message that just fits.
            message = inflater.decompress(data + _TAIL, self._limit_bytes - self._total_bytes + 1)
        except zlib.error as error:
            raise UnreadableError("a compressed message is damaged") from error
        # A block that says it is the last one ends the stream (section 7.2.3.3): what follows begins anew.
        self._inflater = inflater if self._keeps_context and not inflater.eof else None
        return message


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    repeated = mask * (len(payload) // 4 + 1)
    number = int.from_bytes(payload) ^ int.from_bytes(repeated[: len(payload)])
    return number.to_bytes(len(payload))


@dataclass(frozen=True, slots=True)
class Turn:
    """What the client said, and what the server said to it, in order."""

    number: int
    """Counts from 0 within the connection; with the exchange's id it names the turn: `<exchange>.<number>`."""
    asked: tuple[bytes, ...]
    answered: tuple[bytes, ...]
    is_whole: bool
    """False for the last turn of a connection that broke off or whose copy ended."""


@dataclass(slots=True)
class _OpenTurn:
    asked: list[bytes] = field(default_factory=list)
    answered: list[bytes] = field(default_factory=list)


class ConversationDecoder:
    """One connection's decoder."""

    def __init__(self, limit_bytes: int, compression: Compression) -> None:
        """`limit_bytes`: of each side's messages together, decompressed."""
        self._sides = {
            Direction.CLIENT: MessageDecoder(
                limit_bytes, is_compressed=compression.is_on, keeps_context=compression.keeps_client_context
            ),
            Direction.UPSTREAM: MessageDecoder(
                limit_bytes, is_compressed=compression.is_on, keeps_context=compression.keeps_server_context
            ),
        }
        self._turn = _OpenTurn()
        self._turns = 0
        self._messages = 0

    def feed(self, pieces: Iterable[tuple[Direction, bytes]]) -> list[Turn]:
        """Take the next pieces in their order, return the turns that they end. Raises UnreadableError."""
        turns: list[Turn] = []
        for direction, data in pieces:
            for message in self._sides[direction].feed(data):
                self._messages += 1
                if self._messages > MESSAGES_LIMIT:
                    raise UnreadableError(f"a connection has more than {MESSAGES_LIMIT} messages")
                turns += self._take(direction, message)
        return turns

    def finish(self, *, is_whole: bool) -> list[Turn]:
        """Return the last turn, if it was answered; `is_whole`: the connection came to an orderly end."""
        has_all = all(side.is_between_messages() for side in self._sides.values())
        return self._ended(is_whole=is_whole and has_all)

    def _take(self, direction: Direction, message: bytes) -> list[Turn]:
        if direction is Direction.UPSTREAM:
            if self._turn.asked:  # a greeting answers nobody
                self._turn.answered.append(message)
            return []
        turns = self._ended(is_whole=True) if self._turn.answered else []
        self._turn.asked.append(message)
        return turns

    def _ended(self, *, is_whole: bool) -> list[Turn]:
        turn, self._turn = self._turn, _OpenTurn()
        if not turn.answered:
            return []
        self._turns += 1
        return [Turn(self._turns - 1, tuple(turn.asked), tuple(turn.answered), is_whole)]


def turn_copies(turn: Turn, path: str, query_string: str = "") -> Iterator[HttpCopy]:
    """Yield the turn as the formats read an exchange: one copy for each message that may have asked, the last first.

    What the server said becomes a stream: of events where it is JSON, else of plain text.
    """
    media_type, answer = _answer(turn.answered)
    for message in reversed(turn.asked):
        is_json = message.lstrip().startswith((b"{", b"["))
        yield HttpCopy(
            method="POST",
            path=path,
            query_string=query_string,
            request_headers=(("content-type", "application/json" if is_json else "text/plain"),),
            response_headers=(("content-type", media_type),),
            request_body=message,
            response_body=answer,
            status=200,
            is_request_whole=True,
            is_response_whole=turn.is_whole,
        )


def _answer(messages: Sequence[bytes]) -> tuple[str, bytes]:
    if any(message.lstrip().startswith((b"{", b"[")) for message in messages):
        # Line ends inside JSON stand between its values: none is lost when they become spaces.
        lines = (message.replace(b"\r", b" ").replace(b"\n", b" ") for message in messages)
        return "text/event-stream", b"".join(b"data: " + line + b"\n\n" for line in lines)
    return "text/plain; charset=utf-8", b"".join(messages)
