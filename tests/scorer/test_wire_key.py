"""What names a copy in a queue (`scorer.wire.exchange_key`)."""

import uuid

import pytest

from scorer.wire import PROTOCOL_VERSION, ExchangeKind, WireError, encode_exchange, exchange_key
from tests.fakes.copies import wire_exchange

ID = uuid.UUID("0192f3c4-7a10-7000-8000-0000000000ab")


def test_an_exchange_is_named_by_its_id() -> None:
    assert exchange_key(encode_exchange(wire_exchange(id=ID.bytes))) == str(ID)


def test_segments_of_one_connection_have_names_of_their_own() -> None:
    segments = [wire_exchange(id=ID.bytes, kind=ExchangeKind.WEBSOCKET_SEGMENT, segment=n) for n in (0, 1)]

    assert [exchange_key(encode_exchange(segment)) for segment in segments] == [f"{ID}.0", f"{ID}.1"]


@pytest.mark.parametrize("data", [b"", b"\x00", PROTOCOL_VERSION.to_bytes(2) + bytes(10), bytes(200)])
def test_bytes_without_an_id_are_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        exchange_key(data)
