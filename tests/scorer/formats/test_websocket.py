"""Frames as another implementation writes them, turns of a conversation, and what is no WebSocket."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from config.settings import ServiceSettings
from scorer.formats.base import Extract, HttpCopy, UnreadableError
from scorer.formats.registry import read_copy
from scorer.formats.websocket import (
    FRAGMENTS_LIMIT,
    MESSAGES_LIMIT,
    Compression,
    ConversationDecoder,
    MessageDecoder,
    Turn,
    compression_of,
    turn_copies,
)
from scorer.wire import Direction
from tests.fakes.copies import cut_anywhere

LIMIT = 1 << 20
CLIENT, UPSTREAM = Direction.CLIENT, Direction.UPSTREAM
ALL = Compression(is_on=True)


class Peer:
    """One side's sender, by the `websockets` package."""

    def __init__(self, *, is_client: bool, compression: Compression = Compression()) -> None:  # noqa: B008  frozen
        self._is_client = is_client
        keeps = compression.keeps_client_context if is_client else compression.keeps_server_context
        self._extensions = [PerMessageDeflate(not keeps, not keeps, 15, 15)] if compression.is_on else []

    def frame(self, data: bytes, opcode: Opcode = Opcode.TEXT, *, fin: bool = True) -> bytes:
        return Frame(opcode, data, fin).serialize(mask=self._is_client, extensions=self._extensions)

    def fragments(self, *parts: bytes) -> bytes:
        opcodes = [Opcode.TEXT, *[Opcode.CONT] * (len(parts) - 1)]
        return b"".join(
            self.frame(part, opcode, fin=place == len(parts) - 1)
            for place, (part, opcode) in enumerate(zip(parts, opcodes, strict=True))
        )


def turns_of(pieces: Iterable[tuple[Direction, bytes]], compression: Compression = Compression()) -> list[Turn]:  # noqa: B008  frozen
    decoder = ConversationDecoder(LIMIT, compression)
    return [*decoder.feed(pieces), *decoder.finish(is_whole=True)]


def conversation(compression: Compression) -> list[tuple[Direction, bytes]]:
    """Two turns with fragments, a ping, a large frame and the close, as they pass."""
    client, server = (Peer(is_client=is_client, compression=compression) for is_client in (True, False))
    return [
        (UPSTREAM, server.frame(b"welcome")),
        (CLIENT, client.frame(b"typing") + client.fragments(b"What is ", b"the ", b"fee?")),
        (UPSTREAM, server.frame("Ten ₹.".encode()) + server.frame(b"", Opcode.PING)),
        (CLIENT, client.frame(b"", Opcode.PONG)),
        (UPSTREAM, server.frame(b"Rule 3. " * 10_000)),
        (CLIENT, client.frame(b"Who may appeal? " * 20)),
        (UPSTREAM, server.fragments(b"Any ", b"citizen.") + server.frame(b"", Opcode.CLOSE) + b"rest"),
    ]


WANTED = [
    Turn(0, (b"typing", b"What is the fee?"), ("Ten ₹.".encode(), b"Rule 3. " * 10_000), is_whole=True),
    Turn(1, (b"Who may appeal? " * 20,), (b"Any citizen.",), is_whole=True),
]
COMPRESSIONS = [Compression(), ALL, Compression(is_on=True, keeps_client_context=False, keeps_server_context=False)]


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_conversation_is_read_in_turns(compression: Compression) -> None:
    assert turns_of(conversation(compression), compression) == WANTED


@given(st.data(), st.sampled_from(COMPRESSIONS))
def test_pieces_cut_anywhere_give_the_same_turns(data: st.DataObject, compression: Compression) -> None:
    pieces = [
        (side, piece) for side, body in conversation(compression) for piece in cut_anywhere(data, body)
    ]  # fmt: skip

    assert turns_of(pieces, compression) == WANTED


