"""The caller's trace, as the request names it (W3C Trace Context, section 3.2). Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class TraceContext:
    """Where in which trace a request was made."""

    trace_id: int
    """128 bits, not 0."""
    span_id: int
    """64 bits, not 0: the span that the request belongs to."""
    flags: int
    """8 bits; the lowest says that the caller records the trace."""

    def __str__(self) -> str:
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-{self.flags:02x}"


def read_traceparent(text: str) -> TraceContext | None:
    """Return what a `traceparent` header says; None for anything that a receiver has to pass over.

    Of a later version the first four fields are read, as the specification asks.
    """
    found = _TRACEPARENT.fullmatch(text.strip())
    if found is None or found[1] == "ff" or (found[1] == "00" and found[5] is not None):
        return None
    context = TraceContext(int(found[2], 16), int(found[3], 16), int(found[4], 16))
    return context if context.trace_id and context.span_id else None


def begun_trace(exchange_id: bytes) -> TraceContext:
    """Return the trace that the proxy began for a request that named none (`proxy/headers.py`, `with_trace`).

    `exchange_id` has 16 bytes, and is a UUID: neither half of it is 0.
    """
    return TraceContext(int.from_bytes(exchange_id), int.from_bytes(exchange_id[8:]), 1)


def traceparent_of(values: Sequence[str], exchange_id: bytes) -> str | None:
    """Return the trace of a request that passed the proxy, from its `traceparent` headers and its exchange's id.

    None where the client named one that nobody can read: it went to the bot as it was.
    """
    if not values:
        return str(begun_trace(exchange_id))
    context = read_traceparent(values[0]) if len(values) == 1 else None
    return None if context is None else str(context)
