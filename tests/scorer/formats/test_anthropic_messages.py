"""What the samples under `tests/samples/anthropic_messages/` do not show."""

from typing import Any

import pytest

from scorer.formats.anthropic_messages import AnthropicMessages
from scorer.formats.base import HttpCopy, NotText, UnreadableError
from scorer.model import CaptureOutcome, Document, Usage
from tests.fakes.copies import events, json_copy
from tests.fakes.format_reader import SERVICE, FormatReader

FORMAT = AnthropicMessages()
PATH = "/v1/messages"
ASKED = {"messages": [{"role": "user", "content": "What is the fee?"}]}
ANSWERED = {"type": "message", "content": [{"type": "text", "text": "Ten rupees."}]}
START = {"type": "message_start", "message": {"model": "m"}}

READER = FormatReader(FORMAT, PATH, ASKED, ANSWERED)
read, extract = READER.read, READER.extract


def asked_with(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [*blocks, {"type": "text", "text": "What is the fee?"}]}]}


def delta(text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


@pytest.mark.parametrize(
    ("copy", "wanted"),
    [
        (json_copy(ASKED, {}, path="/v1/messages"), True),
        (json_copy(ASKED, {}, path="/anthropic/v1/messages/"), True),
        (json_copy(ASKED, {}, path="/v1/messages", method="PUT"), False),
        (json_copy({"message": "x"}, {}, path="/v1/messages"), False),
        (json_copy(ASKED, {"input_tokens": 7}, path="/v1/messages/count_tokens"), False),
        (json_copy(ASKED, ANSWERED, path="/bot"), True),
        (json_copy(ASKED, None, path="/bot", response_body=events(START)), True),
        (json_copy(ASKED, {"reply": "x"}, path="/bot"), False),
    ],
)
def test_recognises_by_path_or_shape(copy: HttpCopy, wanted: bool) -> None:
    assert FORMAT.recognise(copy, SERVICE) is wanted


@pytest.mark.parametrize("request_", [{}, {"messages": "x"}, []])
def test_request_without_messages_is_unreadable(request_: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the request: expected"):
        read(request_)


@pytest.mark.parametrize("response", [{}, {"content": "x"}, []])
def test_answer_without_content_is_unreadable(response: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response=response)


def test_error_body_is_an_upstream_error() -> None:
    assert read(response={"type": "error", "error": {"type": "api_error"}}) == NotText(
        CaptureOutcome.UPSTREAM_ERROR, "the answer is an error body"
    )


def test_stream_without_its_end_is_cut() -> None:
    assert extract(response_body=events(START, delta("Ten"))).is_cut
    assert not extract(response_body=events(START, delta("Ten"), {"type": "message_stop"})).is_cut


def test_tool_result_beside_a_question_is_the_question() -> None:
    block = {"type": "tool_result", "tool_use_id": "t", "content": "Rule 3."}

    result = extract(asked_with(block))

    assert (result.query, result.documents) == ("What is the fee?", (Document(id="t", content="Rule 3."),))


def test_block_whose_type_is_no_text_is_passed_over() -> None:
    assert extract(asked_with({"type": ["tool_result"]})).query == "What is the fee?"


def test_failed_tool_is_no_document() -> None:
    block = {"type": "tool_result", "tool_use_id": "t", "content": "no connection", "is_error": True}

    assert extract(asked_with(block)).documents is None


def test_documents_without_text_are_listed_by_file_or_address() -> None:
    blocks = [
        {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "document", "source": {"type": "url", "url": "https://a.example/x.pdf"}, "title": "X"},
    ]

    assert extract(asked_with(*blocks)).documents == (
        Document(id="file_1", source="file_1"),
        Document(id="https://a.example/x.pdf", source="X"),
    )


def test_image_is_no_document() -> None:
    assert extract(asked_with({"type": "image", "source": {"type": "base64", "data": "eA=="}})).documents is None


@pytest.mark.parametrize("given", [None, "Rule 3."])
def test_cited_passage_counts_where_the_documents_text_did_not_come(given: str | None) -> None:
    source = {"type": "text", "data": given} if given else {"type": "base64", "data": "eA=="}
    citation = {"type": "content_block_location", "cited_text": "Ten rupees", "document_index": 0}
    answer = {"content": [{"type": "text", "text": "Ten.", "citations": [citation]}]}

    documents = extract(asked_with({"type": "document", "source": source}), answer).documents

    assert documents is not None
    assert (Document(id="0", content="Ten rupees") in documents) is (given is None)


def test_citation_without_a_place_is_kept() -> None:
    answer = {"content": [{"type": "text", "text": "Ten.", "citations": [{"cited_text": "Ten rupees"}]}]}

    assert extract(response=answer).documents == (Document(id="citation", content="Ten rupees"),)


def test_search_that_failed_finds_no_pages() -> None:
    block = {"type": "web_search_tool_result", "content": {"type": "web_search_tool_result_error"}}
    pages = {"type": "web_search_tool_result", "content": [{"type": "web_search_result"}]}

    assert extract(response={"content": [block, pages, *ANSWERED["content"]]}).documents is None


def test_block_of_another_kind_is_no_text() -> None:
    blocks = [{"type": "redacted_thinking", "data": "x"}, *ANSWERED["content"]]

    assert extract(response={"content": blocks}).response == "Ten rupees."


def test_counts_of_a_stream_grow() -> None:
    body = events(
        {"type": "message_start", "message": {"usage": {"input_tokens": 25, "output_tokens": 1}}},
        delta("Ten"),
        {"type": "message_delta", "usage": {"output_tokens": 15}},
    )

    assert extract(response_body=body).usage == Usage(input_tokens=25, output_tokens=15)


def test_answer_that_counts_nothing_has_no_usage() -> None:
    assert extract().usage == Usage()


def test_tool_without_a_name_is_not_called() -> None:
    assert extract(response={"content": [{"type": "tool_use"}, *ANSWERED["content"]]}).tool_calls == ()


def test_user_of_the_metadata_is_nobodys_conversation() -> None:
    assert extract(ASKED | {"metadata": {"user_id": "u-1"}}).conversation_id is None
