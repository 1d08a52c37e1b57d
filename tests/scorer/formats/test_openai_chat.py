"""What the samples under `tests/samples/openai_chat/` do not show."""

from typing import Any

import pytest

from scorer.formats.base import HttpCopy, NotText, UnreadableError
from scorer.formats.openai_chat import OpenAiChat
from scorer.model import CaptureOutcome, Document, Usage
from tests.fakes.copies import events, http_copy, json_copy
from tests.fakes.format_reader import SERVICE, FormatReader

FORMAT = OpenAiChat()
PATH = "/v1/chat/completions"
ASKED = {"messages": [{"role": "user", "content": "What is the fee?"}]}
ANSWERED = {"choices": [{"index": 0, "message": {"content": "Ten rupees."}, "finish_reason": "stop"}]}

READER = FormatReader(FORMAT, PATH, ASKED, ANSWERED)
read, extract = READER.read, READER.extract


def chunk(content: str | None = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {} if content is None else {"content": content}} | more]}


@pytest.mark.parametrize(
    ("copy", "wanted"),
    [
        (http_copy(path="/v1/chat/completions"), True),
        (http_copy(path="/proxy/openai/deployments/x/chat/completions/"), True),
        (http_copy(path="/v1/chat/completions", method="GET"), False),
        (json_copy({"input": "x"}, {}, path="/v1/embeddings"), True),
        (json_copy({"prompt": "x"}, {}, path="/v1/images/generations"), True),
        (json_copy({"name": "x"}, {}, path="/v1/embeddings"), False),
        (json_copy(ASKED, ANSWERED, path="/bot"), True),
        (json_copy(ASKED, {"reply": "x"}, path="/bot"), False),
        (json_copy({"messages": ["x"]}, ANSWERED, path="/bot"), False),
        (http_copy(path="/bot", request_body=b'"messages"', response_body=b'"choices"'), False),
        (http_copy(path="/bot", request_body=b'{"messages"', response_body=b'"choices"'), False),
    ],
)
def test_recognises_by_path_or_shape(copy: HttpCopy, wanted: bool) -> None:
    assert FORMAT.recognise(copy, SERVICE) is wanted


def test_last_user_message_is_the_query_though_others_follow() -> None:
    messages = [
        {"role": "user", "content": "a"},
        {"role": "user", "content": "b"},
        {"role": "assistant", "content": "prefill"},
    ]

    result = extract({"messages": messages})

    assert (result.query, [turn.content for turn in result.history]) == ("b", ["a"])


def test_tools_called_before_the_query_are_not_this_answers() -> None:
    call = {"role": "assistant", "tool_calls": [{"function": {"name": "old"}}]}
    legacy = {"role": "assistant", "function_call": {"name": "new", "arguments": "{}"}}
    messages = [{"role": "user", "content": "a"}, call, {"role": "user", "content": "b"}, legacy]

    assert extract({"messages": messages}).tool_calls == ("new",)


def test_text_beside_tool_calls_is_an_answer() -> None:
    message = {"content": "I look it up.", "tool_calls": [{"function": {"name": "search"}}]}

    result = extract(response={"choices": [{"message": message}]})

    assert (result.response, result.tool_calls) == ("I look it up.", ("search",))


@pytest.mark.parametrize(
    "messages", [[], [{"role": "system", "content": "x"}], [{"role": "user", "content": " "}], ["x"]]
)
def test_request_without_a_question_is_no_text(messages: Any) -> None:
    assert read({"messages": messages}) == NotText(CaptureOutcome.NO_TEXT, "no user message has text")


