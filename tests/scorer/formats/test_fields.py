"""What formats share in reading fields."""

import pytest

from scorer.formats.base import NO_USAGE, NotText
from scorer.formats.fields import (
    DocumentCollector,
    Strings,
    count_of,
    documents_of,
    first_text,
    is_event_stream,
    object_of,
    objects_of,
    text_of,
    tool_result_documents,
    tool_value_documents,
    turns_of,
    usage_of,
    without_answer,
    wordless_answer,
)
from scorer.formats.json_body import Json, JsonObject
from scorer.model import CaptureOutcome, Document, Turn, Usage
from tests.fakes.copies import http_copy


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("text", "text"),
        ([{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "x"}}, "b"], "a\nb"),
        ([{"type": "refusal", "refusal": "no"}], "no"),
        ([{"type": "text", "text": None}, 7, None], ""),
        (None, ""),
        (7, ""),
        ({"text": "a"}, ""),
    ],
)
def test_text_is_a_string_or_its_text_parts(value: Json, wanted: str) -> None:
    assert text_of(value) == wanted


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"b": "text"}, "text"),
        ({"a": " ", "b": "text"}, "text"),
        ({"a": 7}, "7"),
        ({"a": 2.5}, "2.5"),
        ({"a": True, "b": []}, None),
        ({"a": None}, None),
        ({}, None),
    ],
)
def test_first_field_with_text_counts(fields: JsonObject, wanted: str | None) -> None:
    assert first_text(fields, ("a", "b")) == wanted


def test_other_values_are_no_objects() -> None:
    assert (object_of([1]), objects_of({"a": 1}), objects_of([{"a": 1}, 2])) == ({}, [], [{"a": 1}])


def test_turns_without_role_or_text_are_left_out() -> None:
    messages: Json = [{"role": "user", "content": "a"}, {"content": "b"}, {"role": "assistant", "content": None}, "c"]

    assert turns_of(messages) == (Turn(role="user", content="a"),)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 4}, Usage(input_tokens=3, output_tokens=4)),
        ({"output_tokens": 4, "total_tokens": 7}, Usage(output_tokens=4, total_tokens=7)),
        ({"input_tokens": 3}, Usage(input_tokens=3)),
        ({"prompt_tokens": -1, "completion_tokens": "4", "total_tokens": True}, NO_USAGE),
        ({"total_tokens": 2**53}, NO_USAGE),
        (None, NO_USAGE),
    ],
)  # fmt: skip
def test_usage_is_what_the_bot_said(value: Json, wanted: Usage) -> None:
    assert usage_of(value) == wanted


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        ({"id": "a", "content": "x"}, Document(id="a", content="x")),
        ({"text": "x", "metadata": {"source": "s", "page": 3}}, Document(id="1", content="x", source="s", page=3)),
        ({"id": "d", "data": {"title": "T", "snippet": "x"}}, Document(id="d", content="x", source="T")),
        ({"document": "x", "score": 0.5}, Document(id="1", content="x", similarity_score=0.5)),
        ({"document": {"id": 4, "text": "x"}, "score": 1}, Document(id="4", content="x", similarity_score=1.0)),
        ({"text": "x", "page_label": "iv"}, Document(id="1", content="x", page="iv")),
        ({"content": "x", "label": "restricted"}, Document(id="1", content="x", label="restricted")),
        ({"content": "x", "label": 7, "similarity_score": True}, Document(id="1", content="x")),
        ({"url": "https://a.example"}, Document(id="1", source="https://a.example")),
        ({"unknown": 1}, Document(id="1")),
        ("x", Document(id="1", content="x")),
    ],
)  # fmt: skip
def test_document_is_read_under_its_usual_names(item: Json, wanted: Document) -> None:
    assert documents_of([item], Strings.CONTENT) == (wanted,)


def test_bare_strings_may_be_sources() -> None:
    assert documents_of(["a.pdf"], Strings.SOURCE) == (Document(id="1", source="a.pdf"),)


def test_documents_keep_their_order_and_are_named_by_place() -> None:
    documents = documents_of(["a", "", {}, None, 7, "b"], Strings.CONTENT)

    assert documents == (Document(id="1", content="a"), Document(id="6", content="b"))


@pytest.mark.parametrize("name", ["documents", "citations", "sources", "results", "chunks", "context"])
def test_documents_are_found_inside_an_object(name: str) -> None:
    assert documents_of({"intent": "x", name: ["a"]}, Strings.CONTENT) == (Document(id="1", content="a"),)


