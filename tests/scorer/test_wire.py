"""The layout shared by proxy and engine."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer import wire
from scorer.wire import Direction, End, Exchange, ExchangeKind, Flag, FrameKind, FrameReader, WireError

blobs = st.binary(max_size=30)
longs = st.integers(0, 2**64 - 1)
exchanges = st.builds(
    Exchange,
    id=st.binary(min_size=16, max_size=16),
    kind=st.sampled_from(ExchangeKind),
    end=st.sampled_from(End),
    flags=st.integers(0, 63).map(Flag),
    status=st.integers(0, 65535),
    segment=st.integers(0, 2**32 - 1),
    started_us=longs,
    first_byte_us=longs,
    ended_us=longs,
    request_body_bytes=longs,
    response_body_bytes=longs,
    method=blobs,
    target=blobs,
    request_head=blobs,
    response_head=blobs,
    request_body=blobs,
    response_body=blobs,
)
frames = st.lists(st.tuples(st.sampled_from(FrameKind), longs, st.binary(max_size=40)), max_size=6)


@given(exchanges)
def test_exchange_survives_its_bytes(exchange: Exchange) -> None:
    data = wire.encode_exchange(exchange)

    assert wire.decode_exchange(data) == exchange
    assert wire.exchange_version(data) == wire.PROTOCOL_VERSION


@given(exchanges, st.data())
def test_exchange_cut_anywhere_is_refused(exchange: Exchange, data: st.DataObject) -> None:
    encoded = wire.encode_exchange(exchange)
    place = data.draw(st.integers(0, len(encoded) - 1))

    with pytest.raises(WireError):
        wire.decode_exchange(encoded[:place])


@given(exchanges, st.binary(min_size=1, max_size=5))
def test_exchange_with_bytes_behind_it_is_refused(exchange: Exchange, more: bytes) -> None:
    with pytest.raises(WireError):
        wire.decode_exchange(wire.encode_exchange(exchange) + more)


@given(exchanges)
def test_exchange_of_another_version_is_refused(exchange: Exchange) -> None:
    encoded = (wire.PROTOCOL_VERSION + 1).to_bytes(2) + wire.encode_exchange(exchange)[2:]

    assert wire.exchange_version(encoded) == wire.PROTOCOL_VERSION + 1
    with pytest.raises(WireError, match="version"):
        wire.decode_exchange(encoded)


@given(exchanges, st.sampled_from([18, 19]))
def test_exchange_of_an_unknown_kind_or_end_is_refused(exchange: Exchange, place: int) -> None:
    encoded = bytearray(wire.encode_exchange(exchange))
    encoded[place] = 200

    with pytest.raises(WireError):
        wire.decode_exchange(bytes(encoded))


@given(st.lists(st.binary(max_size=30), max_size=6))
def test_batch_survives_its_bytes(encoded: list[bytes]) -> None:
    assert wire.decode_batch(wire.encode_batch(encoded)) == encoded


@given(st.lists(st.binary(max_size=30), max_size=6), st.data())
def test_batch_cut_anywhere_is_refused(encoded: list[bytes], data: st.DataObject) -> None:
    payload = wire.encode_batch(encoded)
    place = data.draw(st.integers(0, len(payload) - 1))

    with pytest.raises(WireError):
        wire.decode_batch(payload[:place])


def test_batch_with_bytes_behind_it_is_refused() -> None:
    with pytest.raises(WireError):
        wire.decode_batch(wire.encode_batch([b"a"]) + b"b")


@given(st.text(max_size=20).filter(lambda text: text.isascii()))
def test_hello_survives_its_bytes(build: str) -> None:
    frames = FrameReader().feed(wire.encode_hello(build))

    assert [(kind, sequence) for kind, sequence, _ in frames] == [(FrameKind.HELLO, 0)]
    assert wire.decode_hello(frames[0][2]) == (wire.PROTOCOL_VERSION, build)


@pytest.mark.parametrize("payload", [b"", b"ENDR", b"ENDR\x00", b"HTTP\x00\x01x"])
def test_hello_that_is_short_or_not_ours_is_refused(payload: bytes) -> None:
    with pytest.raises(WireError):
        wire.decode_hello(payload)


@given(frames, st.lists(st.integers(0, 400)))
def test_frames_are_read_wherever_the_stream_is_cut(sent: list[tuple[FrameKind, int, bytes]], cuts: list[int]) -> None:
    stream = b"".join(wire.encode_frame(*frame) for frame in sent)
    edges = sorted({0, len(stream), *(place for place in cuts if place < len(stream))})
    reader = FrameReader()

    received = []
    for start, end in pairwise(edges):
        received += reader.feed(stream[start:end])

    assert received == sent


@pytest.mark.parametrize("length", [0, 8, wire.FRAME_LIMIT_BYTES + 1, 2**32 - 1])
def test_frame_of_an_impossible_length_is_refused_at_its_head(length: int) -> None:
    with pytest.raises(WireError):
        FrameReader().feed(length.to_bytes(4) + bytes(9))


def test_frame_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(WireError):
        FrameReader().feed((9).to_bytes(4) + b"\xff" + bytes(8))


@given(st.lists(st.tuples(st.sampled_from(Direction), st.binary(max_size=50))))
def test_pieces_of_a_segment_come_back_in_order(pieces: list[tuple[Direction, bytes]]) -> None:
    body = b"".join(wire.encode_piece(direction, data) for direction, data in pieces)

    assert wire.decode_pieces(body) == pieces


@pytest.mark.parametrize("body", [b"\x00", b"\x00\x00\x00\x00\x02a", b"\x02\x00\x00\x00\x01a"])
def test_pieces_that_are_cut_or_of_nobody_are_refused(body: bytes) -> None:
    with pytest.raises(WireError):
        wire.decode_pieces(body)


def test_batch_frame_is_the_frame_of_the_batch() -> None:
    exchanges = [b"one", b"", b"three"]

    frame = wire.encode_batch_frame(7, exchanges, sum(len(data) + 4 for data in exchanges))

    assert frame == wire.encode_frame(FrameKind.BATCH, 7, wire.encode_batch(exchanges))
