"""What names a copy in a queue (`scorer.wire.exchange_key`)."""

import uuid

import pytest

from scorer.wire import PROTOCOL_VERSION, ExchangeKind, WireError, encode_exchange, exchange_key, is_segment
from tests.fakes.copies import wire_exchange

ID = uuid.UUID("0192f3c4-7a10-7000-8000-0000000000ab")


def test_an_exchange_is_named_by_its_id() -> None:
    assert exchange_key(encode_exchange(wire_exchange(id=ID.bytes))) == str(ID)


def test_segments_of_one_connection_have_names_of_their_own() -> None:
    segments = [wire_exchange(id=ID.bytes, kind=ExchangeKind.WEBSOCKET_SEGMENT, segment=n) for n in (0, 1)]

    assert [exchange_key(encode_exchange(segment)) for segment in segments] == [f"{ID}.0", f"{ID}.1"]


def test_turn_told_again_with_more_of_its_answer_has_a_name_of_its_own() -> None:
    turns = [
        wire_exchange(id=ID.bytes, kind=ExchangeKind.WEBSOCKET_TURN, segment=2, response_body_bytes=size)
        for size in (10, 10, 12)
    ]

    names = [exchange_key(encode_exchange(turn)) for turn in turns]

    assert names == [f"{ID}.2.10", f"{ID}.2.10", f"{ID}.2.12"]


def test_what_is_kept_of_a_connection_has_one_name() -> None:
    kept = [wire_exchange(id=ID.bytes, kind=ExchangeKind.CONNECTION, segment=n) for n in (0, 1)]

    assert {exchange_key(encode_exchange(row)) for row in kept} == {f"{ID}.connection"}


@pytest.mark.parametrize("kind", ExchangeKind)
def test_segment_is_told_by_its_head(kind: ExchangeKind) -> None:
    data = encode_exchange(wire_exchange(kind=kind))

    assert is_segment(data) is (kind is ExchangeKind.WEBSOCKET_SEGMENT)
    assert not is_segment(data[:40])
    assert not is_segment((PROTOCOL_VERSION + 1).to_bytes(2) + data[2:])


@pytest.mark.parametrize("data", [b"", b"\x00", PROTOCOL_VERSION.to_bytes(2) + bytes(10), bytes(200)])
def test_bytes_without_an_id_are_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        exchange_key(data)
