"""Frames as another implementation writes them, and what is no WebSocket."""

import pytest

from scorer.formats.base import UnreadableError
from scorer.formats.websocket_frames import FRAGMENTS_LIMIT, MessageDecoder
from tests.fakes.websocket_peer import ALL, Peer

LIMIT = 1 << 20


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x83\x00", "unknown opcode"),
        (b"\xc1\x00", "extension"),
        (b"\xa1\x00", "extension"),
        (b"\x80\x00", "fragments"),
        (b"\x01\x00\x81\x00", "fragments"),
        (b"\x09\x00", "control frames"),
        (b"\x89\x7e\x00\x7e", "control frames"),
        (b"\x82\x7f\x80" + bytes(7), "exceeds the limit"),
        (b"GET / HTTP/1.1\r\n", "unknown opcode|extension"),
    ],
)
def test_bytes_that_break_the_protocol_are_unreadable(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        MessageDecoder(LIMIT).feed(data)


@pytest.mark.parametrize("data", [b"\xc9\x00", b"\x41\x00\xc0\x00"])
def test_compression_is_marked_at_a_messages_first_frame_alone(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="extension"):
        MessageDecoder(LIMIT, is_compressed=True).feed(data)


def test_compressed_message_that_is_damaged_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="damaged"):
        MessageDecoder(LIMIT, is_compressed=True).feed(b"\xc1\x02\xff\xff")


def test_message_that_ends_its_compressed_stream_is_followed_by_another() -> None:
    # RFC 7692, section 7.2.3.4: "Hello" in a block that is marked as the last one.
    frame = b"\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00"

    assert MessageDecoder(LIMIT, is_compressed=True).feed(frame * 2) == [b"Hello", b"Hello"]


def test_bomb_ends_at_the_limit() -> None:
    bomb = Peer(is_client=False, compression=ALL).frame(bytes(8 * LIMIT))

    with pytest.raises(UnreadableError, match="exceed the limit"):
        MessageDecoder(LIMIT, is_compressed=True).feed(bomb)


def test_messages_together_end_at_the_limit() -> None:
    peer = Peer(is_client=False)
    decoder = MessageDecoder(10)

    assert decoder.feed(peer.frame(b"12345") + peer.frame(b"67890")) == [b"12345", b"67890"]
    with pytest.raises(UnreadableError, match="exceed the limit"):
        decoder.feed(peer.frame(b"1"))


def test_fragments_together_end_at_the_limit() -> None:
    with pytest.raises(UnreadableError, match="exceed the limit"):
        MessageDecoder(10).feed(Peer(is_client=False).fragments(b"123456", b"789012"))


def test_too_many_fragments_are_unreadable() -> None:
    with pytest.raises(UnreadableError, match="frames"):
        MessageDecoder(LIMIT).feed(b"\x01\x00" + b"\x00\x00" * FRAGMENTS_LIMIT)
