"""What the samples under `tests/samples/rti_chat/` do not show."""

from typing import Any

import pytest

from config.settings import ServiceSettings
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.rti_chat import RtiChat
from scorer.model import CaptureOutcome, Document, Usage
from tests.fakes.copies import events, http_copy, json_copy

FORMAT = RtiChat()
SERVICE = ServiceSettings(id="default")
ASKED = {"message": "What is the fee?", "session_id": "s-1"}


def read(response: Any = None, request: Any = ASKED, **changes: Any) -> Extract | NotText:
    return FORMAT.read(json_copy(request, response, **changes), SERVICE)


def extract(response: Any = None, request: Any = ASKED, **changes: Any) -> Extract:
    result = read(response, request, **changes)
    assert isinstance(result, Extract)
    return result


@pytest.mark.parametrize(
    ("copy", "wanted"),
    [
        (json_copy(ASKED, {}), True),
        (json_copy(ASKED, {}, path="/api/Chat/stream"), True),
        (json_copy(ASKED, {}, path="/chatter"), False),
        (json_copy(ASKED, {}, method="PUT"), False),
        (json_copy({"message": ""}, {}), False),
        (json_copy({"messages": []}, {}), False),
        (http_copy(request_body=b"message=x"), False),
    ],
)
def test_recognises_by_path_and_message(copy: HttpCopy, wanted: bool) -> None:
    assert FORMAT.recognise(copy, SERVICE) is wanted


@pytest.mark.parametrize("request_", [{}, {"message": " "}, {"message": 7}, []])
def test_request_without_a_message_is_unreadable(request_: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the request: expected"):
        read({"response": "x"}, request_)


@pytest.mark.parametrize("response", [{}, {"reply": "x"}, []])
def test_answer_without_a_response_is_unreadable(response: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response)


@pytest.mark.parametrize("body", [b"data: hello\n\n", events({"token": "x"})])
def test_stream_of_something_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response_body=body)


@pytest.mark.parametrize("body", [b"", events({"sources": []}), b": connected\n\n", b"data: [DONE]\n\n"])
def test_answer_that_never_began_is_empty(body: bytes) -> None:
    headers = [("content-type", "text/event-stream")]

    assert read(response_body=body, response_headers=headers) == NotText(
        CaptureOutcome.EMPTY_ANSWER, "the answer is empty"
    )


def test_empty_json_body_is_an_empty_answer() -> None:
    assert read(response_body=b"") == NotText(CaptureOutcome.EMPTY_ANSWER, "the answer is empty")


def test_delta_may_be_an_object_with_content() -> None:
    assert extract(response_body=events({"delta": {"content": "Ten"}}, {"delta": " rupees."})).response == "Ten rupees."


def test_whole_response_after_deltas_is_not_told_twice() -> None:
    body = events({"delta": "Ten"}, {"delta": " rupees."}, {"response": "Ten rupees."})

    assert extract(response_body=body).response == "Ten rupees."


def test_whole_response_after_one_piece_is_not_told_twice() -> None:
    assert extract(response_body=events({"response": "Ten."}, {"response": "Ten."})).response == "Ten."


def test_pieces_that_repeat_each_other_are_kept() -> None:
    assert (
        extract(response_body=events({"response": "ha"}, {"response": "ha"}, {"response": "ha"})).response == "hahaha"
    )


def test_single_event_with_the_whole_answer_is_read() -> None:
    assert extract(response_body=events({"response": "Ten."})).response == "Ten."


def test_error_in_mid_stream_cuts_the_answer() -> None:
    result = extract(response_body=events({"delta": "Ten"}, {"error": "model lost"}))

    assert (result.response, result.is_cut) == ("Ten", True)


def test_stream_that_ends_inside_an_event_is_cut_however_whole_the_copy() -> None:
    result = extract(response_body=events({"delta": "Ten"}) + b'data: {"delta": " rup')

    assert (result.response, result.is_cut) == ("Ten", True)


def test_nothing_after_done_is_read() -> None:
    body = events({"delta": "Ten"}) + b"data: [DONE]\n\n" + events({"delta": "!"})

    assert extract(response_body=body).response == "Ten"


def test_sources_of_several_events_are_joined() -> None:
    body = events(
        {"sources": [{"id": "a", "content": "x"}]}, {"delta": "Ten", "sources": [{"id": "b", "content": "y"}]}
    )

    assert extract(response_body=body).documents == (Document(id="a", content="x"), Document(id="b", content="y"))


def test_session_of_the_request_comes_before_the_answers() -> None:
    assert extract({"response": "Ten.", "session_id": "s-2"}).conversation_id == "s-1"


def test_session_may_be_a_number() -> None:
    assert extract({"response": "Ten."}, {"message": "x", "session_id": 7}).conversation_id == "7"


def test_model_and_usage_are_read_where_they_are() -> None:
    result = extract({"response": "Ten.", "usage": {"total_tokens": 9}}, ASKED | {"model": "m"})

    assert (result.model, result.usage) == ("m", Usage(total_tokens=9))
