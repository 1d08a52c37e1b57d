"""What the samples under `tests/samples/langserve/` do not show."""

from typing import Any

import pytest

from scorer.formats.base import Extract, HttpCopy, UnreadableError
from scorer.formats.langserve import LangServe
from scorer.model import Document, Usage
from tests.fakes.copies import events, http_copy, json_copy
from tests.fakes.format_reader import EMPTY, ERROR, SERVICE, FormatReader

FORMAT = LangServe()
PATH = "/chain/invoke"
ASKED = {"input": "What is the fee?"}
ANSWERED = {"output": "Ten rupees."}

READER = FormatReader(FORMAT, PATH, ASKED, ANSWERED)
read, extract = READER.read, READER.extract


EVENT_STREAM = [("content-type", "text/event-stream")]
DATA = b'event: data\r\ndata: "Ten"\r\n\r\n'


def streamed(body: bytes) -> Extract:
    return extract(path="/chain/stream", response_body=body, response_headers=EVENT_STREAM)


@pytest.mark.parametrize(
    ("copy", "wanted"),
    [
        (json_copy(ASKED, {}, path="/chain/invoke"), True),
        (json_copy(ASKED, {}, path="/chain/c/hash/stream/"), True),
        (json_copy(ASKED, {}, path="/chain/stream_log"), True),
        (json_copy(ASKED, {}, path="/chain/stream_events"), False),
        (json_copy({"inputs": []}, {}, path="/chain/invoke"), False),
        (http_copy(path="/chain/invoke", method="GET"), False),
    ],
)
def test_recognises_by_path_and_input(copy: HttpCopy, wanted: bool) -> None:
    assert FORMAT.recognise(copy, SERVICE) is wanted


@pytest.mark.parametrize("request_", [{}, {"input": 7}, {"input": {"topic": "fees"}}, []])
def test_request_without_a_question_is_unreadable(request_: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the request: expected"):
        read(request_)


@pytest.mark.parametrize("response", [{}, {"reply": "x"}, []])
def test_answer_without_an_output_is_unreadable(response: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response=response)


def test_stream_of_other_events_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        streamed(events({"x": 1}))


@pytest.mark.parametrize(
    "body", [DATA + b"event: end\r\n\r\n", DATA + b"event: end\n\n", DATA + b"event: end\ndata:\n\n"]
)
def test_end_counts_with_and_without_data(body: bytes) -> None:
    assert not streamed(body).is_cut


@pytest.mark.parametrize("body", [DATA, DATA + b": event: end", DATA + b"event: en"])
def test_stream_without_its_end_is_cut(body: bytes) -> None:
    assert streamed(body).is_cut


def test_empty_piece_is_nothing() -> None:
    assert streamed(b"event: data\ndata: \n\n" + DATA).response == "Ten"


@pytest.mark.parametrize("output", [7, None, [], {}, {"answer": {"x": 1}}, {"messages": []}])
def test_output_without_words_is_an_empty_answer(output: Any) -> None:
    assert read(response={"output": output}) == EMPTY


@pytest.mark.parametrize(
    "output",
    [
        {"answer": "Ten."},
        {"result": "Ten.", "query": "x"},
        {"answer": {"content": "Ten.", "type": "ai"}},
        {"messages": [{"content": "?", "type": "human"}, {"content": "Ten.", "type": "ai"}]},
        {"content": [{"type": "text", "text": "Ten."}], "type": "ai"},
    ],
)
def test_answer_is_found_under_the_usual_names(output: Any) -> None:
    assert extract(response={"output": output}).response == "Ten."


@pytest.mark.parametrize("name", ["context", "source_documents", "documents", "sources"])
def test_documents_are_found_under_the_usual_names(name: str) -> None:
    documents = [{"page_content": "Rule 3.", "metadata": {"source": "rules.pdf"}}]

    result = extract(response={"output": {"answer": "Ten.", name: documents}})

    assert result.documents == (Document(id="1", source="rules.pdf", content="Rule 3."),)


def test_context_may_be_given_with_the_question() -> None:
    result = extract({"input": {"question": "What is the fee?", "context": "Rule 3."}})

    assert (result.query, result.documents) == ("What is the fee?", (Document(id="1", content="Rule 3."),))


def test_messages_may_be_constructors() -> None:
    constructor = {"lc": 1, "type": "constructor", "kwargs": {"type": "human", "content": "What is the fee?"}}

    assert extract({"input": [constructor, "x", ["human"]]}).query == "What is the fee?"


def test_result_of_a_tool_is_a_document() -> None:
    call = {"type": "ai", "content": "", "tool_calls": [{"name": "search"}, {}]}
    found = {"type": "tool", "name": "search", "tool_call_id": "t", "content": "Rule 3."}

    result = extract({"input": [["human", "What is the fee?"], call, found]})

    assert (result.tool_calls, result.documents) == (
        ("search",),
        (Document(id="t", source="search", content="Rule 3."),),
    )


def test_thread_of_the_configuration_is_the_conversation() -> None:
    assert extract(ASKED | {"config": {"configurable": {"thread_id": "t-1"}}}).conversation_id == "t-1"


def test_error_body_is_an_upstream_error() -> None:
    assert read(response={"error": "x"}) == ERROR


def test_counts_of_a_message_are_taken() -> None:
    message = {"content": "Ten.", "usage_metadata": {"input_tokens": 3}, "response_metadata": {"model": "m"}}

    result = extract(response={"output": message})

    assert (result.usage, result.model) == (Usage(input_tokens=3), "m")
