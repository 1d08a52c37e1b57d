"""What the samples under `tests/samples/bedrock_converse/` do not show."""

from typing import Any

import pytest

from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.bedrock_converse import BedrockConverse
from scorer.model import CaptureOutcome, Document
from tests.fakes.aws_events import aws_event, header, message
from tests.fakes.copies import http_copy
from tests.fakes.format_reader import SERVICE, FormatReader

FORMAT = BedrockConverse()
PATH = "/model/amazon.nova-lite-v1%3A0/converse"
KNOWLEDGE = "/retrieveAndGenerate"
ASKED = {"messages": [{"role": "user", "content": [{"text": "What is the fee?"}]}]}
ASKED_KNOWLEDGE = {"input": {"text": "What is the fee?"}}
STREAM = [("content-type", "application/vnd.amazon.eventstream")]
START = aws_event("messageStart", {"role": "assistant"})
PIECE = aws_event("contentBlockDelta", {"delta": {"text": "Ten"}})


def answered(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"output": {"message": {"role": "assistant", "content": list(blocks)}}}


ANSWERED = answered({"text": "Ten rupees."})

READER = FormatReader(FORMAT, PATH, ASKED, ANSWERED)
read, extract = READER.read, READER.extract


def streamed(*messages: bytes, **changes: Any) -> Extract:
    return extract(response_body=b"".join(messages), response_headers=STREAM, **changes)


def asked_with(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [*blocks, {"text": "What is the fee?"}]}]}


@pytest.mark.parametrize(
    ("copy", "wanted"),
    [
        (http_copy(path=PATH), True),
        (http_copy(path="/model/x/converse-stream"), True),
        (http_copy(path="/model/x/invoke"), False),
        (http_copy(path="/retrieveAndGenerateStream"), True),
        (http_copy(path=KNOWLEDGE, method="GET"), False),
    ],
)
def test_recognises_by_path(copy: HttpCopy, wanted: bool) -> None:
    assert FORMAT.recognise(copy, SERVICE) is wanted


def test_named_by_the_service_it_reads_any_path() -> None:
    assert extract(path="/bot").model is None


@pytest.mark.parametrize("path", [PATH, KNOWLEDGE])
@pytest.mark.parametrize("request_", [{}, {"messages": "x"}, {"input": "x"}, []])
def test_request_of_another_shape_is_unreadable(path: str, request_: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the request: expected"):
        read(request_, path=path)


@pytest.mark.parametrize(
    ("path", "request_"), [(PATH, ASKED), (KNOWLEDGE, ASKED_KNOWLEDGE)], ids=["converse", "knowledge"]
)
@pytest.mark.parametrize("response", [{}, {"output": {}}, []])
def test_answer_of_another_shape_is_unreadable(path: str, request_: Any, response: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(request_, response, path=path)


def test_stream_of_other_events_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected an output"):
        streamed(aws_event("chunk", {"bytes": "eA=="}))


def test_event_that_is_no_json_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match=r"^an event of the answer: expected JSON"):
        streamed(START, message(header(":event-type", "contentBlockDelta"), b"{"))


def test_damaged_stream_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="damaged"):
        streamed(START[:-1] + b"\0")


def test_stream_without_its_end_is_cut() -> None:
    assert streamed(START, PIECE).is_cut
    assert not streamed(START, PIECE, aws_event("messageStop", {"stopReason": "end_turn"})).is_cut


def test_exception_before_any_text_is_an_upstream_error() -> None:
    body = aws_event("throttlingException", {"message": "x"}, "exception")

    assert read(response_body=body, response_headers=STREAM) == NotText(
        CaptureOutcome.UPSTREAM_ERROR, "the answer is an error body"
    )


def test_guarded_text_is_part_of_the_question() -> None:
    assert extract(asked_with({"guardContent": {"text": {"text": "Please:"}}})).query == "What is the fee?\nPlease:"


