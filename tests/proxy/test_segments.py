"""The copy of a connection that left HTTP."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.segments import SEGMENT_BYTES, Segments
from scorer.wire import Direction, End, Exchange, ExchangeKind, decode_exchange, decode_pieces, encode_blobs

CLIENT, UPSTREAM = Direction.CLIENT, Direction.UPSTREAM
pieces = st.lists(st.tuples(st.sampled_from(Direction), st.binary(min_size=1, max_size=30)))


def begun(limit: int = 1000) -> Segments:
    return Segments(b"i" * 16, encode_blobs(b"GET", b"/ws", b"Host: b\r\n", b"A: 1\r\n"), 101, 0, (1, 2), limit)


def taken(segments: Segments, end: End = End.OPEN) -> Exchange:
    data = segments.take(end, 3)
    assert data is not None
    return decode_exchange(data)


def test_first_segment_carries_the_handshake_and_later_ones_do_not() -> None:
    segments = begun()
    segments.write(CLIENT, b"ask")
    first = taken(segments)
    segments.write(UPSTREAM, b"answer")
    second = taken(segments, End.CLIENT_GONE)

    assert (first.kind, first.segment, first.status) == (ExchangeKind.WEBSOCKET_SEGMENT, 0, 101)
    assert (first.method, first.target, first.request_head, first.response_head) == (
        b"GET", b"/ws", b"Host: b\r\n", b"A: 1\r\n",
    )  # fmt: skip
    assert (second.segment, second.method, second.end) == (1, b"", End.CLIENT_GONE)
    assert decode_pieces(second.request_body) == [(UPSTREAM, b"answer")]
    assert (second.request_body_bytes, second.response_body_bytes) == (0, 6)


@given(pieces, st.integers(0, 200))
def test_pieces_come_in_order_up_to_the_cap(written: list[tuple[Direction, bytes]], limit: int) -> None:
    segments = begun(limit)

    for direction, data in written:
        segments.write(direction, data)
    copied = decode_pieces(taken(segments).request_body)

    whole = [(direction, byte) for direction, data in written for byte in data]
    assert [(direction, byte) for direction, data in copied for byte in data] == whole[:limit]


def test_last_segment_before_the_cap_says_so_and_nothing_follows() -> None:
    segments = begun(5)
    segments.write(CLIENT, b"123456")

    assert segments.is_due
    assert taken(segments).end == End.CAPPED
    segments.write(CLIENT, b"7")
    assert segments.is_empty
    assert segments.take(End.UPSTREAM_RESET, 4) is None


def test_segment_is_due_when_it_is_full() -> None:
    segments = begun(10 * SEGMENT_BYTES)
    segments.write(CLIENT, b"x" * (SEGMENT_BYTES - 1))

    assert not segments.is_due
    segments.write(UPSTREAM, b"y")
    assert segments.is_due


def test_nothing_is_told_while_nothing_passes_but_silence_and_the_end() -> None:
    segments = begun()
    taken(segments)

    assert segments.take(End.OPEN, 4) is None
    silent, last = taken(segments, End.SILENT), taken(segments, End.COMPLETE)

    assert [(told.segment, told.end, told.request_body) for told in (silent, last)] == [
        (1, End.SILENT, b""),
        (2, End.COMPLETE, b""),
    ]
    assert segments.is_over
    assert segments.take(End.CLIENT_GONE, 5) is None


def test_segment_that_was_dropped_leaves_a_gap_which_the_next_one_shows_at_once() -> None:
    segments = begun()
    taken(segments)
    segments.write(CLIENT, b"lost")
    taken(segments)

    segments.lost()

    assert (taken(segments).segment, segments.take(End.OPEN, 4)) == (2, None)


def test_last_segment_that_was_dropped_is_told_again_without_its_bytes() -> None:
    segments = begun(5)
    segments.write(CLIENT, b"123456")
    taken(segments)

    segments.lost()
    again = taken(segments)

    assert (again.segment, again.end, again.request_body) == (1, End.CAPPED, b"")
