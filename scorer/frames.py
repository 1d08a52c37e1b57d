"""The stream between the proxy and the engine; both sides import this module, and it imports only the standard library
and the layout of an exchange (`scorer/wire.py`). Rules: does no I/O, and a change of layout raises `PROTOCOL_VERSION`.

A connection is a stream of frames over the Unix socket that the supervisor made:

    frame    = length u32 | kind u8 | sequence u64 | payload       (length counts kind, sequence and payload)
    HELLO    = "ENDR" | version u16 | build, UTF-8                 (first frame of each side)
    BATCH    = count u32 | count × (length u32 | exchange)         (proxy → engine)
    ACK      = empty; `sequence` is the batch that is now durable  (engine → proxy)
    COUNTERS = JSON object of name → integer, totals since start   (proxy → engine)

All integers are big-endian.
"""

import struct
from enum import IntEnum
from typing import Final

from scorer.wire import PROTOCOL_VERSION, WireError, encode_count, read_blob

MAGIC: Final = b"ENDR"
FRAME_LIMIT_BYTES: Final = 64 * 1024 * 1024
"""A frame longer than this is a fault of the peer, never something to allocate for."""

_FRAME = struct.Struct("!IBQ")
_HELLO = struct.Struct("!4sH")
_COUNT_BYTES: Final = 4
FRAME_HEAD_BYTES: Final = _FRAME.size


class FrameKind(IntEnum):
    """What a frame carries."""

    HELLO = 1
    BATCH = 2
    ACK = 3
    COUNTERS = 4


OVERHEAD_BUCKETS_US: Final = (50, 100, 250, 500, 1000, 5000)
"""Upper bounds of the overhead histogram, microseconds: time in the proxy that waits for nobody."""

COUNTER_NAMES: Final = (
    # requests by class of the answer; `error` is an answer of our own (400, 431, 502, 504)
    *(f"requests.{class_}" for class_ in ("1xx", "2xx", "3xx", "4xx", "5xx", "error")),
    # cumulative histogram: exchanges at or below the bound, all exchanges, and the sum
    *(f"overhead.le.{bound}" for bound in OVERHEAD_BUCKETS_US),
    "overhead.count",
    "overhead.sum_us",
    "bytes.request",
    "bytes.response",
    "connections.refused",  # over the cap for one peer
    "open.connections",  # a gauge
    "open.exchanges",  # a gauge
    # captures that end in the proxy
    "capture.dropped",
    "capture.opted_out",
    "capture.meta_only",
    "capture.upgraded",
    "capture.noise",  # answers of a kind that is not copied
    "capture.filtered",  # requests that the operator's filters leave out
    "capture.unsampled",  # exchanges outside the share that is copied
    "engine.connected",  # a gauge: 0 or 1
    "engine.mismatches",  # connections refused for another protocol version
    "held.bytes",  # a gauge: copies not yet acknowledged
    "process.started_us",  # a gauge: connections that began before are gone; microseconds since the epoch
)
"""Every name in a COUNTERS frame; all but the gauges only grow while the proxy lives."""


def encode_frame(kind: FrameKind, sequence: int, payload: bytes = b"") -> bytes:
    """Return one frame."""
    return _FRAME.pack(1 + 8 + len(payload), kind, sequence) + payload


def encode_hello(build: str) -> bytes:
    """Return the first frame of a side."""
    return encode_frame(FrameKind.HELLO, 0, _HELLO.pack(MAGIC, PROTOCOL_VERSION) + build.encode())


def decode_hello(payload: bytes) -> tuple[int, str]:
    """Return the peer's protocol version and build. Raises WireError when the magic is not ours."""
    if len(payload) < _HELLO.size:
        raise WireError(f"a hello has at least {_HELLO.size} bytes, this one has {len(payload)}")
    magic, version = _HELLO.unpack_from(payload)
    if magic != MAGIC:
        raise WireError("the peer's first frame does not start with our magic")
    return version, payload[_HELLO.size :].decode(errors="replace")


def encode_batch(exchanges: list[bytes]) -> bytes:
    """Return the payload of a BATCH frame from encoded exchanges."""
    parts = [encode_count(len(exchanges))]
    for data in exchanges:
        parts += (encode_count(len(data)), data)
    return b"".join(parts)


def encode_batch_frame(sequence: int, exchanges: list[bytes], size_bytes: int) -> bytes:
    """Return a whole BATCH frame; `size_bytes` is the sum over the exchanges of their length and 4."""
    parts = [_FRAME.pack(1 + 8 + _COUNT_BYTES + size_bytes, FrameKind.BATCH, sequence), encode_count(len(exchanges))]
    for data in exchanges:
        parts += (encode_count(len(data)), data)
    return b"".join(parts)


def decode_batch(payload: bytes) -> list[bytes]:
    """Return the encoded exchanges of a BATCH payload, in order. Raises WireError."""
    if len(payload) < _COUNT_BYTES:
        raise WireError("a batch has at least 4 bytes")
    count = int.from_bytes(payload[:_COUNT_BYTES])
    exchanges, position = [], _COUNT_BYTES
    for _ in range(count):
        data, position = read_blob(payload, position)
        exchanges.append(data)
    if position != len(payload):
        raise WireError(f"{len(payload) - position} bytes follow the last exchange")
    return exchanges


class FrameReader:
    """Cuts a stream into frames, at whatever places it arrives; pure, bounded by `FRAME_LIMIT_BYTES`."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[FrameKind, int, bytes]]:
        """Take bytes; return the frames (kind, sequence, payload) that are now whole. Raises WireError."""
        self._buffer += data
        frames, position = [], 0
        while len(self._buffer) - position >= FRAME_HEAD_BYTES:
            length, kind, sequence = _FRAME.unpack_from(self._buffer, position)
            if not 9 <= length <= FRAME_LIMIT_BYTES:
                raise WireError(f"a frame of {length} bytes is outside 9 to {FRAME_LIMIT_BYTES}")
            end = position + 4 + length
            if len(self._buffer) < end:
                break
            try:
                frame_kind = FrameKind(kind)
            except ValueError as error:
                raise WireError(str(error)) from error
            frames.append((frame_kind, sequence, bytes(self._buffer[position + FRAME_HEAD_BYTES : end])))
            position = end
        del self._buffer[:position]
        return frames