def test_documents_without_text_are_listed() -> None:
    blocks = [
        {"document": {"name": "act", "source": {"s3Location": {"uri": "s3://rti/act.pdf"}}}},
        {"document": {"source": {"bytes": "eA=="}}},
        {"document": {"name": "rules", "source": {"content": [{"text": "Rule 3."}]}}},
        {"searchResult": {"content": [{"text": "Rule 4."}]}},
    ]

    assert extract(asked_with(*blocks)).documents == (
        Document(id="s3://rti/act.pdf", source="act"),
        Document(id="document"),
        Document(id="rules", source="rules", content="Rule 3."),
        Document(id="search_result", content="Rule 4."),
    )


def test_results_of_tools_are_documents_unless_they_failed() -> None:
    good = {"content": [{"text": "Rule 3."}, {"document": {"name": "act", "source": {"text": "s. 6"}}}, {"image": {}}]}
    failed = {"toolUseId": "t", "content": [{"text": "no connection"}], "status": "error"}

    result = extract(asked_with({"toolResult": good}, {"toolResult": failed}))

    assert result.documents == (
        Document(id="tool", content="Rule 3."),
        Document(id="act", source="act", content="s. 6"),
    )


def test_page_of_the_web_that_is_cited_is_a_document() -> None:
    citation = {"location": {"web": {"url": "https://a.example"}}, "sourceContent": [{"text": "Ten rupees"}]}

    result = extract(response=answered({"citationsContent": {"content": [{"text": "Ten."}], "citations": [citation]}}))

    assert result.documents == (Document(id="https://a.example", source="https://a.example", content="Ten rupees"),)


def test_citation_without_a_place_is_kept() -> None:
    result = streamed(START, PIECE, aws_event("contentBlockDelta", {"delta": {"citation": {"sourceContent": []}}}))

    assert result.documents == (Document(id="citation"),)


def test_text_beside_a_tools_call_is_an_answer() -> None:
    blocks = [{"text": "I look."}, {"toolUse": {"name": "search"}}, {"toolUse": {}}, {"text": "Ten."}]

    result = extract(response=answered({"reasoningContent": {"reasoningText": {"text": "hm"}}}, *blocks))

    assert (result.response, result.tool_calls, result.reasoning_trace) == ("I look.\nTen.", ("search",), "hm")


def test_knowledge_stream_that_is_cut_inside_a_message_is_cut() -> None:
    whole = aws_event("output", {"text": "Ten"})
    changes: dict[str, Any] = {"request": ASKED_KNOWLEDGE, "path": KNOWLEDGE}

    assert not streamed(whole, **changes).is_cut
    assert streamed(whole, whole[:9], **changes).is_cut
    assert streamed(whole, is_response_whole=False, **changes).is_cut


def test_guardrail_of_a_knowledge_stream_is_passed_over() -> None:
    body = aws_event("guardrail", {"action": "INTERVENED"})

    assert read(ASKED_KNOWLEDGE, None, path=KNOWLEDGE, response_body=body, response_headers=STREAM) == NotText(
        CaptureOutcome.EMPTY_ANSWER, "the answer is empty"
    )


@pytest.mark.parametrize(
    ("reference", "wanted"),
    [
        ({}, Document(id="1")),
        ({"location": {"customDocumentLocation": {"id": "d-1"}}}, Document(id="d-1", source="d-1")),
        ({"metadata": {"x-amz-bedrock-kb-source-uri": "s3://a"}}, Document(id="s3://a", source="s3://a")),
        ({"metadata": {"x-amz-bedrock-kb-document-page-number": "seven"}}, Document(id="1")),
    ],
)
def test_reference_is_named_by_what_it_has(reference: dict[str, Any], wanted: Document) -> None:
    response = {"output": {"text": "Ten."}, "citations": [{"retrievedReferences": [reference]}]}

    assert extract(ASKED_KNOWLEDGE, response, path=KNOWLEDGE).documents == (wanted,)


def test_answer_that_cites_nothing_is_an_empty_retrieval() -> None:
    response = {"output": {"text": "Ten."}, "citations": [], "sessionId": "s-1"}

    result = extract(ASKED_KNOWLEDGE, response, path=KNOWLEDGE)

    assert (result.documents, result.conversation_id) == ((), "s-1")
    assert extract(ASKED_KNOWLEDGE, {"output": {"text": "Ten."}}, path=KNOWLEDGE).documents is None
