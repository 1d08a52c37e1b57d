"""What the samples under `tests/samples/botpress/` do not show."""

from typing import Any

import pytest

from scorer.formats.base import HttpCopy, NotText, UnreadableError
from scorer.formats.botpress import Botpress
from scorer.model import CaptureOutcome, Document, Usage
from tests.fakes.copies import events, http_copy, json_copy
from tests.fakes.format_reader import ERROR, SERVICE, FormatReader

FORMAT = Botpress()
PATH = "/api/v1/bots/rti/converse/citizen-4711"
ASKED = {"type": "text", "text": "What is the fee?"}
ANSWERED = {"responses": [{"type": "text", "text": "Ten rupees."}]}

READER = FormatReader(FORMAT, PATH, ASKED, ANSWERED)
read, extract = READER.read, READER.extract


MESSAGE = {"payload": {"type": "text", "text": "What is the fee?"}, "conversationId": "c-1"}


@pytest.mark.parametrize(
    ("copy", "wanted"),
    [
        (json_copy(ASKED, {}, path=PATH), True),
        (json_copy(ASKED, {}, path=PATH + "/secured"), True),
        (json_copy(ASKED, {}, path="/api/v1/bots/rti/converse"), False),
        (json_copy(ASKED, {}, path=PATH, method="PUT"), False),
        (json_copy(MESSAGE, {}, path="/hook/messages"), True),
        (json_copy({"payload": {}}, {}, path="/hook/messages"), False),
        (http_copy(path="/hook/messages"), False),
    ],
)
def test_recognises_by_path_or_message(copy: HttpCopy, wanted: bool) -> None:
    assert FORMAT.recognise(copy, SERVICE) is wanted


@pytest.mark.parametrize("request_", [{}, {"message": "x"}, []])
def test_request_of_another_shape_is_unreadable(request_: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the request: expected"):
        read(request_)


@pytest.mark.parametrize("response", [{}, {"responses": "x"}, []])
def test_answer_without_responses_is_unreadable(response: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response=response)


def test_stream_is_no_answer_of_botpress() -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response_body=events({"text": "x"}))


def test_error_body_is_an_upstream_error() -> None:
    assert read(response={"errorCode": "BP_0001"}) == ERROR


def test_event_that_is_no_text_asks_nothing() -> None:
    assert read({"type": "proactive-trigger"}) == NotText(CaptureOutcome.NO_TEXT, "no user message has text")


def test_text_may_stand_in_a_payload() -> None:
    request = {"type": "quick_reply", "payload": {"text": "Yes"}}
    response = {"responses": [{"type": "custom", "payload": {"text": "Good."}}]}

    result = extract(request, response)

    assert (result.query, result.response) == ("Yes", "Good.")


def test_user_of_the_path_names_the_conversation() -> None:
    result = extract(path="/api/v1/bots/rti/converse/%2B91%2098765")

    assert (result.end_user, result.is_user_conversation, result.conversation_id) == ("+91 98765", True, None)


def test_named_by_the_service_it_reads_any_path() -> None:
    result = extract(path="/bot")

    assert (result.end_user, result.is_user_conversation) == (None, False)


def test_botpress_names_no_documents_and_no_tokens() -> None:
    result = extract()

    assert (result.documents, result.usage) == (None, Usage())
    assert Document(id="1").content is None
