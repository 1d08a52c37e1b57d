"""What the samples under `tests/samples/guessed_json/` do not show."""

import json
from typing import Any

import pytest

from config.settings import ServiceSettings
from scorer import wire
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.guessed_json import DEPTH_LIMIT, OBJECTS_LIMIT, GuessedJson
from scorer.formats.registry import read_copy
from scorer.intake import Intake
from scorer.model import CaptureOutcome, Document, Exchange, Unscored
from scorer.policy import PolicyBook
from tests.fakes.copies import events, http_copy, json_copy, wire_exchange

FORMAT = GuessedJson()
SERVICE = ServiceSettings(id="default")
BOOK = PolicyBook(presets={}, services=(), default_service_id="default")
ASKED = {"question": "What is the fee?"}
ANSWERED = {"answer": "Ten rupees."}


def copy_of(request: Any, response: Any, **changes: Any) -> HttpCopy:
    return json_copy(request, response, **({"path": "/api/bot"} | changes))


def extract(request: Any, response: Any, **changes: Any) -> Extract:
    result = FORMAT.read(copy_of(request, response, **changes), SERVICE)
    assert isinstance(result, Extract)
    return result


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, True),
        ({"response_body": b'data: {"answer": "x"}\n\n'}, True),
        ({"response_body": b""}, True),
        ({"response_body": b"<html>", "status": 502}, True),
        ({"response_body": b"<html>"}, False),
        ({"response_body": b"Ten rupees."}, False),
        ({"request_body": b"question=x"}, False),
        ({"request_body": b"[]"}, False),
        ({"request_body": b'{"page": 3}'}, False),
        ({"request_body": b'{"question": "  "}'}, False),
    ],
)
def test_recognises_a_question_answered_by_json(changes: dict[str, Any], wanted: bool) -> None:
    assert FORMAT.recognise(copy_of(ASKED, ANSWERED, **changes), SERVICE) is wanted


def test_nothing_is_guessed_unless_allowed() -> None:
    copy = copy_of(ASKED, ANSWERED)

    name, result = read_copy(copy, SERVICE)

    assert isinstance(result, NotText)
    assert (name, result.outcome) == ("plain_text", CaptureOutcome.NOT_CHAT)


def test_format_that_is_known_comes_before_a_guess() -> None:
    copy = json_copy({"message": "What is the fee?"}, {"response": "Ten rupees."})

    assert read_copy(copy, SERVICE, guess=True)[0] == "rti_chat"


def test_intake_that_may_guess_marks_the_capture() -> None:
    copied = wire_exchange(
        target=b"/api/bot", request_body=json.dumps(ASKED).encode(), response_body=json.dumps(ANSWERED).encode()
    )

    result = Intake(BOOK, 1 << 20, guess=True).read(wire.encode_exchange(copied))

    assert isinstance(result, Exchange)
    assert (result.capture.format, result.capture.guessed, result.response) == ("guessed_json", True, "Ten rupees.")


def test_intake_that_may_not_guess_stores_nothing() -> None:
    copied = wire_exchange(
        target=b"/api/bot", request_body=json.dumps(ASKED).encode(), response_body=json.dumps(ANSWERED).encode()
    )

    result = Intake(BOOK, 1 << 20).read(wire.encode_exchange(copied))

    assert isinstance(result, Unscored)
    assert result.outcome is CaptureOutcome.NOT_CHAT


@pytest.mark.parametrize(
    ("request_", "query"),
    [
        ({"text": "shallow", "body": {"question": "told"}}, "told"),
        ({"message": {"content": "inside"}}, "inside"),
        ({"input": [{"type": "text", "text": "part"}]}, "part"),
        ({"messages": [{"role": "user", "content": "last"}], "prompt": "You are kind."}, "last"),
        ({"turns": [{"from": "human", "text": "old"}], "query": "new"}, "old"),
        ({"chat_history": [{"role": "user", "content": "old"}], "q": "new"}, "new"),
        ({"query": "query Ask($text: String!) { ask }", "variables": {"text": "graph"}}, "graph"),
        ({"query": "mutation", "variables": {"input": {"question": "graph"}}}, "graph"),
    ],
)
def test_question_is_found_by_the_most_telling_name(request_: Any, query: str) -> None:
    assert extract(request_, ANSWERED).query == query


