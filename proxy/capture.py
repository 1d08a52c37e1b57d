"""The life of one exchange's copy, from the request's head to what is shipped. Pure: clock and randomness come in.

request head ──► answer head ──► end
     │               │            └─ an exchange as `scorer/wire.py` lays it out, or nothing
     │               └─ may opt out (`X-Endurance-Capture: off`), keep sizes only (`meta`), or be noise
     └─ may do the same when the peer is trusted

What follows from a head alone (`RequestFacts`, `AnswerFacts`) is made once for equal heads.
"""

import os
import time
from collections.abc import Callable
from enum import IntEnum
from typing import Final

from proxy.framing import BodyKind, Fields, RequestHead, ResponseHead, value_of
from proxy.headers import CAPTURE, DOCUMENTS, copied_lines
from proxy.segments import Segments
from proxy.tee import Tee
from scorer.wire import End, ExchangeKind, Flag, encode_blobs, encode_count, encode_facts

_RANDOM_BYTES: Final = 10
_POOLED_IDS: Final = 400
"""Ids served by one call for randomness: a system call for each would cost more than the id."""
_TO_VERSION: Final = bytes(0x70 | value & 0x0F for value in range(256))
_TO_VARIANT: Final = bytes(0x80 | value & 0x3F for value in range(256))

# Plain integers: combining members of an IntFlag costs a microsecond each time.
_REQUEST_CHUNKED: Final = int(Flag.REQUEST_CHUNKED)
_RESPONSE_CHUNKED: Final = int(Flag.RESPONSE_CHUNKED)
_REQUEST_TRUNCATED: Final = int(Flag.REQUEST_TRUNCATED)
_RESPONSE_TRUNCATED: Final = int(Flag.RESPONSE_TRUNCATED)
_TRUNCATED: Final = _REQUEST_TRUNCATED | _RESPONSE_TRUNCATED
_META_ONLY: Final = int(Flag.META_ONLY)
_DOCUMENTS_TRUSTED: Final = int(Flag.DOCUMENTS_TRUSTED)
_HTTP: Final = int(ExchangeKind.HTTP)
_COMPLETE: Final = int(End.COMPLETE)
_COUNT_LIMIT: Final = 0xFFFF_FFFF
_NO_BLOB: Final = encode_blobs(b"")


class Wish(IntEnum):
    """What `X-Endurance-Capture` asks for; false is the ordinary case."""

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
        self._tails: list[bytes] = []
        self._millisecond = -1
        self._beginning = b""
        """The first bytes of every id of that millisecond."""

    def now_us(self) -> int:
        """Return microseconds since the epoch."""
        return self.clock_ns() // 1000

    def next(self, now_ns: int) -> bytes:
        """Return 16 bytes: milliseconds since the epoch, version 7, randomness."""
        millisecond = now_ns // 1_000_000
        if millisecond != self._millisecond:
            self._millisecond = millisecond
            self._beginning = (millisecond & 0xFFFF_FFFF_FFFF).to_bytes(6)
        if not self._tails:
            self._tails = self._make_tails()
        return self._beginning + self._tails.pop()

    def _make_tails(self) -> list[bytes]:
        random = bytearray(self._rng(_RANDOM_BYTES * _POOLED_IDS))
        random[0::_RANDOM_BYTES] = random[0::_RANDOM_BYTES].translate(_TO_VERSION)
        random[2::_RANDOM_BYTES] = random[2::_RANDOM_BYTES].translate(_TO_VARIANT)
        starts = range(len(random) - _RANDOM_BYTES, -1, -_RANDOM_BYTES)
        return [bytes(random[start : start + _RANDOM_BYTES]) for start in starts]


class RequestFacts:
    """What a request's head says of its copy."""

    __slots__ = ("blobs", "flags", "head", "length", "wish")

    def __init__(self, head: RequestHead, *, is_trusted: bool) -> None:
        has_documents = is_trusted and DOCUMENTS in head.fields
        self.head = head
        self.wish = _wish_of(head.fields) if is_trusted else Wish.COPY
        self.flags = _REQUEST_CHUNKED if head.body is BodyKind.CHUNKED else 0
        if has_documents:
            self.flags |= _DOCUMENTS_TRUSTED
        self.blobs = encode_blobs(head.method, head.target, copied_lines(head.fields, with_documents=has_documents))
        """Method, target and copied lines, encoded."""
        self.length = encode_count(min(head.length, _COUNT_LIMIT))
        """The body's length by the head, encoded; no body that is copied whole exceeds what fits."""

    def blobs_without_text(self) -> bytes:
        """Return the blobs of an exchange of which only sizes are kept."""
        head = self.head
        lines = copied_lines(head.fields, with_documents=False)
        return encode_blobs(head.method, head.target.partition(b"?")[0], lines)


