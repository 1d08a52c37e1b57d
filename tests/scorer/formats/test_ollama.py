"""What the samples under `tests/samples/ollama/` do not show."""

from typing import Any

import pytest

from scorer.formats.base import HttpCopy, NotText, UnreadableError
from scorer.formats.ollama import Ollama
from scorer.model import CaptureOutcome, Document, Usage
from tests.fakes.copies import events, http_copy, json_copy
from tests.fakes.format_reader import EMPTY, ERROR, SERVICE, FormatReader

FORMAT = Ollama()
PATH = "/api/chat"
ASKED = {"model": "m", "messages": [{"role": "user", "content": "What is the fee?"}]}
ANSWERED = {"model": "m", "message": {"content": "Ten rupees."}, "done": True}

READER = FormatReader(FORMAT, PATH, ASKED, ANSWERED)
read, extract = READER.read, READER.extract


GENERATE = {"model": "m", "prompt": "What is the fee?"}
LINES = [("content-type", "application/x-ndjson")]


@pytest.mark.parametrize(
    ("copy", "wanted"),
    [
        (json_copy(ASKED, {}, path="/api/chat"), True),
        (json_copy(ASKED, {}, path="/ollama/api/chat/"), True),
        (json_copy(ASKED, {}, path="/api/chat", method="PUT"), False),
        (json_copy(ASKED, {}, path="/api/chat", response_headers=[("content-type", "text/event-stream")]), False),
        (json_copy({"model": "m", "message": "x"}, {}, path="/api/chat"), False),
        (json_copy({"messages": []}, {}, path="/api/chat"), False),
        (json_copy(GENERATE, {}, path="/api/generate"), True),
        (json_copy(GENERATE, {}, path="/api/embeddings"), True),
        (json_copy(GENERATE, {}, path="/api/pull"), False),
        (http_copy(path="/api/generate"), False),
    ],
)
def test_recognises_by_path_and_model(copy: HttpCopy, wanted: bool) -> None:
    assert FORMAT.recognise(copy, SERVICE) is wanted


@pytest.mark.parametrize("request_", [{}, {"messages": "x"}, {"prompt": ["x"]}, []])
def test_request_of_another_shape_is_unreadable(request_: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the request: expected"):
        read(request_)


@pytest.mark.parametrize("response", [{}, {"reply": "x"}, []])
def test_answer_of_another_shape_is_unreadable(response: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response=response)


def test_lines_that_are_no_json_are_unreadable() -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response_body=b"busy", response_headers=LINES)


def test_lines_are_told_by_an_object_that_follows_another() -> None:
    body = b'{"message": {"content": "Ten"}, "done": false}\n{"message": {"content": "."}, "done": true}\n'

    result = extract(response_body=body)

    assert (result.response, result.is_cut) == ("Ten.", False)


def test_stream_that_is_not_done_is_cut() -> None:
    body = b'{"message": {"content": "Ten"}, "done": false}\n'

    assert extract(response_body=body, response_headers=LINES).is_cut


def test_cut_before_its_first_line_is_an_empty_answer() -> None:
    assert read(response_body=b'{"mess', response_headers=LINES, is_response_whole=False) == EMPTY


def test_model_that_is_only_loaded_was_asked_nothing() -> None:
    assert read({"model": "m", "prompt": ""}) == NotText(CaptureOutcome.NO_TEXT, "no user message has text")


def test_error_body_is_an_upstream_error() -> None:
    assert read(response={"error": "x"}) == ERROR


def test_counts_come_with_the_end_alone() -> None:
    response = ANSWERED | {"done": False, "eval_count": 7}

    assert extract(response=response).usage == Usage()
    assert extract(response=response | {"done": True}).usage == Usage(output_tokens=7)


def test_result_of_a_tool_is_named_by_it() -> None:
    messages = [*ASKED["messages"], {"role": "tool", "tool_name": "search", "content": "Rule 3."}]

    assert extract({"messages": messages}).documents == (Document(id="search", source="search", content="Rule 3."),)


def test_stream_of_events_is_no_answer_of_ollama() -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response_body=events({"message": {"content": "x"}}))
