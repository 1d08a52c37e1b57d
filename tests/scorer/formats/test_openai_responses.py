"""What the samples under `tests/samples/openai_responses/` do not show."""

from typing import Any

import pytest

from scorer.formats.base import HttpCopy, NotText, UnreadableError
from scorer.formats.openai_responses import OpenAiResponses
from scorer.model import CaptureOutcome, Document, Usage
from tests.fakes.copies import events, http_copy, json_copy
from tests.fakes.format_reader import SERVICE, FormatReader

FORMAT = OpenAiResponses()
PATH = "/v1/responses"
ASKED = {"input": "What is the fee?"}


def message(text: str, annotations: Any = ()) -> dict[str, Any]:
    return {"type": "message", "content": [{"type": "output_text", "text": text, "annotations": list(annotations)}]}


ANSWERED = {"object": "response", "output": [message("Ten rupees.")]}

READER = FormatReader(FORMAT, PATH, ASKED, ANSWERED)
read, extract = READER.read, READER.extract


@pytest.mark.parametrize(
    ("copy", "wanted"),
    [
        (json_copy(ASKED, {}, path="/v1/responses"), True),
        (json_copy(ASKED, {}, path="/openai/v1/responses/"), True),
        (json_copy(ASKED, {}, path="/v1/responses", method="PUT"), False),
        (json_copy({"messages": []}, {}, path="/v1/responses"), False),
        (json_copy(ASKED, ANSWERED, path="/bot"), True),
        (json_copy(ASKED, {"output": []}, path="/bot"), False),
        (json_copy(ASKED, {"object": "response"}, path="/bot"), False),
        (http_copy(path="/v1/embeddings", request_body=b'{"input": "x"}'), False),
    ],
)
def test_recognises_by_path_or_shape(copy: HttpCopy, wanted: bool) -> None:
    assert FORMAT.recognise(copy, SERVICE) is wanted


@pytest.mark.parametrize("request_", [{}, {"input": 7}, [], "x"])
def test_request_without_an_input_is_unreadable(request_: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the request: expected"):
        read(request_)


@pytest.mark.parametrize("response", [{}, {"reply": "x"}, [], {"output": "x"}])
def test_answer_without_output_items_is_unreadable(response: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response=response)


def test_input_without_a_user_message_asks_nothing() -> None:
    assert read({"input": [{"role": "system", "content": "x"}]}) == NotText(
        CaptureOutcome.NO_TEXT, "no user message has text"
    )


def test_answer_in_the_background_has_no_text_yet() -> None:
    assert read(response={"status": "queued", "output": []}) == NotText(
        CaptureOutcome.NO_TEXT, "the answer is made in the background"
    )


def test_two_messages_are_two_lines() -> None:
    assert extract(response={"output": [message("One."), message("Two.")]}).response == "One.\nTwo."


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"conversation": "c-1", "previous_response_id": "r-1"}, "c-1"),
        ({"conversation": {"id": "c-2"}}, "c-2"),
        ({"previous_response_id": "r-1", "metadata": {"session_id": "s"}}, "r-1"),
        ({"metadata": {"session_id": "s"}}, "s"),
        ({"user": "u-1", "safety_identifier": "u-1"}, None),
    ],
)
def test_conversation_is_what_the_request_goes_on_with(more: dict[str, Any], wanted: str | None) -> None:
    assert extract(ASKED | more).conversation_id == wanted


def test_conversation_that_the_answer_begins_is_taken() -> None:
    assert extract(response=ANSWERED | {"conversation": {"id": "c-9"}}).conversation_id == "c-9"


def test_last_event_alone_gives_the_whole_answer() -> None:
    last = {"type": "response.completed", "response": ANSWERED | {"usage": {"input_tokens": 3}, "model": "m"}}

    result = extract(response_body=events(last))

    assert (result.response, result.usage, result.model) == ("Ten rupees.", Usage(input_tokens=3), "m")
    assert not result.is_cut


def test_tools_called_in_a_stream_are_told_once() -> None:
    call = {"type": "function_call", "name": "search"}
    body = events(
        {"type": "response.output_text.delta", "delta": "I look."},
        {"type": "response.output_item.done", "item": call},
        {"type": "response.completed", "response": {"output": [message("I look."), call]}},
    )

    result = extract(response_body=body)

    assert (result.response, result.tool_calls) == ("I look.", ("search",))


def test_tool_without_a_name_is_not_called() -> None:
    assert extract(response={"output": [{"type": "mcp_call"}, message("Ten.")]}).tool_calls == ()


def test_reasoning_comes_in_pieces() -> None:
    body = events(
        {"type": "response.reasoning_summary_text.delta", "delta": "Rule "},
        {"type": "response.reasoning_summary_text.delta", "delta": "3."},
        {"type": "response.output_item.done", "item": {"type": "reasoning", "summary": [{"text": "Rule 3."}]}},
        {"type": "response.output_text.delta", "delta": "Ten."},
    )

    assert extract(response_body=body).reasoning_trace == "Rule 3."


def test_incomplete_answer_has_its_end() -> None:
    body = events(
        {"type": "response.output_text.delta", "delta": "Ten"},
        {"type": "response.incomplete", "response": {"output": [], "status": "incomplete"}},
    )

    assert not extract(response_body=body).is_cut


def test_failed_stream_is_cut() -> None:
    body = events(
        {"type": "response.output_text.delta", "delta": "Ten"},
        {"type": "response.failed", "response": {"output": [], "status": "failed", "error": {"code": "x"}}},
    )

    assert extract(response_body=body).is_cut


def test_events_of_other_kinds_are_ignored() -> None:
    body = events({"type": "response.output_text.delta", "delta": "Ten."}, {"type": "keepalive"}, {})

    assert extract(response_body=body).response == "Ten."


def test_search_that_keeps_its_results_to_itself_has_no_documents_place() -> None:
    items = [{"type": "file_search_call", "results": None}, message("Ten.")]

    assert extract(response={"output": items}).documents is None


def test_search_that_finds_nothing_is_an_empty_retrieval() -> None:
    assert extract(response={"output": [{"type": "file_search_call", "results": []}, message("Ten.")]}).documents == ()


def test_result_without_id_text_or_score_is_listed() -> None:
    item = {"type": "file_search_call", "results": [{"filename": "a.pdf", "score": True}]}

    assert extract(response={"output": [item, message("Ten.")]}).documents == (Document(id="1", source="a.pdf"),)


def test_search_of_an_earlier_turn_counts() -> None:
    item = {"type": "file_search_call", "results": [{"file_id": "f", "text": "x"}]}

    result = extract({"input": [item, {"role": "user", "content": "And the fee?"}]})

    assert result.documents == (Document(id="f", content="x"),)


def test_call_whose_id_is_no_text_is_passed_over() -> None:
    items = [{"role": "user", "content": "What is the fee?"}, {"type": "function_call", "call_id": [], "name": "a"}]

    assert extract({"input": items}).tool_calls == ("a",)


def test_annotation_without_id_or_address_is_no_document() -> None:
    assert extract(response={"output": [message("Ten.", [{"type": "file_path"}])]}).documents is None
