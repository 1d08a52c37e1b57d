"""What the samples under `tests/samples/ai_sdk_ui/` do not show."""

from typing import Any

import pytest

from scorer.formats.ai_sdk_ui import AiSdkUi
from scorer.formats.base import Extract, HttpCopy, UnreadableError
from scorer.model import Document, Usage
from tests.fakes.copies import events, http_copy, json_copy
from tests.fakes.format_reader import EMPTY, ERROR, SERVICE, FormatReader

FORMAT = AiSdkUi()
PATH = "/api/chat"
ASKED = {"messages": [{"role": "user", "parts": [{"type": "text", "text": "What is the fee?"}]}]}
ANSWERED = None

READER = FormatReader(FORMAT, PATH, ASKED, ANSWERED)
read, extract = READER.read, READER.extract


PIECE = {"type": "text-delta", "id": "t", "delta": "Ten"}
MARKED = [("content-type", "text/event-stream"), ("x-vercel-ai-ui-message-stream", "v1")]


def streamed(*parts: dict[str, Any], request: Any = ASKED) -> Extract:
    return extract(request, response_body=events(*parts))


@pytest.mark.parametrize(
    ("copy", "wanted"),
    [
        (json_copy({}, None, response_headers=MARKED), True),
        (json_copy(ASKED, None, response_headers=MARKED, method="PUT"), False),
        (json_copy(ASKED, None, response_body=events(PIECE)), True),
        (json_copy(ASKED, None, status=500), True),
        (json_copy(ASKED, {"reply": "x"}), False),
        (json_copy({"messages": [{"role": "user", "content": "parts"}]}, None, response_body=events(PIECE)), False),
        (json_copy({"parts": []}, None, response_body=events(PIECE)), False),
        (http_copy(request_body=b'{"parts"', response_body=events(PIECE)), False),
    ],
)
def test_recognises_by_header_or_shape(copy: HttpCopy, wanted: bool) -> None:
    assert FORMAT.recognise(copy, SERVICE) is wanted


@pytest.mark.parametrize("request_", [{}, {"messages": "x"}, {"messages": [{"content": "x"}]}, []])
def test_request_without_parts_is_unreadable(request_: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the request: expected"):
        read(request_)


@pytest.mark.parametrize("body", [b'{"text": "x"}', events({"type": "x"})])
def test_answer_that_is_no_such_stream_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response_body=body)


def test_last_message_may_come_alone() -> None:
    result = streamed(PIECE, request={"id": "c", "message": ASKED["messages"][0]})

    assert (result.query, result.conversation_id) == ("What is the fee?", "c")


def test_stream_without_its_end_is_cut() -> None:
    assert streamed(PIECE).is_cut
    assert streamed(PIECE, {"type": "finish"}).is_cut
    assert not extract(response_body=events(PIECE) + b"data: [DONE]\n\n").is_cut


def test_error_before_any_text_is_an_upstream_error() -> None:
    assert read(response_body=events({"type": "error", "errorText": "x"})) == ERROR


def test_stream_that_stops_after_its_start_is_empty() -> None:
    assert read(response_body=events({"type": "start"}), is_response_whole=False) == EMPTY


def test_tools_called_with_the_query_s_own_turn_are_told() -> None:
    parts = [
        {"type": "dynamic-tool", "toolName": "clock", "output": "noon"},
        {"type": "tool-search", "toolCallId": "t", "output": {"fee": 10}},
        {"type": "tool-search"},
    ]

    result = streamed(PIECE, request={"messages": [*ASKED["messages"], {"role": "assistant", "parts": parts}]})

    assert result.tool_calls == ("clock", "search", "search")
    assert result.documents == (Document(id="tool", content="noon"), Document(id="t", content='{"fee":10}'))


def test_documents_that_a_message_carries_are_read() -> None:
    part = {"type": "data-documents", "data": [{"id": "a", "content": "Rule 3."}]}

    result = streamed(PIECE, request={"messages": [{"role": "user", "parts": [part, {"type": "text", "text": "?"}]}]})

    assert result.documents == (Document(id="a", content="Rule 3."),)


def test_data_parts_of_other_names_are_no_documents() -> None:
    assert streamed(PIECE, {"type": "data-weather", "data": [{"content": "x"}]}).documents is None


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        ({"type": "source-url", "url": "https://a"}, Document(id="https://a", source="https://a")),
        ({"type": "source-document", "filename": "a.pdf"}, Document(id="source", source="a.pdf")),
    ],
)
def test_source_is_named_by_what_it_has(part: dict[str, Any], wanted: Document) -> None:
    assert streamed(part, PIECE).documents == (wanted,)


def test_metadata_of_the_message_may_come_in_any_part() -> None:
    about = {"messageMetadata": {"modelId": "m", "usage": {"inputTokens": 3}}}

    result = streamed({"type": "message-metadata"} | about, PIECE)

    assert (result.model, result.usage) == ("m", Usage(input_tokens=3))
