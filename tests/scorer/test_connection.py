"""One connection that left HTTP: which turns its segments give, wherever they are cut and whoever reads them."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer import wire
from scorer.connection import TURNS_LIMIT, Connection
from scorer.formats.base import UnreadableError
from scorer.formats.websocket import Compression
from scorer.model import CaptureOutcome
from scorer.wire import SILENCE_SECONDS, End, ExchangeKind, Flag
from tests.fakes.chat_segments import CLIENT, Chat, Piece, extensions_of, make_segment, said_in
from tests.fakes.websocket_peer import COMPRESSIONS

LIMIT = 1 << 20


class Reader:
    """A connection, and what it gave."""

    def __init__(self, first: wire.Exchange) -> None:
        self.connection = Connection.begin(first)
        self.turns: list[wire.Exchange] = []
        self.losses: list[tuple[CaptureOutcome, str]] = []
        self.is_over = False
        self.passed_over = 0
        self.take(first)

    def take(self, segment: wire.Exchange, limit: int = LIMIT) -> list[wire.Exchange]:
        step = self.connection.advance(segment, limit)
        self.turns += step.turns
        self.passed_over += step.passed_over
        self.losses += [(step.loss.outcome, step.loss.reason)] if step.loss else []
        self.is_over = step.is_over
        return list(step.turns)

    def said(self) -> list[tuple[int, list[str], str]]:
        return [(turn.segment, *said_in(turn)) for turn in self.turns]


def talk(chat: Chat) -> list[Piece]:
    return [
        chat.answers("welcome"),
        chat.asks("hm"), chat.asks("What is the fee?"),
        chat.answers("Ten "), chat.pings(), chat.answers("rupees. " * 50),
        chat.asks("Who may appeal?"), chat.answers("Any "), chat.answers("citizen."), chat.closes(),
    ]  # fmt: skip


TALK = [(0, ["hm", "What is the fee?"], "Ten " + "rupees. " * 50), (1, ["Who may appeal?"], "Any citizen.")]


@pytest.mark.parametrize("compression", COMPRESSIONS)
@given(data=st.data())
def test_segments_cut_anywhere_and_read_by_anyone_give_the_same_turns(
    data: st.DataObject, compression: Compression
) -> None:
    bytes_in_order = [(side, bytes([byte])) for side, piece in talk(Chat(compression)) for byte in piece]
    places = sorted(data.draw(st.lists(st.integers(0, len(bytes_in_order)), max_size=8)))
    cuts = [bytes_in_order[start:end] for start, end in pairwise([0, *places, len(bytes_in_order)])]
    reader = Reader(make_segment(0, cuts[0], response_head=extensions_of(compression)))

    for number, cut in enumerate(cuts[1:], 1):
        if data.draw(st.booleans()):  # another process goes on, and is given the last segment once more
            reader.connection = Connection.restore(wire.decode_exchange(reader.connection.kept()))
            assert reader.take(make_segment(number - 1, cuts[number - 1])) == []
        reader.take(make_segment(number, cut, at_seconds=1))
    reader.take(make_segment(len(cuts), end=End.COMPLETE))

    assert reader.said() == TALK
    assert reader.is_over
    assert not reader.losses


def test_turn_is_told_when_the_client_goes_on() -> None:
    chat = Chat()
    reader = Reader(make_segment(0, [chat.asks("Who?"), chat.answers("Any one.")]))
    assert not reader.turns

    (turn,) = reader.take(make_segment(1, [chat.asks("Why?")]))

    assert (turn.kind, turn.end, turn.flags) == (ExchangeKind.WEBSOCKET_TURN, End.COMPLETE, Flag.NONE)
    assert (turn.method, turn.target, turn.status) == (b"GET", b"/chat", 101)
    assert (turn.started_us, turn.ended_us) == (0, make_segment(0).ended_us)
    assert (turn.request_body_bytes, turn.response_body_bytes) == (4, 8)


def test_silence_tells_the_open_turn_and_more_of_its_answer_tells_it_again() -> None:
    chat = Chat()
    reader = Reader(make_segment(0, [chat.asks("Who?"), chat.answers("Any")]))

    first = reader.take(make_segment(1, end=End.SILENT)) + reader.take(make_segment(2, end=End.SILENT))
    reader.take(make_segment(3, [chat.answers(" one.")]))
    again = reader.take(make_segment(4, end=End.COMPLETE))

    assert [said_in(turn) for turn in first + again] == [(["Who?"], "Any"), (["Who?"], "Any one.")]
    names = [wire.exchange_key(wire.encode_exchange(turn)) for turn in first + again]
    assert len(set(names)) == 2


def test_pings_do_not_put_silence_off() -> None:
    chat = Chat()
    reader = Reader(make_segment(0, [chat.asks("Who?"), chat.answers("Any one.")], at_seconds=1))

    early = reader.take(make_segment(1, [chat.pings()], at_seconds=1 + SILENCE_SECONDS / 2))
    late = reader.take(make_segment(2, [chat.pings()], at_seconds=1 + SILENCE_SECONDS))

    assert early == []
    assert [said_in(turn) for turn in late] == [(["Who?"], "Any one.")]


def test_silence_in_the_middle_of_a_message_tells_nothing() -> None:
    chat = Chat()
    side, message = chat.answers("Any one.")
    reader = Reader(make_segment(0, [chat.asks("Who?"), chat.answers("Hm. "), (side, message[:-1])]))

    assert reader.take(make_segment(1, end=End.SILENT)) == []


@pytest.mark.parametrize("end", [End.CLIENT_GONE, End.UPSTREAM_RESET, End.CAPPED])
def test_last_turn_of_a_connection_that_was_cut_says_so(end: End) -> None:
    chat = Chat()
    reader = Reader(make_segment(0, [chat.asks("Who?"), chat.answers("Any"), chat.asks("Why?"), chat.answers("So")]))

    (last,) = reader.take(make_segment(1, end=end))

    assert [(turn.end, turn.flags) for turn in reader.turns] == [
        (End.COMPLETE, Flag.NONE),
        (end, Flag.RESPONSE_TRUNCATED),
    ]
    assert (last.segment, reader.is_over) == (1, True)


def test_turn_before_the_last_is_whole_though_both_come_with_the_end() -> None:
    chat = Chat()
    pieces = [chat.asks("Who?"), chat.answers("Any"), chat.asks("Why?"), chat.answers("So")]

    reader = Reader(make_segment(0, pieces, End.CLIENT_GONE))

    assert [turn.end for turn in reader.turns] == [End.COMPLETE, End.CLIENT_GONE]


@pytest.mark.parametrize("end", [End.OPEN, End.SILENT, End.COMPLETE, End.CAPPED])
def test_missing_segment_makes_the_rest_unreadable_and_tells_no_turn_of_it(end: End) -> None:
    chat = Chat()
    reader = Reader(make_segment(0, [chat.asks("Who?"), chat.answers("Any one.")]))
    chat.answers("lost")

    reader.take(make_segment(2, [chat.answers(" And so on."), chat.asks("Why?")], end))
    if not reader.is_over:
        reader.take(make_segment(3, [chat.answers("So.")]))
        reader.take(make_segment(5, end=End.COMPLETE))

    assert reader.turns == []
    assert reader.losses == [(CaptureOutcome.UNREADABLE, "a segment of the connection was dropped")]
    assert reader.is_over


def test_connection_whose_first_segment_is_missing_is_counted_once() -> None:
    chat = Chat()
    reader = Reader(make_segment(1, [chat.asks("Who?"), chat.answers("Any one.")]))

    reader.take(make_segment(2, [chat.asks("Why?")]))
    reader.connection = Connection.restore(wire.decode_exchange(reader.connection.kept()))
    reader.take(make_segment(4, end=End.COMPLETE))

    assert (reader.turns, len(reader.losses), reader.is_over) == ([], 1, True)


def test_damaged_frame_ends_the_reading_and_keeps_the_turns_before_it() -> None:
    chat = Chat()
    asked, answered, again = chat.asks("Who?"), chat.answers("Any one."), chat.asks("Why?")

    reader = Reader(make_segment(0, [asked, answered, again, (CLIENT, b"\x83\x00")]))
    reader.take(make_segment(1, [chat.answers("So."), chat.asks("And?")]))

    assert reader.said() == [(0, ["Who?"], "Any one.")]
    assert [outcome for outcome, _ in reader.losses] == [CaptureOutcome.UNREADABLE]


def test_messages_beyond_the_limit_are_unreadable() -> None:
    reader = Reader(make_segment(0))

    reader.take(make_segment(1, [Chat().asks("x" * 100)]), limit=50)

    assert [outcome for outcome, _ in reader.losses] == [CaptureOutcome.UNREADABLE]


def test_pieces_that_are_none_are_unreadable() -> None:
    reader = Reader(make_segment(0))

    reader.take(replace(make_segment(1), request_body=b"\x00"))

    assert [outcome for outcome, _ in reader.losses] == [CaptureOutcome.UNREADABLE]


def test_upgrade_to_another_protocol_is_no_chat_and_counts_nothing() -> None:
    reader = Reader(make_segment(0, [(CLIENT, b"\x83\x00")], response_head=b"Upgrade: echo\r\n"))

    reader.take(make_segment(1, end=End.COMPLETE))

    assert (reader.turns, reader.losses, reader.is_over) == ([], [], True)


def test_turns_that_no_format_could_read_are_passed_over_and_keep_their_numbers() -> None:
    chat = Chat()
    pieces = [
        chat.asks("ping"), chat.answers("pong"), chat.asks("42[1]"), chat.answers("43[2]"),
        chat.asks("Who may apply?"), chat.answers("Any citizen."),
    ]  # fmt: skip
    connection = Connection.begin(make_segment(0, pieces, End.CLIENT_GONE))

    step = connection.advance(make_segment(0, pieces, End.CLIENT_GONE), LIMIT)

    assert [(turn.segment, said_in(turn), turn.end) for turn in step.turns] == [
        (2, (["Who may apply?"], "Any citizen."), End.CLIENT_GONE)
    ]
    assert step.passed_over == 2


@pytest.mark.parametrize("size", [1, 7])
def test_connection_with_more_turns_than_any_chat_is_read_no_further(size: int) -> None:
    chat = Chat()
    talks = [[chat.asks(f"{number}?"), chat.answers("{}")] for number in range(TURNS_LIMIT + 20)]
    reader = Reader(make_segment(0))

    for number, start in enumerate(range(0, len(talks), size), 1):
        pieces = [piece for talk_ in talks[start : start + size] for piece in talk_]
        reader.take(make_segment(number, pieces, at_seconds=1))

    assert (len(reader.turns), reader.passed_over) == (0, TURNS_LIMIT)
    assert reader.losses == [(CaptureOutcome.NOT_CHAT, "a connection has more than 1000 turns")]


@pytest.mark.parametrize("is_read", [True, False])
def test_connection_whose_end_never_comes_tells_what_was_answered_as_cut(is_read: bool) -> None:
    chat = Chat()
    reader = Reader(make_segment(0, [chat.asks("Who?"), chat.answers("Any")]))
    if not is_read:
        reader.connection.give_up("for a test")

    step = reader.connection.end()

    assert step.is_over
    assert [(turn.end, turn.flags) for turn in step.turns] == [(End.UPSTREAM_RESET, Flag.RESPONSE_TRUNCATED)] * is_read


def test_what_is_kept_is_bounded_by_the_open_turn_and_the_compressed_context() -> None:
    chat = Chat(Compression(is_on=True))
    reader = Reader(make_segment(0, response_head=extensions_of(Compression(is_on=True))))

    for number in range(1, 60):
        reader.take(make_segment(number, [chat.asks(f"Question {number}?"), chat.answers(f"{number} " * 500)]))

    assert len(reader.turns) == 58
    assert reader.connection.size_bytes() < 70_000
    assert len(reader.connection.kept()) < 100_000


def test_connection_kept_by_another_version_is_unreadable() -> None:
    kept = wire.decode_exchange(Connection.begin(make_segment(0)).kept())

    with pytest.raises(UnreadableError, match="not of this version"):
        Connection.restore(replace(kept, request_body=b'{"turns": "many"}'))