@given(st.integers(0, 200), st.booleans())
def test_connection_that_breaks_off_gives_what_was_whole(end: int, is_compressed: bool) -> None:
    compression = Compression(is_on=is_compressed)
    client, server = (Peer(is_client=is_client, compression=compression) for is_client in (True, False))
    answer = b"".join(server.frame(piece) for piece in (b"Any ", b"citizen ", b"may apply."))
    decoder = ConversationDecoder(LIMIT, compression)

    turns = decoder.feed([(CLIENT, client.frame(b"Who?")), (UPSTREAM, answer[:end])]) + decoder.finish(is_whole=False)

    assert all(b"Any citizen may apply.".startswith(b"".join(turn.answered)) and not turn.is_whole for turn in turns)


def test_orderly_end_in_the_middle_of_a_message_is_not_whole() -> None:
    server = Peer(is_client=False)
    pieces = [(CLIENT, Peer(is_client=True).frame(b"Who?")), (UPSTREAM, server.frame(b"Any") + server.frame(b"x")[:-1])]

    assert turns_of(pieces) == [Turn(0, (b"Who?",), (b"Any",), is_whole=False)]


def test_question_without_an_answer_is_no_turn() -> None:
    assert turns_of([(CLIENT, Peer(is_client=True).frame(b"Who?"))]) == []


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("permessage-deflate", ALL),
        ("permessage-deflate; client_max_window_bits=12", ALL),
        ("x-other, Permessage-Deflate; server_no_context_takeover", Compression(True, True, False)),
        ("permessage-deflate;client_no_context_takeover", Compression(True, False, True)),
        ("x-webkit-deflate-frame", Compression()),
    ],
)
def test_compression_is_what_the_handshake_agreed_on(value: str, wanted: Compression) -> None:
    assert compression_of([("upgrade", "websocket"), ("sec-websocket-extensions", value)]) == wanted


def test_handshake_without_extensions_compresses_nothing() -> None:
    assert compression_of([("upgrade", "websocket")]) == Compression()


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


def test_too_many_messages_are_unreadable() -> None:
    decoder = ConversationDecoder(LIMIT, Compression())

    with pytest.raises(UnreadableError, match="messages"):
        decoder.feed([(UPSTREAM, b"\x81\x00" * (MESSAGES_LIMIT + 1))])


def test_too_many_fragments_are_unreadable() -> None:
    with pytest.raises(UnreadableError, match="frames"):
        MessageDecoder(LIMIT).feed(b"\x01\x00" + b"\x00\x00" * FRAGMENTS_LIMIT)


def read(turn: Turn, path: str, *, guess: bool = False) -> list[tuple[str, Any]]:
    return [read_copy(copy, ServiceSettings(id="default"), guess=guess) for copy in turn_copies(turn, path)]


def test_turn_of_json_is_read_as_a_stream_of_the_format_of_its_path() -> None:
    asked = json.dumps({"message": "What is the fee?", "session_id": "s-1"}).encode()
    turn = Turn(0, (asked,), (b'{"delta": "Ten "}', b'{\n"delta": "rupees."\n}'), is_whole=True)

    ((name, result),) = read(turn, "/chat")

    assert isinstance(result, Extract)
    assert (name, result.response, result.conversation_id) == ("rti_chat", "Ten rupees.", "s-1")


def test_each_message_may_have_asked_the_last_one_first() -> None:
    turn = Turn(0, (b'{"question": "Who?"}', b'{"type": "typing"}'), (b'{"answer": "Any citizen."}',), is_whole=True)

    typing, asked = read(turn, "/ws", guess=True)

    assert not isinstance(typing[1], Extract)
    assert isinstance(asked[1], Extract)


def test_turn_that_is_not_whole_says_so() -> None:
    (copy,) = turn_copies(Turn(0, (b"Who?",), (b"Any ", b"citizen."), is_whole=False), "/ws", "room=1")

    assert isinstance(copy, HttpCopy)
    assert (copy.is_response_whole, copy.response_body, copy.query_string) == (False, b"Any citizen.", "room=1")
    assert (copy.request_type(), copy.response_type()) == ("text/plain", "text/plain")
