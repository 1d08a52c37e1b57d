"""The layout of a copied exchange, as the proxy hands it to the engine; both sides import this module, and it imports
only the standard library. Rules: does no I/O, parses no HTTP, and a change of layout raises `PROTOCOL_VERSION`. How the
copies travel over the socket stands in `scorer/frames.py`.

    exchange = fixed head (`_HEAD`) | blobs, each length u32 | bytes, in the order of `Exchange`'s blob fields

A connection that left HTTP (WebSocket and the like) is copied in segments: exchanges of kind WEBSOCKET_SEGMENT with one
id and rising `segment`. Their `request_body` holds what passed both ways, in the order in which it came to the proxy:

    piece = direction u8 (0 from the client, 1 from the upstream) | length u32 | bytes

cut anywhere; `response_body` is empty, and `request_body_bytes` and `response_body_bytes` count what each side sent
since the segment before. Method, target and heads of the handshake come with segment 0 alone. `end` says how things
stand: OPEN and SILENT are followed by another segment, every other one is the last, CAPPED because what follows is not
copied. A number is never used twice: where one is missing, a segment was dropped.

What the engine makes of them it keeps and hands on in the same layout, with the heads of the handshake in each:

    CONNECTION      between two segments: `segment` is the next one, `request_body` the engine's own affair
    WEBSOCKET_TURN  one turn: `segment` is its number, `request_body` its messages, unmasked and inflated, as pieces;
                    RESPONSE_TRUNCATED says that there may have been more

The bytes of an exchange are also what a spool row and a queue message hold: their first two bytes are the version.
All integers are big-endian.
"""

import struct
import uuid
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

PROTOCOL_VERSION: Final = 1

_COUNT = struct.Struct("!I")
_PIECE = struct.Struct("!BI")
_HEAD = struct.Struct("!H16sBBHHIQQQQQ")
_BLOB_COUNT: Final = 6
_KIND_AT: Final = 18
"""Where an encoded exchange says its kind: after version and id."""


class ExchangeKind(IntEnum):
    """What the copied bytes are."""

    HTTP = 0
    """One request and its answer."""
    WEBSOCKET_SEGMENT = 1
    """A segment of an upgraded connection; `segment` counts from 0, the handshake comes with the first."""
    WEBSOCKET_TURN = 2
    """What a client said over such a connection, and what it was answered; the engine's, never the proxy's."""
    CONNECTION = 3
    """What is kept of such a connection between two segments; the engine's, never the proxy's."""


class Direction(IntEnum):
    """Who sent a piece of a WEBSOCKET_SEGMENT or a WEBSOCKET_TURN."""

    CLIENT = 0
    UPSTREAM = 1


class End(IntEnum):
    """How an exchange ended, as the proxy saw it."""

    COMPLETE = 0
    CLIENT_GONE = 1
    UPSTREAM_RESET = 2
    CAPPED = 3
    """The exchange went on, and its copy stopped at the cap."""
    OPEN = 4
    """Of a segment: the connection goes on."""
    SILENT = 5
    """Of a segment: the connection goes on, and nothing has passed for `SILENCE_SECONDS`."""


LAST_SEGMENTS: Final = frozenset(End) - {End.OPEN, End.SILENT}
"""Ends after which no segment follows."""
SILENCE_SECONDS: Final = 5.0
"""A WebSocket on which nothing passes for so long has said its answer; what still comes is added to it."""


class Flag(IntFlag):
    """Facts that a reader of the copy needs."""

    NONE = 0
    REQUEST_CHUNKED = 1
    """`request_body` holds chunk framing as it was on the wire."""
    RESPONSE_CHUNKED = 2
    """`response_body` holds chunk framing as it was on the wire."""
    REQUEST_TRUNCATED = 4
    """The request's body was longer than the cap; `request_body` holds its beginning."""
    RESPONSE_TRUNCATED = 8
    """The answer's body was longer than the cap; `response_body` holds its beginning."""
    META_ONLY = 16
    """`X-Endurance-Capture: meta`: the bodies were dropped on request, their sizes are kept."""
    DOCUMENTS_TRUSTED = 32
    """An `X-Endurance-Documents` line in `request_head` came from a trusted peer."""


class WireError(ValueError):
    """The peer sent bytes that are not of this layout."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The copy of one exchange, as bytes.

    Heads hold only the header lines that a reader of bodies needs (`name: value` CRLF each, Latin-1);
    credentials are never among them. Times are microseconds since the Unix epoch, 0 when it never happened.
    """

    id: bytes
    """16 bytes, a UUIDv7: the `session_id`."""
    kind: ExchangeKind
    end: End
    flags: Flag
    status: int
    """The answer's status code, 0 when none came."""
    segment: int
    started_us: int
    first_byte_us: int
    ended_us: int
    request_body_bytes: int
    """Length of the whole request body on the wire, which may exceed the copy."""
    response_body_bytes: int
    """Length of the whole answer's body on the wire, which may exceed the copy."""
    method: bytes
    target: bytes
    request_head: bytes
    response_head: bytes
    request_body: bytes
    response_body: bytes


