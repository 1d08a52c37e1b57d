"""When a tunnel hands over what it copied: segments, silence, ends, and what follows a segment that was dropped."""

from math import inf
from typing import cast

import pytest

from proxy.capture import IdSource
from proxy.counters import Counters
from proxy.ends import TunnelClient, UpstreamEnd
from proxy.gateway import Gateway
from proxy.segments import SEGMENT_BYTES, Segments
from proxy.tunnel import SEGMENT_SECONDS, Tunnel
from scorer.wire import SILENCE_SECONDS, End, Exchange, decode_exchange, encode_blobs
from tests.fakes.clock import ManualClock


class Ends:
    """Both ends of a connection, which take everything."""

    def __init__(self) -> None:
        self.deadline = inf
        self.owner: object = None
        self.transport = self

    def write(self, data: bytes) -> None:
        pass

    def close(self) -> None:
        pass

    def tunnel_over(self, *, is_cut: bool) -> None:
        pass


class Copied:
    """A tunnel whose time is set by hand, and what it shipped."""

    def __init__(self, limit_bytes: int = 1 << 20) -> None:
        self.clock = ManualClock()
        self.ends = Ends()
        self.told: list[Exchange] = []
        self.takes = True
        gateway = cast("Gateway", self)  # all that a tunnel asks of one stands below
        self.counters = Counters()
        self.ids = IdSource()
        segments = Segments(b"i" * 16, encode_blobs(b"GET", b"/ws", b"", b""), 101, 0, (1, 2), limit_bytes)
        self.tunnel = Tunnel(cast("TunnelClient", self.ends), cast("UpstreamEnd", self.ends), gateway, segments)

    def now(self) -> float:
        return self.clock.now

    def ship(self, data: bytes) -> bool:
        if self.takes:
            self.told.append(decode_exchange(data))
        return self.takes

    def pass_time(self, seconds: float) -> None:
        """Move the clock, and let the deadline fall due as the sweep does."""
        self.clock.advance(seconds)
        if self.now() >= self.ends.deadline:
            self.ends.deadline = inf
            self.tunnel.expire()

    def ends_told(self) -> list[tuple[int, End, int]]:
        return [(told.segment, told.end, told.request_body_bytes) for told in self.told]


def test_segment_waits_for_more_and_is_followed_by_silence_told_once() -> None:
    copied = Copied()

    copied.tunnel.request_data(b"one")
    copied.pass_time(SEGMENT_SECONDS / 2)
    copied.tunnel.request_data(b"two")
    copied.pass_time(SEGMENT_SECONDS / 2)
    copied.pass_time(SILENCE_SECONDS)
    copied.pass_time(100 * SILENCE_SECONDS)

    assert copied.ends_told() == [(0, End.OPEN, 6), (1, End.SILENT, 0)]
    assert copied.ends.deadline == inf


def test_bytes_after_a_segment_put_the_silence_off() -> None:
    copied = Copied()

    copied.tunnel.request_data(b"one")
    copied.pass_time(SEGMENT_SECONDS)
    copied.pass_time(SILENCE_SECONDS - 0.5)
    copied.tunnel.request_data(b"two")
    copied.pass_time(0.5)
    copied.pass_time(SEGMENT_SECONDS)

    assert copied.ends_told() == [(0, End.OPEN, 3), (1, End.OPEN, 3)]


def test_full_segment_is_shipped_at_once() -> None:
    copied = Copied()

    copied.tunnel.request_data(b"x" * SEGMENT_BYTES)

    assert copied.ends_told() == [(0, End.OPEN, SEGMENT_BYTES)]


@pytest.mark.parametrize("passed", [0, 3])
def test_end_is_told_with_what_passed_before_it_or_without(passed: int) -> None:
    copied = Copied()

    copied.tunnel.request_data(b"x" * passed)
    copied.tunnel.upstream_lost(None)
    copied.pass_time(100 * SILENCE_SECONDS)

    assert copied.ends_told() == [(0, End.COMPLETE, passed)]


def test_nothing_is_told_after_the_cap() -> None:
    copied = Copied(limit_bytes=4)

    copied.tunnel.request_data(b"12345")
    copied.tunnel.request_data(b"6")
    copied.pass_time(100 * SILENCE_SECONDS)
    copied.tunnel.client_lost()

    assert copied.ends_told() == [(0, End.CAPPED, 5)]


def test_dropped_segment_is_followed_by_the_news_of_its_loss_as_soon_as_copies_are_taken() -> None:
    copied = Copied()

    copied.tunnel.request_data(b"one")
    copied.pass_time(SEGMENT_SECONDS)
    copied.takes = False
    copied.tunnel.request_data(b"lost")
    for _ in range(3):
        copied.pass_time(SEGMENT_SECONDS)
    copied.takes = True
    copied.pass_time(SEGMENT_SECONDS)

    (_, first, _), (number, last, passed) = copied.ends_told()
    assert (first, last, passed) == (End.OPEN, End.OPEN, 0)
    assert number > 1


def test_silence_is_never_told_in_place_of_a_dropped_segment() -> None:
    copied = Copied()

    copied.tunnel.request_data(b"one")
    copied.takes = False
    copied.pass_time(SEGMENT_SECONDS)
    copied.takes = True
    copied.pass_time(SEGMENT_SECONDS)
    copied.pass_time(SILENCE_SECONDS)

    assert copied.ends_told() == [(1, End.OPEN, 0), (2, End.SILENT, 0)]


def test_cap_that_was_dropped_is_told_again() -> None:
    copied = Copied(limit_bytes=4)
    copied.takes = False

    copied.tunnel.request_data(b"12345")
    copied.takes = True
    copied.pass_time(SEGMENT_SECONDS)
    copied.pass_time(100 * SILENCE_SECONDS)

    assert copied.ends_told() == [(1, End.CAPPED, 0)]
