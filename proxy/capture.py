"""The life of one exchange's copy, from the request's head to what is shipped. Pure: clock and randomness come in.

request head ──► answer head ──► end
     │               │            └─ a `wire.Exchange`, or nothing
     │               └─ may opt out (`X-Endurance-Capture: off`), keep sizes only (`meta`), or be noise
     └─ may do the same when the peer is trusted
"""

import os
import time
from collections.abc import Callable
from enum import IntEnum
from typing import Final

from proxy.framing import BodyKind, Fields, RequestHead, ResponseHead, value_of
from proxy.headers import CAPTURE, DOCUMENTS, copied_lines
from proxy.tee import Tee
from scorer.wire import End, Exchange, ExchangeKind, Flag

_NOISE: Final = (b"image/", b"video/", b"audio/", b"font/", b"application/javascript", b"text/javascript", b"text/css")
"""Content types of answers that nobody reads as an answer; they are not copied."""
_RANDOM_BYTES: Final = 10
_POOLED_IDS: Final = 400
"""Ids served by one call for randomness: a system call for each would cost more than the id."""

# Plain integers: combining members of an IntFlag costs a microsecond each time.
_REQUEST_CHUNKED: Final = int(Flag.REQUEST_CHUNKED)
_RESPONSE_CHUNKED: Final = int(Flag.RESPONSE_CHUNKED)
_REQUEST_TRUNCATED: Final = int(Flag.REQUEST_TRUNCATED)
_RESPONSE_TRUNCATED: Final = int(Flag.RESPONSE_TRUNCATED)
_META_ONLY: Final = int(Flag.META_ONLY)
_DOCUMENTS_TRUSTED: Final = int(Flag.DOCUMENTS_TRUSTED)


class Wish(IntEnum):
    """What `X-Endurance-Capture` asks for."""

    COPY = 0
    META = 1
    OFF = 2


class IdSource:
    """Makes UUIDv7 values (RFC 9562, section 5.7)."""

    def __init__(
        self,
        clock_ns: Callable[[], int] = time.time_ns,
        rng: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.clock_ns = clock_ns
        self._rng = rng
        self._random = b""
        self._used = 0

    def now_us(self) -> int:
        """Return microseconds since the epoch."""
        return self.clock_ns() // 1000

    def next(self) -> bytes:
        """Return 16 bytes: milliseconds since the epoch, version 7, randomness."""
        if self._used + _RANDOM_BYTES > len(self._random):
            self._random, self._used = self._rng(_RANDOM_BYTES * _POOLED_IDS), 0
        entropy = int.from_bytes(self._random[self._used : self._used + _RANDOM_BYTES])
        self._used += _RANDOM_BYTES
        number = (self.clock_ns() // 1_000_000 & ((1 << 48) - 1)) << 80 | entropy
        number = number & ~(0xF << 76) | 0x7 << 76
        return (number & ~(0x3 << 62) | 0x2 << 62).to_bytes(16)


class Capture:
    """What is kept of one exchange while it runs."""

    __slots__ = ("_fields", "_flags", "_head", "first_byte_us", "id", "is_skipped", "request",
                 "response", "started_us", "status", "wish")  # fmt: skip

    def __init__(self, id_: bytes, head: RequestHead, started_us: int, limit_bytes: int, *, is_trusted: bool) -> None:
        self.id = id_
        self.started_us = started_us
        self.first_byte_us = 0
        self.status = 0
        self.request = Tee(limit_bytes)
        self.response = Tee(limit_bytes)
        self.is_skipped = False
        """The answer is of a kind that is not copied."""
        self.wish = _wish_of(head.fields) if is_trusted else Wish.COPY
        self._head = head
        self._flags = _REQUEST_CHUNKED if head.body is BodyKind.CHUNKED else 0
        self._fields: Fields | None = None
        if is_trusted and DOCUMENTS in head.fields:
            self._flags |= _DOCUMENTS_TRUSTED
        if self.wish is not Wish.COPY:
            self._drop_bodies()

    def answer(self, head: ResponseHead, now_us: int) -> None:
        """Take the head of the final answer, whose wish is always honoured and never weakens the request's."""
        self.first_byte_us = now_us
        self.status = head.status
        self._fields = head.fields
        if head.body is BodyKind.CHUNKED:
            self._flags |= _RESPONSE_CHUNKED
        wish = _wish_of(head.fields)
        if wish > self.wish:
            self.wish = wish
        content_type = value_of(head.fields, b"content-type")
        if content_type is not None and content_type.lower().startswith(_NOISE):
            self.is_skipped = True
        if self.wish is not Wish.COPY or self.is_skipped:
            self._drop_bodies()

    def finish(self, end: End, now_us: int) -> Exchange | None:
        """Return the copy; None when the exchange opted out or is of a kind that is not copied."""
        if self.wish is Wish.OFF or self.is_skipped:
            return None
        flags, target = self._flags, self._head.target
        is_meta = self.wish is Wish.META
        if is_meta:
            flags = (flags | _META_ONLY) & ~_DOCUMENTS_TRUSTED
            target = target.partition(b"?")[0]
        else:
            if self.request.is_truncated:
                flags |= _REQUEST_TRUNCATED
            if self.response.is_truncated:
                flags |= _RESPONSE_TRUNCATED
            if end is End.COMPLETE and flags & (_REQUEST_TRUNCATED | _RESPONSE_TRUNCATED):
                end = End.CAPPED
        has_documents = bool(flags & _DOCUMENTS_TRUSTED)
        return Exchange(
            id=self.id,
            kind=ExchangeKind.HTTP,
            end=end,
            flags=Flag(flags),
            status=self.status,
            segment=0,
            started_us=self.started_us,
            first_byte_us=self.first_byte_us,
            ended_us=now_us,
            request_body_bytes=self.request.total_bytes,
            response_body_bytes=self.response.total_bytes,
            method=self._head.method,
            target=target,
            request_head=copied_lines(self._head.fields, with_documents=has_documents),
            response_head=copied_lines(self._fields, with_documents=not is_meta) if self._fields else b"",
            request_body=self.request.content(),
            response_body=self.response.content(),
        )

    def _drop_bodies(self) -> None:
        self.request.drop()
        self.response.drop()


def _wish_of(fields: Fields) -> Wish:
    match value_of(fields, CAPTURE):
        case None:
            return Wish.COPY
        case value:
            return {b"off": Wish.OFF, b"meta": Wish.META}.get(value.lower(), Wish.COPY)