def encode_exchange(exchange: Exchange) -> bytes:
    """Return the bytes of one exchange."""
    facts = encode_facts(
        exchange.id,
        exchange.kind,
        exchange.end,
        exchange.flags,
        exchange.status,
        exchange.segment,
        exchange.started_us,
        exchange.first_byte_us,
        exchange.ended_us,
        exchange.request_body_bytes,
        exchange.response_body_bytes,
    )
    blobs = encode_blobs(
        exchange.method, exchange.target, exchange.request_head, exchange.response_head,
        exchange.request_body, exchange.response_body,
    )  # fmt: skip
    return facts + blobs


def encode_facts(*facts: bytes | int) -> bytes:
    """Return the fixed head of an exchange from its fields before the blobs, in the order of `Exchange`.

    With `encode_blobs` for those who have some of an exchange's blobs encoded already: what follows is all six.
    """
    return _HEAD.pack(PROTOCOL_VERSION, *facts)


def encode_blobs(*blobs: bytes) -> bytes:
    """Return each blob with its length before it."""
    return b"".join([part for blob in blobs for part in (_COUNT.pack(len(blob)), blob)])


encode_count = _COUNT.pack
"""The four bytes before a blob that is written in pieces."""


def exchange_version(data: bytes) -> int:
    """Return the layout version of an encoded exchange; a worker puts a newer one back with delay."""
    if len(data) < 2:
        raise WireError("an exchange has at least 2 bytes")
    return int.from_bytes(data[:2])


def exchange_key(data: bytes) -> str:
    """Return what names this copy in a queue: the exchange's id as UUID text, and what tells apart those that share it.

    That is `.<segment>`; for a turn, which may be told again with more of its answer, the answer's size too.
    Raises WireError when the bytes are short or of another version.
    """
    version = exchange_version(data)
    if version != PROTOCOL_VERSION or len(data) < _HEAD.size:
        raise WireError(f"{len(data)} bytes of layout version {version} have no id that could be read")
    _, id_, kind, _, _, _, segment, *_, answer_bytes = _HEAD.unpack_from(data)
    key = str(uuid.UUID(bytes=id_))
    match kind:
        case ExchangeKind.WEBSOCKET_SEGMENT:
            return f"{key}.{segment}"
        case ExchangeKind.WEBSOCKET_TURN:
            return f"{key}.{segment}.{answer_bytes}"
        case ExchangeKind.CONNECTION:
            return f"{key}.connection"
        case _:
            return key


def is_segment(data: bytes) -> bool:
    """Say whether an encoded exchange of this version is a segment of an upgraded connection, by its head alone."""
    if len(data) < _HEAD.size or exchange_version(data) != PROTOCOL_VERSION:
        return False
    return data[_KIND_AT] == ExchangeKind.WEBSOCKET_SEGMENT


def decode_exchange(data: bytes) -> Exchange:
    """Return the exchange. Raises WireError when the bytes are short, long, or of another version."""
    version = exchange_version(data)
    if version != PROTOCOL_VERSION:
        raise WireError(f"expected layout version {PROTOCOL_VERSION}, got {version}")
    if len(data) < _HEAD.size:
        raise WireError(f"an exchange has at least {_HEAD.size} bytes, this one has {len(data)}")
    _, id_, kind, end, flags, *numbers = _HEAD.unpack_from(data)
    blobs, position = [], _HEAD.size
    for _ in range(_BLOB_COUNT):
        blob, position = read_blob(data, position)
        blobs.append(blob)
    if position != len(data):
        raise WireError(f"{len(data) - position} bytes follow the last field")
    try:
        return Exchange(id_, ExchangeKind(kind), End(end), Flag(flags), *numbers, *blobs)
    except ValueError as error:
        raise WireError(str(error)) from error


def encode_piece(direction: Direction, data: bytes) -> bytes:
    """Return one piece of a segment."""
    return _PIECE.pack(direction, len(data)) + data


def decode_pieces(body: bytes) -> list[tuple[Direction, bytes]]:
    """Return a segment's pieces from its `request_body`, in order. Raises WireError."""
    pieces, position = [], 0
    while position < len(body):
        if position + _PIECE.size > len(body):
            raise WireError(f"a piece's head is cut at byte {position}")
        direction, length = _PIECE.unpack_from(body, position)
        start = position + _PIECE.size
        position = start + length
        if position > len(body) or direction not in (Direction.CLIENT, Direction.UPSTREAM):
            raise WireError(f"a piece of {length} bytes from side {direction} cannot begin at byte {start}")
        pieces.append((Direction(direction), body[start:position]))
    return pieces


def read_blob(data: bytes, position: int) -> tuple[bytes, int]:
    """Return the blob whose length begins at `position`, and where it ends. Raises WireError."""
    if position + _COUNT.size > len(data):
        raise WireError(f"a length is cut at byte {position}")
    (length,) = _COUNT.unpack_from(data, position)
    start = position + _COUNT.size
    if start + length > len(data):
        raise WireError(f"a field of {length} bytes is cut at byte {start}")
    return data[start : start + length], start + length
