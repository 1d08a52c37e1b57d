"""Amazon's binary event stream for tests, written after the specification and not after our decoder."""

import json
import struct
import zlib
from typing import Any


def message(headers: bytes, payload: bytes) -> bytes:
    """One message with its two checksums."""
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    body = prelude + struct.pack("!I", zlib.crc32(prelude)) + headers + payload
    return body + struct.pack("!I", zlib.crc32(body))


def header(name: str, value: str) -> bytes:
    """One header whose value is a string."""
    return bytes([len(name)]) + name.encode() + b"\x07" + struct.pack("!H", len(value.encode())) + value.encode()


def aws_event(kind: str, body: Any, message_type: str = "event") -> bytes:
    """One message of a service: an event, or an exception of that name."""
    name = ":event-type" if message_type == "event" else ":exception-type"
    headers = header(name, kind) + header(":content-type", "application/json") + header(":message-type", message_type)
    return message(headers, json.dumps(body, ensure_ascii=False).encode())
