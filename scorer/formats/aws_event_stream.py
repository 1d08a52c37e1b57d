"""Amazon's binary event stream: bytes in, messages out. Pure, incremental, bounded.

    message = total length u32 | headers' length u32 | CRC32 of these 8 bytes | headers | payload | CRC32 of all before
    header  = name's length u8 | name | type u8 | value           (big-endian; a type fixes its value's length)

Source: Smithy, "Amazon Event Stream Specification" (`application/vnd.amazon.eventstream`). Both checksums are checked:
the first before its lengths are believed. A damaged stream ends in `UnreadableError`; a cut one in its whole messages.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from scorer.formats.base import HttpCopy, UnreadableError

MEDIA_TYPE: Final = "application/vnd.amazon.eventstream"
MESSAGE_LIMIT_BYTES: Final = 16 * 1024 * 1024
"""The specification's limit of a payload."""
HEADERS_LIMIT_BYTES: Final = 128 * 1024
"""The specification's limit."""
MESSAGES_LIMIT: Final = 100_000
"""Messages of one stream; an answer of 10,000 tokens has about as many."""

_PRELUDE: Final = struct.Struct("!III")
_CHECKSUM: Final = struct.Struct("!I")
_OVERHEAD_BYTES: Final = _PRELUDE.size + _CHECKSUM.size
_STRING: Final = 7
_VALUE_BYTES: Final = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Lengths by type: true, false, byte, short, int, long, timestamp, UUID; bytes (6) and string (7) carry their own."""


@dataclass(frozen=True, slots=True)
class EventMessage:
    """One message."""

    headers: Mapping[str, str]
    """Those whose value is a string; no reader of ours needs another."""
    payload: bytes


@dataclass(frozen=True, slots=True)
class MessageStream:
    """A stream as far as it came."""

    messages: list[EventMessage]
    is_cut: bool
    """It ends in the middle of a message, which is lost."""


class EventStreamDecoder:
    """One stream's decoder."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._messages = 0

    def feed(self, data: bytes) -> list[EventMessage]:
        """Take the next bytes, return the messages that they complete. Raises UnreadableError."""
        self._buffer += data
        messages, position = [], 0
        while len(self._buffer) - position >= _PRELUDE.size:
            total, headers = self._read_prelude(position)
            if len(self._buffer) - position < total:
                break
            messages.append(_read_message(bytes(self._buffer[position : position + total]), headers))
            position += total
            self._messages += 1
            if self._messages > MESSAGES_LIMIT:
                raise UnreadableError(f"an event stream has more than {MESSAGES_LIMIT} messages")
        del self._buffer[:position]
        return messages

    def is_between_messages(self) -> bool:
        """Say whether nothing is pending: a stream that ends here has lost no message."""
        return not self._buffer

    def _read_prelude(self, position: int) -> tuple[int, int]:
        """Return the lengths of the message and of its headers."""
        total, headers, checksum = _PRELUDE.unpack_from(self._buffer, position)
        if checksum != crc32(self._buffer[position : position + _PRELUDE.size - _CHECKSUM.size]):
            raise UnreadableError("the event stream is damaged: the checksum of a message's lengths does not fit")
        if not _OVERHEAD_BYTES + headers <= total <= MESSAGE_LIMIT_BYTES or headers > HEADERS_LIMIT_BYTES:
            raise UnreadableError(f"expected messages of at most {MESSAGE_LIMIT_BYTES} bytes with their headers inside")
        return total, headers


def _read_message(message: bytes, headers_bytes: int) -> EventMessage:
    (checksum,) = _CHECKSUM.unpack_from(message, len(message) - _CHECKSUM.size)
    if checksum != crc32(message[: -_CHECKSUM.size]):
        raise UnreadableError("the event stream is damaged: a message's checksum does not fit")
    payload_at = _PRELUDE.size + headers_bytes
    headers = _read_headers(message[_PRELUDE.size : payload_at])
    return EventMessage(headers, message[payload_at : -_CHECKSUM.size])


def _read_headers(data: bytes) -> dict[str, str]:
    headers, position = {}, 0
    try:
        while position < len(data):
            name_at = position + 1
            type_at = name_at + data[position]
            value_at = type_at + 1
            kind = data[type_at]
            if kind in _VALUE_BYTES:
                position = value_at + _VALUE_BYTES[kind]
                continue
            (length,) = struct.unpack_from("!H", data, value_at)
            position = value_at + 2 + length
            if kind == _STRING:
                name = data[name_at:type_at].decode(errors="replace")
                headers[name] = data[value_at + 2 : position].decode(errors="replace")
    except (IndexError, struct.error):
        position = len(data) + 1
    if position != len(data):
        raise UnreadableError("the event stream is damaged: a header is longer than the headers")
    return headers


def is_aws_event_stream(copy: HttpCopy) -> bool:
    """Say whether the answer is such a stream, by its media type."""
    return copy.response_type() == MEDIA_TYPE


def read_messages(body: bytes) -> MessageStream:
    """Return a stream that is in memory. Raises UnreadableError when it is damaged or beyond a limit."""
    decoder = EventStreamDecoder()
    messages = decoder.feed(body)
    return MessageStream(messages, is_cut=not decoder.is_between_messages())
