"""What the samples under `tests/samples/dify/` do not show."""

from typing import Any

import pytest

from scorer.formats.base import HttpCopy, UnreadableError
from scorer.formats.dify import Dify
from scorer.model import Document, Usage
from tests.fakes.copies import events, http_copy, json_copy
from tests.fakes.format_reader import EMPTY, ERROR, SERVICE, FormatReader

FORMAT = Dify()
PATH = "/v1/chat-messages"
ASKED = {"query": "What is the fee?", "user": "u-1"}
ANSWERED = {"answer": "Ten rupees."}

READER = FormatReader(FORMAT, PATH, ASKED, ANSWERED)
read, extract = READER.read, READER.extract


def piece(text: str) -> dict[str, Any]:
    return {"event": "message", "answer": text}


@pytest.mark.parametrize(
    ("copy", "wanted"),
    [
        (json_copy(ASKED, {}, path="/v1/chat-messages"), True),
        (json_copy(ASKED, {}, path="/v1/completion-messages/"), True),
        (json_copy({"message": "x"}, {}, path="/v1/chat-messages"), False),
        (http_copy(path="/v1/chat-messages", method="GET"), False),
        (json_copy(ASKED, {}, path="/v1/workflows/run"), False),
    ],
)
def test_recognises_by_path_and_query(copy: HttpCopy, wanted: bool) -> None:
    assert FORMAT.recognise(copy, SERVICE) is wanted


@pytest.mark.parametrize("request_", [{}, {"query": 7}, {"inputs": {"query": ["x"]}}, []])
def test_request_without_a_query_is_unreadable(request_: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the request: expected"):
        read(request_)


@pytest.mark.parametrize("response", [{}, {"reply": "x"}, []])
def test_answer_without_an_answer_is_unreadable(response: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response=response)


def test_stream_of_other_events_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response_body=events({"event": "other"}))


def test_stream_without_its_end_is_cut() -> None:
    assert extract(response_body=events(piece("Ten"))).is_cut
    assert not extract(response_body=events(piece("Ten"), {"event": "message_end"})).is_cut


def test_answer_that_a_moderation_took_back_is_the_one_that_stands() -> None:
    body = events(piece("Ten"), {"event": "message_replace", "answer": "I cannot say."}, {"event": "message_end"})

    assert extract(response_body=body).response == "I cannot say."


def test_error_before_any_text_is_an_upstream_error() -> None:
    assert read(response_body=events({"event": "workflow_started"}, {"event": "error", "status": 400})) == ERROR


def test_stream_that_stops_after_its_start_is_empty() -> None:
    assert read(response_body=events({"event": "workflow_started"}), is_response_whole=False) == EMPTY


def test_user_is_nobodys_conversation() -> None:
    assert extract(ASKED | {"conversation_id": ""}).conversation_id is None


def test_conversation_that_the_answer_begins_is_taken() -> None:
    assert extract(response=ANSWERED | {"conversation_id": "c-1"}).conversation_id == "c-1"


def test_resource_without_a_segment_is_named_by_its_document() -> None:
    resources = [{"document_id": "d", "document_name": "act.pdf", "page": 7}, {}, "x"]

    result = extract(response=ANSWERED | {"metadata": {"retriever_resources": resources}})

    assert result.documents == (Document(id="d", source="act.pdf", page=7), Document(id="2"))


def test_answer_without_metadata_says_nothing_of_retrieval_or_tokens() -> None:
    result = extract()

    assert (result.documents, result.usage) == (None, Usage())