@pytest.mark.parametrize(
    ("answer", "response"),
    [
        ({"message": "success", "data": {"answer": "Ten."}}, "Ten."),
        ([{"text": "Ten"}, {"text": "rupees."}], "Ten\nrupees."),
        ({"output": {"generated_text": "Ten."}}, "Ten."),
        ({"candidates": [{"text": "Ten."}, {"text": "Twenty."}]}, "Ten."),
        ({"documents": [{"text": "A passage."}], "text": "Ten."}, "Ten."),
        ({"messages": [{"role": "bot", "text": "Hi"}, {"role": "user"}, {"role": "bot", "text": "Ten."}]}, "Ten."),
    ],
)
def test_answer_is_found_by_the_most_telling_name(answer: Any, response: str) -> None:
    assert extract(ASKED, answer).response == response


def test_words_of_progress_in_a_stream_are_no_answer() -> None:
    body = events({"message": "searching"}, {"message": "reading"}, {"reply": "The application fee is ten rupees."})

    assert extract(ASKED, None, response_body=body).response == "The application fee is ten rupees."


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b'{"output": "Ten"}\n{"output": "Ten rupees"}\n{"output": "Ten rupees."}\n', "Ten rupees."),
        (b'{"token": "Ten"}\n{"state": 3}\n{"token": " rupees."}\n', "Ten rupees."),
        (b'{"token": "Ten"}\n{"token": " rup', "Ten"),
    ],
)
def test_lines_of_json_are_pieces_of_an_answer(body: bytes, wanted: str) -> None:
    assert extract(ASKED, None, response_body=body).response == wanted


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"", CaptureOutcome.EMPTY_ANSWER),
        (b'{"ticket": 88}', CaptureOutcome.NO_TEXT),
        (b"data: ping\n\n", CaptureOutcome.NO_TEXT),
        (b'{"error": "busy"}', CaptureOutcome.UPSTREAM_ERROR),
    ],
)
def test_answer_without_words_says_what_it_was(body: bytes, outcome: CaptureOutcome) -> None:
    result = FORMAT.read(copy_of(ASKED, None, response_body=body), SERVICE)

    assert isinstance(result, NotText)
    assert result.outcome is outcome


@pytest.mark.parametrize("body", [b"<html>", b'{"answer": "Te'])
def test_answer_that_is_no_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError, match="the answer: expected JSON"):
        FORMAT.read(copy_of(ASKED, None, response_body=body), SERVICE)


def test_request_that_asks_nothing_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="found none"):
        FORMAT.read(copy_of({"page": 3}, ANSWERED), SERVICE)


def test_final_event_that_repeats_all_pieces_is_taken_once() -> None:
    body = events({"response": "Ten"}, {"response": " rupees."}, {"response": "Ten rupees."})

    assert extract(ASKED, None, response_body=body).response == "Ten rupees."


def test_bare_strings_are_sources_or_passages_by_the_name_of_their_list() -> None:
    result = extract(ASKED, ANSWERED | {"sources": ["act.pdf"], "passages": ["A fee of rupees ten."]})

    assert result.documents == (Document(id="1", source="act.pdf"), Document(id="1", content="A fee of rupees ten."))


def test_answer_without_a_place_for_documents_has_none() -> None:
    assert extract(ASKED, ANSWERED).documents is None


def test_only_the_first_objects_of_a_body_are_looked_into() -> None:
    body = {"rows": [{"n": number} for number in range(OBJECTS_LIMIT)] + [{"answer": "too far"}]}

    result = FORMAT.read(copy_of(ASKED, body), SERVICE)

    assert isinstance(result, NotText)


@pytest.mark.parametrize(("levels", "wanted"), [(DEPTH_LIMIT - 1, True), (DEPTH_LIMIT, False)])
def test_only_the_upper_levels_of_a_body_are_looked_into(levels: int, wanted: bool) -> None:
    body: Any = {"answer": "Ten rupees."}
    for _ in range(levels):
        body = {"data": body}

    assert isinstance(FORMAT.read(copy_of(ASKED, body), SERVICE), Extract) is wanted


def test_request_that_is_cut_is_unreadable() -> None:
    copy = http_copy(path="/api/bot", request_body=b'{"question": "What', is_request_whole=False)

    assert FORMAT.recognise(copy, SERVICE) is False
