"""What the samples under `tests/samples/gemini/` do not show."""

from typing import Any

import pytest

from scorer.formats.base import NotText, UnreadableError
from scorer.formats.gemini import Gemini
from scorer.model import CaptureOutcome, Document, Usage
from tests.fakes.copies import events, http_copy
from tests.fakes.format_reader import SERVICE, FormatReader

FORMAT = Gemini()
PATH = "/v1beta/models/gemini-2.5-flash:generateContent"
ASKED = {"contents": [{"parts": [{"text": "What is the fee?"}]}]}


def body(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": list(parts)}, "finishReason": "STOP"} | more]}


ANSWERED = body({"text": "Ten rupees."})

READER = FormatReader(FORMAT, PATH, ASKED, ANSWERED)
read, extract = READER.read, READER.extract


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (PATH, True),
        ("/v1/tunedModels/rti-abc:streamGenerateContent", True),
        ("/v1/projects/p/locations/l/endpoints/42:generateContent", True),
        ("/v1beta/models/x:countTokens", True),
        ("/v1beta/models/x:predict", False),
        ("/v1beta/models/x", False),
        ("/generateContent", False),
    ],
)
def test_recognises_by_model_and_action(path: str, wanted: bool) -> None:
    assert FORMAT.recognise(http_copy(path=path), SERVICE) is wanted


def test_request_that_is_no_post_is_not_recognised() -> None:
    assert not FORMAT.recognise(http_copy(path=PATH, method="PUT"), SERVICE)


def test_named_by_the_service_it_reads_any_path() -> None:
    result = extract(path="/bot")

    assert (result.response, result.model) == ("Ten rupees.", None)


def test_model_is_read_off_the_path_where_the_answer_names_none() -> None:
    assert extract(path="/v1beta/models/rti%20bot:generateContent").model == "rti bot"


@pytest.mark.parametrize("request_", [{}, {"contents": "x"}, []])
def test_request_without_contents_is_unreadable(request_: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the request: expected"):
        read(request_)


@pytest.mark.parametrize("response", [{}, {"reply": "x"}, [{"reply": "x"}], "x"])
def test_answer_without_candidates_is_unreadable(response: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected"):
        read(response=response)


@pytest.mark.parametrize("bytes_", [b"[]", b"[", b"[{"])
def test_list_without_objects_is_an_empty_answer(bytes_: bytes) -> None:
    assert read(response_body=bytes_) == NotText(CaptureOutcome.EMPTY_ANSWER, "the answer is empty")


def test_error_in_a_list_is_an_upstream_error() -> None:
    assert read(response=[{"error": {"code": 503}}]) == NotText(
        CaptureOutcome.UPSTREAM_ERROR, "the answer is an error body"
    )


def test_list_that_breaks_off_inside_a_string_gives_what_is_whole() -> None:
    bytes_ = b'[{"candidates": [{"content": {"parts": [{"text": "Ten \\" ]"}]}}]}, {"candidates": [{"content": "}'

    result = extract(response_body=bytes_)

    assert (result.response, result.is_cut) == ('Ten " ]', True)


def test_stream_without_a_finish_reason_is_cut() -> None:
    assert extract(response_body=events(body({"text": "Ten"}, finishReason=None))).is_cut


def test_other_candidates_were_not_shown() -> None:
    response = {"candidates": [{"index": 1, "content": {"parts": [{"text": "x"}]}}, *ANSWERED["candidates"]]}

    assert extract(response=response).response == "Ten rupees."


def test_snake_case_of_the_system_prompt_is_understood() -> None:
    assert extract(ASKED | {"system_instruction": {"parts": [{"text": "Be brief."}]}}).system_prompt == "Be brief."


def test_result_of_a_function_without_a_name_is_kept() -> None:
    part = {"functionResponse": {"response": {"output": "Rule 3."}}}

    result = extract({"contents": [*ASKED["contents"], {"role": "user", "parts": [part]}]})

    assert result.documents == (Document(id="tool", content='{"output":"Rule 3."}'),)


def test_call_without_a_name_is_no_tool() -> None:
    assert extract(response=body({"functionCall": {}}, {"text": "Ten."})).tool_calls == ()


def test_chunks_of_other_kinds_stay_listed() -> None:
    grounding = {"groundingChunks": [{}, {"maps": {"placeId": "p", "title": "Office", "text": "Open till five."}}]}

    result = extract(response=body({"text": "Ten."}, groundingMetadata=grounding))

    assert result.documents == (Document(id="1"), Document(id="p", source="Office", content="Open till five."))


def test_passage_of_a_corpus_counts_where_the_text_stands_there_alone() -> None:
    chunk = {"retrievedContext": {"documentName": "d", "ragChunk": {"text": "Rule 3."}}}

    result = extract(response=body({"text": "Ten."}, groundingMetadata={"groundingChunks": [chunk]}))

    assert result.documents == (Document(id="d", source="d", content="Rule 3."),)


@pytest.mark.parametrize(
    ("counts", "wanted"),
    [
        ({"promptTokenCount": 5}, Usage(input_tokens=5)),
        ({"candidatesTokenCount": 0}, Usage(output_tokens=0)),
        ({"thoughtsTokenCount": 7, "candidatesTokenCount": 2}, Usage(output_tokens=9)),
        ({"totalTokenCount": True}, Usage()),
        ("x", Usage()),
    ],
)
def test_counts_are_taken_as_they_are(counts: Any, wanted: Usage) -> None:
    assert extract(response=ANSWERED | {"usageMetadata": counts}).usage == wanted


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        ("embedContent", CaptureOutcome.EMBEDDING),
        ("batchEmbedContents", CaptureOutcome.EMBEDDING),
        ("countTokens", CaptureOutcome.NO_TEXT),
        ("computeTokens", CaptureOutcome.NO_TEXT),
    ],
)
def test_action_without_words_has_its_own_outcome(action: str, outcome: CaptureOutcome) -> None:
    result = read(path=f"/v1beta/models/m:{action}")

    assert result == NotText(outcome, f"the answer of :{action} is not words")
