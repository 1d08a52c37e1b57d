"""What the samples under `tests/samples/rasa/` do not show."""

from typing import Any

import pytest

from scorer.formats.base import HttpCopy, UnreadableError
from scorer.formats.rasa import Rasa
from scorer.model import Document, Usage
from tests.fakes.copies import events, http_copy, json_copy
from tests.fakes.format_reader import EMPTY, ERROR, SERVICE, FormatReader

FORMAT = Rasa()
PATH = "/webhooks/rest/webhook"
ASKED = {"sender": "citizen-4711", "message": "What is the fee?"}
ANSWERED = [{"recipient_id": "citizen-4711", "text": "Ten rupees."}]

READER = FormatReader(FORMAT, PATH, ASKED, ANSWERED)
read, extract = READER.read, READER.extract


@pytest.mark.parametrize(
    ("copy", "wanted"),
    [
        (json_copy(ASKED, [], path=PATH), True),
        (json_copy(ASKED, [], path="/rasa/webhooks/rest/webhook/"), True),
        (json_copy({"text": "x"}, [], path=PATH), False),
        (json_copy(ASKED, [], path="/webhooks/telegram/webhook"), False),
        (http_copy(path=PATH, method="GET"), False),
    ],
)
def test_recognises_by_path_and_message(copy: HttpCopy, wanted: bool) -> None:
    assert FORMAT.recognise(copy, SERVICE) is wanted


@pytest.mark.parametrize("request_", [{}, {"message": 7}, []])
def test_request_without_a_message_is_unreadable(request_: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the request: expected"):
        read(request_)


@pytest.mark.parametrize("body", [b"[7]", b'["x"]', b'[{"x": 1}]', b'{"x": 1}', b"<html>", b"["])
def test_answer_of_another_shape_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response_body=body)


def test_failure_is_an_upstream_error() -> None:
    assert read(response={"status": "failure", "reason": "ConversationError"}) == ERROR


def test_cut_before_its_first_line_is_an_empty_answer() -> None:
    assert read(response_body=b'{"recip', is_response_whole=False) == EMPTY


def test_lines_under_the_media_type_of_events_are_read() -> None:
    headers = [("content-type", "text/event-stream")]

    result = extract(response_body=b'{"recipient_id": "u", "text": "Ten."}\n', response_headers=headers)

    assert (result.response, result.is_cut) == ("Ten.", False)


def test_lines_of_a_copy_that_broke_off_are_cut() -> None:
    body = b'{"recipient_id": "u", "text": "Ten."}\n'

    assert extract(response_body=body, is_response_whole=False).is_cut


def test_sender_is_the_end_user_and_names_the_conversation() -> None:
    result = extract()

    assert (result.end_user, result.is_user_conversation, result.conversation_id) == ("citizen-4711", True, None)


def test_message_without_a_sender_has_no_conversation() -> None:
    result = extract({"message": "What is the fee?"})

    assert (result.end_user, result.is_user_conversation) == (None, False)


def test_custom_part_that_lists_documents_is_read() -> None:
    response = [*ANSWERED, {"recipient_id": "u", "custom": {"documents": [{"id": "a", "content": "Rule 3."}]}}]

    assert extract(response=response).documents == (Document(id="a", content="Rule 3."),)


def test_rasa_counts_no_tokens() -> None:
    assert extract().usage == Usage()


def test_stream_of_events_is_no_answer_of_rasa() -> None:
    with pytest.raises(UnreadableError, match=r"^expected JSON"):
        read(response_body=events({"text": "x"}))