@pytest.mark.parametrize("value", [None, 7, True, {}, {"intent": "x"}, " ", {"documents": {"a": 1}}])
def test_what_is_no_list_is_no_documents_field(value: Json) -> None:
    assert documents_of(value, Strings.CONTENT) is None


def test_context_of_bare_text_is_one_document() -> None:
    assert documents_of("The fee is ten rupees.", Strings.CONTENT) == (
        Document(id="1", content="The fee is ten rupees."),
    )


def test_text_is_no_document_where_strings_are_sources() -> None:
    assert documents_of("a.pdf", Strings.SOURCE) is None


def test_collector_tells_no_field_from_an_empty_one() -> None:
    absent, empty = DocumentCollector(), DocumentCollector()

    absent.add(None)
    empty.add(())

    assert (absent.documents(), empty.documents()) == (None, ())


def test_collector_keeps_each_document_once_in_order() -> None:
    a, b, c = (Document(id=name, content=name) for name in "abc")
    collector = DocumentCollector()

    for part in ((a, b), None, (b, c), (a,)):
        collector.add(part)

    assert collector.documents() == (a, b, c)


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (0, CaptureOutcome.NO_TEXT),
        (304, CaptureOutcome.NO_TEXT),
        (400, CaptureOutcome.UPSTREAM_ERROR),
        (503, CaptureOutcome.UPSTREAM_ERROR),
        (200, None),
        (299, None),
    ],
)
def test_status_alone_may_tell_that_nothing_was_answered(status: int, wanted: CaptureOutcome | None) -> None:
    result = without_answer(http_copy(status=status))

    assert (result.outcome if isinstance(result, NotText) else None) == wanted


@pytest.mark.parametrize(
    ("body", "media_type", "wanted"),
    [
        (b"data: a\n\n", "application/json", True),
        (b"\xef\xbb\xbf\n: hi\n\n", "", True),
        (b'{"a": 1}', "text/event-stream", False),
        (b"", "text/event-stream; charset=utf-8", True),
        (b"hello", "text/plain", False),
    ],
)
def test_event_stream_is_told_by_its_beginning_then_by_its_type(body: bytes, media_type: str, wanted: bool) -> None:
    copy = http_copy(response_body=body, response_headers=[("content-type", media_type)])

    assert is_event_stream(copy) is wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(7, 7), (7.0, 7), (7.5, None), (-1, None), (True, None), ("7", None), (float("inf"), None), (2**60, None)],
)
def test_count_is_a_whole_number_that_every_store_takes(value: Json, wanted: int | None) -> None:
    assert count_of({"a": value}, ("a",)) == wanted


def test_first_count_that_is_there_is_taken() -> None:
    assert count_of({"b": 2, "c": 3}, ("a", "b", "c")) == 2


def test_tool_result_that_lists_documents_with_text_is_those() -> None:
    text = '{"results": [{"id": "a", "text": "Rule 3."}, "Rule 4."]}'

    assert tool_result_documents(text, "t") == (
        Document(id="a", content="Rule 3."),
        Document(id="2", content="Rule 4."),
    )


@pytest.mark.parametrize("text", ['[{"id": "a"}]', "[]", "{broken", "Rule 3."])
def test_tool_result_of_another_shape_is_one_document(text: str) -> None:
    assert tool_result_documents(text, "t", "search") == (Document(id="t", source="search", content=text),)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (None, None),
        (" ", None),
        ("Rule 3.", (Document(id="t", content="Rule 3."),)),
        ([{"id": "a", "text": "Rule 3."}], (Document(id="a", content="Rule 3."),)),
        ({"fee": 10}, (Document(id="t", content='{"fee":10}'),)),
    ],
)
def test_tool_result_that_is_json_is_read_the_same_way(value: Json, wanted: object) -> None:
    assert tool_value_documents(value, "t") == wanted


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/v1/embeddings/", CaptureOutcome.EMBEDDING),
        ("/v1/images", CaptureOutcome.NO_TEXT),
        ("/v1/chat", None),
    ],
)
def test_answer_without_words_is_told_by_the_paths_end(path: str, outcome: CaptureOutcome | None) -> None:
    outcomes = {"/embeddings": CaptureOutcome.EMBEDDING, "/images": CaptureOutcome.NO_TEXT}

    result = wordless_answer(http_copy(path=path), outcomes)

    assert (result and result.outcome) == outcome
