"""What the samples under `tests/samples/cohere_v2/` do not show."""

from typing import Any

import pytest

from scorer.formats.base import HttpCopy, UnreadableError
from scorer.formats.cohere_v2 import CohereV2
from scorer.model import Document, Usage
from tests.fakes.copies import events, http_copy, json_copy
from tests.fakes.format_reader import ERROR, SERVICE, FormatReader

FORMAT = CohereV2()
PATH = "/v2/chat"
ASKED = {"messages": [{"role": "user", "content": "What is the fee?"}]}
ANSWERED = {"message": {"content": [{"type": "text", "text": "Ten rupees."}]}}

READER = FormatReader(FORMAT, PATH, ASKED, ANSWERED)
read, extract = READER.read, READER.extract


def delta(text: str) -> dict[str, Any]:
    return {"type": "content-delta", "delta": {"message": {"content": {"text": text}}}}


@pytest.mark.parametrize(
    ("copy", "wanted"),
    [
        (json_copy(ASKED, {}, path="/v2/chat"), True),
        (json_copy(ASKED, {}, path="/cohere/v2/chat/"), True),
        (json_copy(ASKED, {}, path="/v2/chat", method="PUT"), False),
        (json_copy({"message": "x"}, {}, path="/v2/chat"), False),
        (json_copy({"model": "m"}, {}, path="/v2/rerank"), True),
        (json_copy({"model": "m"}, {}, path="/v2/rerank", method="PUT"), False),
        (json_copy(ASKED, {}, path="/v1/chat"), False),
        (http_copy(path="/v2/embed"), False),
    ],
)
def test_recognises_by_path(copy: HttpCopy, wanted: bool) -> None:
    assert FORMAT.recognise(copy, SERVICE) is wanted


@pytest.mark.parametrize("request_", [{}, {"messages": "x"}, []])
def test_request_without_messages_is_unreadable(request_: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the request: expected"):
        read(request_)


@pytest.mark.parametrize("response", [{}, {"message": "invalid request"}, []])
def test_answer_without_a_message_is_unreadable(response: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response=response)


def test_stream_of_other_events_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response_body=events({"type": "debug"}))


def test_stream_without_its_end_is_cut() -> None:
    assert extract(response_body=events(delta("Ten"))).is_cut
    assert not extract(response_body=events(delta("Ten"), {"type": "message-end", "delta": {}})).is_cut


def test_answer_that_failed_is_an_upstream_error() -> None:
    assert read(response={"message": {}, "finish_reason": "ERROR"}) == ERROR


def test_billed_units_are_no_usage() -> None:
    assert extract(response=ANSWERED | {"usage": {"billed_units": {"input_tokens": 9}}}).usage == Usage()


def test_counts_may_be_written_as_decimals() -> None:
    usage = {"tokens": {"input_tokens": 507.0, "output_tokens": 10.5}}

    assert extract(response=ANSWERED | {"usage": usage}).usage == Usage(input_tokens=507)


def test_output_of_a_tool_that_is_cited_is_a_document_where_nothing_else_is() -> None:
    source = {"type": "tool", "id": "search:0", "tool_output": {"text": "Ten rupees", "title": "Rules"}}
    message = ANSWERED["message"] | {"citations": [{"sources": [source, {"type": "document"}]}]}

    result = extract(response={"message": message})

    assert result.documents == (Document(id="search:0", source="Rules", content="Ten rupees"), Document(id="2"))


def test_tool_result_without_a_document_is_none() -> None:
    messages = [*ASKED["messages"], {"role": "tool", "content": [{"type": "text", "text": "x"}]}]

    assert extract({"messages": messages}).documents == (Document(id="tool", content="x"),)
