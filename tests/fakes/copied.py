"""Copied exchanges as the bytes that the proxy ships and a job's payload holds."""

from typing import Any

from scorer import wire
from tests.fakes.copies import wire_exchange


def make_copy_bytes(number: int, body: bytes = b"{}", **changes: Any) -> bytes:
    """Return an encoded exchange; the same number gives the same bytes."""
    return wire.encode_exchange(wire_exchange(id=number.to_bytes(16), response_body=body, **changes))