@pytest.mark.parametrize("request_", [{}, {"messages": "x"}, [], "x"])
def test_request_without_messages_is_unreadable(request_: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the request: expected"):
        read(request_)


@pytest.mark.parametrize("response", [{}, {"reply": "x"}, [], "x", {"choices": "x"}])
def test_answer_without_choices_is_unreadable(response: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response=response)


@pytest.mark.parametrize("choices", [[], [{"index": 1, "message": {"content": "x"}}], [{"index": 0}], [7]])
def test_answer_without_a_choice_0_is_empty(choices: Any) -> None:
    assert read(response={"choices": choices}) == NotText(CaptureOutcome.EMPTY_ANSWER, "the answer is empty")


def test_empty_body_is_an_empty_answer() -> None:
    assert read(response_body=b"") == NotText(CaptureOutcome.EMPTY_ANSWER, "the answer is empty")


def test_content_parts_of_an_answer_are_joined() -> None:
    parts = [{"type": "text", "text": "Ten"}, {"type": "text", "text": "rupees."}]

    assert extract(response={"choices": [{"message": {"content": parts}}]}).response == "Ten\nrupees."


def test_stream_of_pings_and_chunks_is_read() -> None:
    body = b"data: ping\n\n" + events(chunk("Ten"), chunk(" rupees.", finish_reason="stop"))

    result = extract(response_body=body)

    assert (result.response, result.is_cut) == ("Ten rupees.", False)


def test_stream_without_its_end_mark_is_cut() -> None:
    assert extract(response_body=events(chunk("Ten"))).is_cut


def test_done_alone_is_an_end_mark() -> None:
    assert not extract(response_body=events(chunk("Ten")) + b"data: [DONE]\n\n").is_cut


def test_nothing_after_done_is_read() -> None:
    assert extract(response_body=events(chunk("Ten")) + b"data: [DONE]\n\n" + events(chunk("!"))).response == "Ten"


def test_stream_that_stops_before_its_first_piece_is_empty() -> None:
    result = read(response_body=events(chunk("")), is_response_whole=False)

    assert result == NotText(CaptureOutcome.EMPTY_ANSWER, "the answer is empty")


def test_error_before_any_text_is_an_upstream_error() -> None:
    assert read(response_body=events({"error": {"message": "x"}})) == NotText(
        CaptureOutcome.UPSTREAM_ERROR, "the answer is an error body"
    )


@pytest.mark.parametrize("body", [events({"delta": "x"}), b"data: hello\n\n", b"data: {broken\n\n"])
def test_stream_of_something_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        read(response_body=body)


def test_white_space_between_pieces_is_kept() -> None:
    assert extract(response_body=events(chunk("Ten"), chunk(" "), chunk("rupees"))).response == "Ten rupees"


def test_last_usage_of_a_stream_counts() -> None:
    body = events(chunk("Ten") | {"usage": {"total_tokens": 1}}, {"choices": None, "usage": {"total_tokens": 9}})

    assert extract(response_body=body).usage == Usage(total_tokens=9)


def test_documents_repeated_in_every_chunk_are_told_once() -> None:
    pages = [{"title": "t", "url": "u", "snippet": "s"}]
    body = events(*[chunk("a") | {"search_results": pages, "citations": ["u"]} for _ in range(3)])

    assert extract(response_body=body).documents == (Document(id="1", source="t", content="s"),)


def test_bare_citations_are_documents_without_text() -> None:
    result = extract(response=ANSWERED | {"citations": ["https://a.example"]})

    assert result.documents == (Document(id="1", source="https://a.example"),)


def test_answer_without_any_documents_field_has_none() -> None:
    assert extract().documents is None


def test_empty_annotations_are_no_documents_field() -> None:
    message = {"content": "Ten.", "annotations": []}

    assert extract(response={"choices": [{"message": message}]}).documents is None


def test_empty_documents_field_is_an_empty_retrieval() -> None:
    assert extract(response=ANSWERED | {"documents": []}).documents == ()


@pytest.mark.parametrize("content", ["[1, 2]", '{"fee": 10}', '["", {}]', "[not JSON", '[{"id": "a"}]'])
def test_tool_result_that_lists_no_documents_is_one_document(content: str) -> None:
    messages = [*ASKED["messages"], {"role": "function", "name": "lookup", "content": content}]

    assert extract({"messages": messages}).documents == (Document(id="lookup", source="lookup", content=content),)


def test_tool_result_without_text_is_no_document() -> None:
    messages = [*ASKED["messages"], {"role": "tool", "tool_call_id": "c", "content": ""}]

    assert extract({"messages": messages}).documents is None


def test_conversation_of_the_answer_counts_where_the_request_has_none() -> None:
    assert extract(response=ANSWERED | {"conversation_id": "c-1"}).conversation_id == "c-1"


def test_model_of_the_request_counts_where_the_answer_has_none() -> None:
    assert extract(ASKED | {"model": "m"}).model == "m"


def test_user_of_the_request_is_nobodys_conversation() -> None:
    assert extract(ASKED | {"user": "u-1"}).conversation_id is None