class AnswerFacts:
    """What an answer's head says of its copy."""

    __slots__ = ("blob", "flags", "head", "is_noise", "is_whole", "length", "wish")

    def __init__(self, head: ResponseHead, *, is_noise: bool) -> None:
        self.head = head
        self.is_noise = is_noise
        """The answer is of a kind that is not copied."""
        self.wish = _wish_of(head.fields)
        self.flags = _RESPONSE_CHUNKED if head.body is BodyKind.CHUNKED else 0
        self.blob = encode_blobs(copied_lines(head.fields, with_documents=True))
        self.length = encode_count(min(head.length, _COUNT_LIMIT))
        """As in `RequestFacts`."""
        self.is_whole = not is_noise and not self.wish
        """The answer may be copied as it is."""


def encode_whole(
    id_: bytes, request: RequestFacts, answer: AnswerFacts, times_us: tuple[int, int], question: bytes, reply: bytes
) -> bytes:
    """Return the copy of an exchange whose two bodies came in one piece each, as their heads' lengths say.

    The same as `Capture` makes of it, in a fifth of the time. `times_us`: when it began, and when the answer came.
    """
    began_us, ended_us = times_us
    head = encode_facts(
        id_, _HTTP, _COMPLETE, request.flags | answer.flags, answer.head.status, 0,
        began_us, ended_us, ended_us, len(question), len(reply),
    )  # fmt: skip
    return b"".join((head, request.blobs, answer.blob, request.length, question, answer.length, reply))


class Capture:
    """What is kept of one exchange while it runs."""

    __slots__ = (
        "_answer", "_limit_bytes", "_request", "first_byte_us", "id", "is_noise", "request", "response",
        "started_us", "wish",
    )  # fmt: skip

    def __init__(self, id_: bytes, facts: RequestFacts, started_us: int, limit_bytes: int) -> None:
        self.id = id_
        self.started_us = started_us
        self.first_byte_us = 0
        self.request = Tee(limit_bytes)
        self.response = Tee(limit_bytes)
        self.is_noise = False
        self.wish = facts.wish
        self._limit_bytes = limit_bytes
        self._request = facts
        self._answer: AnswerFacts | None = None
        if self.wish:
            self._drop_bodies()

    def answer(self, facts: AnswerFacts, now_us: int) -> None:
        """Take the head of the final answer, whose wish is always honoured and never weakens the request's."""
        self.first_byte_us = now_us
        self._answer = facts
        self.is_noise = facts.is_noise
        if facts.wish > self.wish:
            self.wish = facts.wish
        if self.is_noise or self.wish:
            self._drop_bodies()

    def finish(self, end: End, now_us: int) -> bytes | None:
        """Return the copy, encoded; None when the exchange opted out or is of a kind that is not copied."""
        if self.is_noise or (self.wish and self.wish is Wish.OFF):
            return None
        request, answer, ours, theirs = self._request, self._answer, self.request, self.response
        flags, blobs, answer_blob = request.flags, request.blobs, _NO_BLOB
        status = 0
        if answer is not None:
            flags |= answer.flags
            answer_blob, status = answer.blob, answer.head.status
        if self.wish:
            flags = (flags | _META_ONLY) & ~_DOCUMENTS_TRUSTED
            blobs = request.blobs_without_text()
            if answer is not None:
                answer_blob = encode_blobs(copied_lines(answer.head.fields, with_documents=False))
        else:
            if ours.total_bytes > ours.kept_bytes:
                flags |= _REQUEST_TRUNCATED
            if theirs.total_bytes > theirs.kept_bytes:
                flags |= _RESPONSE_TRUNCATED
            if flags & _TRUNCATED and end is End.COMPLETE:
                end = End.CAPPED
        head = encode_facts(
            self.id, _HTTP, end, flags, status, 0,
            self.started_us, self.first_byte_us, now_us, ours.total_bytes, theirs.total_bytes,
        )  # fmt: skip
        return b"".join(
            [head, blobs, answer_blob, encode_count(ours.kept_bytes), *ours.pieces,
             encode_count(theirs.kept_bytes), *theirs.pieces]
        )  # fmt: skip

    def segments(self) -> Segments | None:
        """Return what goes on copying after an answer that left HTTP; None when it is not copied."""
        answer = self._answer
        if answer is None or self.wish or self.is_noise:
            return None
        handshake = self._request.blobs + answer.blob
        times_us = self.started_us, self.first_byte_us
        # Both directions share one order, so they share one cap: what each may have, together.
        limit_bytes = 2 * self._limit_bytes
        return Segments(self.id, handshake, answer.head.status, self._request.flags, times_us, limit_bytes)

    def _drop_bodies(self) -> None:
        self.request.drop()
        self.response.drop()


def _wish_of(fields: Fields) -> Wish:
    match value_of(fields, CAPTURE):
        case None:
            return Wish.COPY
        case value:
            return {b"off": Wish.OFF, b"meta": Wish.META}.get(value.lower(), Wish.COPY)
