"""Turns of a WebSocket, read as exchanges of their own."""

import json
from dataclasses import replace
from typing import Any

import pytest

from config.presets import load_presets
from config.settings import JsonMapping, ServiceMatch, ServiceSettings
from scorer import wire
from scorer.connection import Connection
from scorer.intake import Intake
from scorer.model import CaptureOutcome, Exchange, Unscored
from scorer.policy import PolicyBook
from scorer.wire import End
from tests.fakes.chat_segments import ID_TEXT, Chat, make_segment
from tests.fakes.copies import STARTED_US

DESK = ServiceSettings(
    id="desk",
    match=ServiceMatch(host="desk.example", path_prefix="/live"),
    mappings=(JsonMapping(query="$.ask", response="$.tell"),),
)
INTAKE = Intake(PolicyBook(load_presets(None), (DESK,), "default"), 1 << 20)


def turn(asked: list[str], answered: list[str], end: End = End.COMPLETE, **handshake: Any) -> wire.Exchange:
    """The last turn of a connection on which this was said."""
    chat = Chat()
    pieces = [chat.asks("first"), chat.answers("first")]
    pieces += [chat.asks(text) for text in asked] + [chat.answers(text) for text in answered]
    segment = make_segment(0, pieces, end, **handshake)
    return Connection.begin(segment).advance(segment, 1 << 20).turns[-1]


def read(copied: wire.Exchange) -> Exchange | Unscored:
    return INTAKE.read(wire.encode_exchange(copied))


def exchange(copied: wire.Exchange) -> Exchange:
    result = read(copied)
    assert isinstance(result, Exchange)
    return result


ASKED = json.dumps({"message": "What is the fee?"})
ANSWERED = [json.dumps({"delta": "Ten "}), json.dumps({"delta": "rupees."})]


def test_turn_is_an_exchange_of_its_own_with_the_connections_id_and_its_number() -> None:
    result = exchange(turn([ASKED], ANSWERED))

    assert (result.session_id, result.conversation_id) == (f"{ID_TEXT}.1", ID_TEXT)
    assert (result.query, result.response) == ("What is the fee?", "Ten rupees.")
    assert (result.capture.format, result.capture.end, result.capture.truncated) == ("rti_chat", "complete", False)
    assert (result.capture.duration_seconds, result.capture.first_byte_seconds) == (None, None)


def test_conversation_that_the_format_names_is_kept() -> None:
    asked = json.dumps({"message": "What is the fee?", "session_id": "s-1"})

    assert exchange(turn([asked], ANSWERED)).conversation_id == "s-1"


def test_turn_that_is_told_again_submits_anew_and_the_same_one_does_not() -> None:
    first, again, more = (turn([ASKED], answered) for answered in (ANSWERED[:1], ANSWERED[:1], ANSWERED))

    names = [exchange(copied).submission_id for copied in (first, again, more)]

    assert names[0] == names[1] != names[2]
    assert {exchange(copied).session_id for copied in (first, more)} == {f"{ID_TEXT}.1"}


@pytest.mark.parametrize("end", [End.CAPPED, End.CLIENT_GONE, End.UPSTREAM_RESET])
def test_turn_that_was_cut_is_marked(end: End) -> None:
    result = exchange(turn([ASKED], ANSWERED, end))

    assert (result.capture.end, result.capture.truncated) == (end.name.lower(), True)


def test_service_is_found_by_the_handshake() -> None:
    head = b"Host: desk.example:8080\r\n"

    result = exchange(turn(['{"ask": "Who?"}'], ['{"tell": "Any one."}'], target=b"/live?room=1", request_head=head))

    assert (result.service_id, result.query, result.response) == ("desk", "Who?", "Any one.")
    assert result.capture.format == "json_mapping"


def test_message_beside_the_question_is_passed_over() -> None:
    result = exchange(turn([ASKED, '{"type": "typing"}'], ANSWERED))

    assert result.query == "What is the fee?"


def test_whole_answer_in_one_message_brings_its_sources() -> None:
    whole = json.dumps({"response": "Ten rupees.", "sources": [{"source": "rules", "content": "Ten rupees."}]})

    result = exchange(turn([ASKED], [whole]))

    assert result.response == "Ten rupees."
    assert result.documents is not None


@pytest.mark.parametrize(
    ("asked", "answered", "wanted"),
    [
        (["{}"], ["{}"], CaptureOutcome.NOT_CHAT),
        ([ASKED], ["{}"], CaptureOutcome.UNREADABLE),
        ([ASKED, "ping"], [json.dumps({"response": ""})], CaptureOutcome.EMPTY_ANSWER),
    ],
)
def test_turn_without_an_answer_in_words_says_what_it_was(
    asked: list[str], answered: list[str], wanted: CaptureOutcome
) -> None:
    result = read(turn(asked, answered))

    assert isinstance(result, Unscored)
    assert (result.outcome, result.session_id) == (wanted, f"{ID_TEXT}.1")


@pytest.mark.parametrize("changes", [{"request_body": b"\x00"}, {"ended_us": 1 << 62}])
def test_turn_whose_bytes_are_none_is_unreadable(changes: dict[str, Any]) -> None:
    result = read(replace(turn([ASKED], ANSWERED), **changes))

    assert isinstance(result, Unscored)
    assert result.outcome is CaptureOutcome.UNREADABLE


def test_turn_in_which_nobody_asked_is_not_chat() -> None:
    result = read(replace(turn([ASKED], ANSWERED), request_body=b"", ended_us=STARTED_US))

    assert isinstance(result, Unscored)
    assert result.outcome is CaptureOutcome.NOT_CHAT
