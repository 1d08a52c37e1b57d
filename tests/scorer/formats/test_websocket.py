"""Turns of a conversation over a WebSocket, as another implementation writes it, and what is none."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Opcode

from config.settings import ServiceSettings
from scorer.formats.base import Extract, HttpCopy, UnreadableError
from scorer.formats.registry import read_copy
from scorer.formats.websocket import (
    ASKED_LIMIT,
    MESSAGES_LIMIT,
    Compression,
    ConversationDecoder,
    ConversationState,
    Turn,
    compression_of,
    is_websocket,
    turn_copies,
    turn_of,
)
from scorer.model import CaptureOutcome
from scorer.wire import Direction, ExchangeKind, Flag, encode_piece
from tests.fakes.copies import cut_anywhere, wire_exchange
from tests.fakes.websocket_peer import ALL, COMPRESSIONS, Peer

LIMIT = 1 << 20
CLIENT, UPSTREAM = Direction.CLIENT, Direction.UPSTREAM


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


def test_too_many_messages_are_unreadable() -> None:
    decoder = ConversationDecoder(LIMIT, Compression())

    with pytest.raises(UnreadableError, match="messages"):
        decoder.feed([(UPSTREAM, b"\x81\x00" * (MESSAGES_LIMIT + 1))])


def read(turn: Turn, path: str, *, guess: bool = False) -> list[tuple[str, Any]]:
    return [read_copy(copy, ServiceSettings(id="default"), guess=guess) for copy in turn_copies(turn, path)]


def test_turn_of_json_is_read_as_a_stream_of_the_format_of_its_path() -> None:
    asked = json.dumps({"message": "What is the fee?", "session_id": "s-1"}).encode()
    turn = Turn(0, (asked,), (b'{"delta": "Ten "}', b'{\n"delta": "rupees."\n}'), is_whole=True)

    ((name, result),) = read(turn, "/chat")

    assert isinstance(result, Extract)
    assert (name, result.response, result.conversation_id) == ("rti_chat", "Ten rupees.", "s-1")


def test_binary_messages_are_read_like_text() -> None:
    client, server = Peer(is_client=True), Peer(is_client=False)
    asked, answered = b'{"message": "Who?"}', b'{"response": "Any one."}'

    (turn,) = turns_of(
        [(CLIENT, client.frame(asked, Opcode.BINARY)), (UPSTREAM, server.frame(answered, Opcode.BINARY))]
    )

    assert [getattr(result, "response", None) for _, result in read(turn, "/chat")] == ["Any one."] * 2


def test_each_message_may_have_asked_the_last_one_first() -> None:
    turn = Turn(0, (b'{"question": "Who?"}', b'{"type": "typing"}'), (b'{"answer": "Any citizen."}',), is_whole=True)

    results = [result for _, result in read(turn, "/ws", guess=True)]

    assert [isinstance(result, Extract) for result in results] == [False, False, True, True]


@pytest.mark.parametrize(("flags", "is_whole"), [(Flag.NONE, True), (Flag.RESPONSE_TRUNCATED, False)])
def test_turn_is_read_from_the_layout_in_which_it_waits(flags: Flag, is_whole: bool) -> None:
    pieces = [(CLIENT, b"Hm"), (CLIENT, b"Who?"), (UPSTREAM, b"Any"), (UPSTREAM, b"one")]
    body = b"".join(encode_piece(side, message) for side, message in pieces)

    turn = turn_of(wire_exchange(kind=ExchangeKind.WEBSOCKET_TURN, segment=3, flags=flags, request_body=body))

    assert turn == Turn(3, (b"Hm", b"Who?"), (b"Any", b"one"), is_whole)


def test_only_the_last_messages_are_taken_for_a_question() -> None:
    turn = Turn(0, (b"Who may apply?", *[b"{}"] * ASKED_LIMIT), (b"Any citizen.",), is_whole=True)

    assert [copy.request_body for copy in turn_copies(turn, "/ws")] == [b"{}"] * ASKED_LIMIT


def test_turn_that_is_not_whole_says_so() -> None:
    (copy,) = turn_copies(Turn(0, (b"Who?",), (b"Any ", b"citizen."), is_whole=False), "/ws", "room=1")

    assert isinstance(copy, HttpCopy)
    assert (copy.is_response_whole, copy.response_body, copy.query_string) == (False, b"Any citizen.", "room=1")
    assert copy.response_type() == "text/plain"


def test_single_message_of_json_may_be_a_whole_answer_or_a_stream_of_one() -> None:
    turn = Turn(0, (b'{"message": "Who?"}',), (b'{"response": "Any citizen."}',), is_whole=True)

    assert [copy.response_type() for copy in turn_copies(turn, "/chat")] == ["application/json", "text/event-stream"]
    assert [getattr(result, "response", None) for _, result in read(turn, "/chat")] == ["Any citizen."] * 2


@pytest.mark.parametrize(
    "message", ["Who may apply?", "fee?", "“How much”, he asked\nme", "शुल्क", "费用是多少", "¿Cuánto?"]
)
def test_words_of_a_person_are_a_question(message: str) -> None:
    ((name, result),) = read(Turn(0, (message.encode(),), (b"Ten ", b"rupees."), is_whole=True), "/ws")

    assert isinstance(result, Extract)
    assert (name, result.query, result.response) == ("plain_text", message, "Ten rupees.")


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (b"ping", b"pong pong"),
        (b'42["chat","how much is it?"]', b"43[]"),
        (b"SEND\ndestination:/a b\n\nhello\x00", b"RECEIPT\n\n\x00"),
        (b"\xff\xfe\x00", b"any thing"),
        (b"", b"any thing"),
        (b"Who may apply?", b"\xff\xfe"),
        (b"{}", b"{}"),
    ],
)
def test_messages_of_another_protocol_are_no_chat(asked: bytes, answered: bytes) -> None:
    results = read(Turn(0, (asked,), (answered,), is_whole=True), "/ws")

    assert {result.outcome for _, result in results} == {CaptureOutcome.NOT_CHAT}


@pytest.mark.parametrize("compression", COMPRESSIONS)
@given(data=st.data())
def test_reading_goes_on_from_a_state_that_was_written(data: st.DataObject, compression: Compression) -> None:
    """Cut anywhere, each piece read by a decoder of its own."""
    pieces = [(side, piece) for side, body in conversation(compression) for piece in cut_anywhere(data, body)]
    state, turns = ConversationState(), []

    for piece in pieces:
        decoder = ConversationDecoder(
            LIMIT, compression, ConversationState.model_validate_json(state.model_dump_json())
        )
        turns += decoder.feed([piece])
        state = decoder.state()

    assert [*turns, *ConversationDecoder(LIMIT, compression, state).finish(is_whole=True)] == WANTED


def test_pause_tells_the_open_turn_once_and_again_when_more_was_answered() -> None:
    client, server = Peer(is_client=True), Peer(is_client=False)
    decoder = ConversationDecoder(LIMIT, Compression())
    decoder.feed([(CLIENT, client.frame(b"Who?"))])

    silent = decoder.pause()
    decoder.feed([(UPSTREAM, server.frame(b"Any"))])
    first = decoder.pause() + decoder.pause()
    decoder.feed([(UPSTREAM, server.frame(b" one.")[:-1])])
    in_message = decoder.pause()
    decoder.feed([(UPSTREAM, b".")])
    last = decoder.feed([(CLIENT, client.frame(b"Why?"))])

    assert (silent, in_message) == ([], [])
    assert [turn.answered for turn in first] == [(b"Any",)]
    assert [(turn.number, turn.answered) for turn in last] == [(0, (b"Any", b" one."))]
    assert decoder.finish(is_whole=True) == []


def test_turn_that_was_told_in_a_pause_is_not_told_again_when_the_client_goes_on() -> None:
    client, server = Peer(is_client=True), Peer(is_client=False)
    decoder = ConversationDecoder(LIMIT, Compression())
    decoder.feed([(CLIENT, client.frame(b"Who?")), (UPSTREAM, server.frame(b"Any one."))])
    decoder.pause()

    assert decoder.feed([(CLIENT, client.frame(b"Why?")), (UPSTREAM, server.frame(b"So."))]) == []
    assert [turn.number for turn in decoder.finish(is_whole=True)] == [1]


def test_turn_bears_the_times_at_which_it_began_and_was_last_answered() -> None:
    client, server = Peer(is_client=True), Peer(is_client=False)
    decoder = ConversationDecoder(LIMIT, Compression())

    decoder.feed([(CLIENT, client.frame(b"Hm") + client.frame(b"Who?"))], 3)
    decoder.feed([(UPSTREAM, server.frame(b"Any"))], 5)
    decoder.feed([(UPSTREAM, server.frame(b"one") + server.frame(b"", Opcode.PING))], 7)
    decoder.feed([(UPSTREAM, server.frame(b"", Opcode.PING))], 9)
    (turn,) = decoder.finish(is_whole=True)

    assert (turn.asked_at, turn.answered_at) == (3, 7)


@pytest.mark.parametrize("is_orderly", [True, False])
def test_server_that_closed_in_the_protocols_words_has_said_all(is_orderly: bool) -> None:
    client, server = Peer(is_client=True), Peer(is_client=False)
    decoder = ConversationDecoder(LIMIT, Compression())
    closing = server.frame(b"Any.") + server.frame(b"", Opcode.CLOSE)
    decoder.feed([(CLIENT, client.frame(b"Who?")), (UPSTREAM, closing), (CLIENT, b"\x88")])

    assert [turn.is_whole for turn in decoder.finish(is_whole=is_orderly)] == [True]


@pytest.mark.parametrize(
    ("value", "wanted"), [("websocket", True), (" WebSocket", True), ("echo", False), ("h2c", False)]
)
def test_handshake_says_whether_it_is_a_websocket(value: str, wanted: bool) -> None:
    assert is_websocket([("x", "websocket"), ("upgrade", value)]) is wanted
