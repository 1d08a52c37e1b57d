"""The layout of a copied exchange, shared by proxy and engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer import wire
from scorer.wire import Direction, End, Exchange, ExchangeKind, Flag, WireError

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


@given(st.lists(st.tuples(st.sampled_from(Direction), st.binary(max_size=50))))
def test_pieces_of_a_segment_come_back_in_order(pieces: list[tuple[Direction, bytes]]) -> None:
    body = b"".join(wire.encode_piece(direction, data) for direction, data in pieces)

    assert wire.decode_pieces(body) == pieces


@pytest.mark.parametrize("body", [b"\x00", b"\x00\x00\x00\x00\x02a", b"\x02\x00\x00\x00\x01a"])
def test_pieces_that_are_cut_or_of_nobody_are_refused(body: bytes) -> None:
    with pytest.raises(WireError):
        wire.decode_pieces(body)
