"""What the samples under `tests/samples/json_mapping/` do not show."""

from typing import Any

import pytest

from config.settings import JsonMapping, ServiceSettings
from scorer.formats.base import Extract, NotText, UnreadableError
from scorer.formats.json_mapping import JsonMappingFormat, mapping_error
from scorer.model import CaptureOutcome, Document, Usage
from tests.fakes.copies import events, http_copy, json_copy

FORMAT = JsonMappingFormat()
PLAIN = {"query": "$.q", "response": "$.a"}


def service(*mappings: dict[str, str]) -> ServiceSettings:
    return ServiceSettings(id="desk", mappings=tuple(JsonMapping(**mapping) for mapping in mappings))


def read(mapping: dict[str, str], request: Any, response: Any, **changes: Any) -> Extract | NotText:
    return FORMAT.read(json_copy(request, response, **changes), service(mapping))


def extract(mapping: dict[str, str], request: Any, response: Any, **changes: Any) -> Extract:
    result = read(mapping, request, response, **changes)
    assert isinstance(result, Extract)
    return result


@pytest.mark.parametrize(
    ("mappings", "changes", "wanted"),
    [
        ([PLAIN], {}, True),
        ([PLAIN | {"path": "/other"}, PLAIN], {}, True),
        ([PLAIN | {"path": "/ch"}], {}, True),
        ([PLAIN | {"path": "/other"}], {}, False),
        ([{"query": "$.x", "response": "$.a"}], {}, False),
        ([], {}, False),
        ([PLAIN], {"method": "PUT"}, True),
        ([PLAIN], {"method": "GET"}, False),
        ([PLAIN], {"request_body": b"q=x"}, False),
        ([PLAIN], {"is_request_whole": False}, False),
    ],
)
def test_recognises_by_path_and_query(mappings: list[dict[str, str]], changes: dict[str, Any], wanted: bool) -> None:
    copy = json_copy({"q": "Who may appeal?"}, {}, **changes)

    assert FORMAT.recognise(copy, service(*mappings)) is wanted


def test_first_mapping_whose_query_is_there_is_used() -> None:
    mappings = service({"query": "$.x", "response": "$.b"}, PLAIN, {"query": "$.q", "response": "$.b"})

    result = FORMAT.read(json_copy({"q": "?"}, {"a": "first", "b": "second"}), mappings)

    assert isinstance(result, Extract)
    assert result.response == "first"


def test_request_that_no_mapping_fits_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="found none"):
        read(PLAIN, {"x": 1}, {"a": "b"})


def test_answer_that_is_no_json_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="expected JSON"):
        read(PLAIN, {"q": "?"}, None, response_body=b"<html>")


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"", CaptureOutcome.EMPTY_ANSWER),
        (b'{"a": " "}', CaptureOutcome.EMPTY_ANSWER),
        (b'{"b": "Ten."}', CaptureOutcome.NO_TEXT),
        (b"data: ping\n\n", CaptureOutcome.NO_TEXT),
    ],
)
def test_empty_answer_is_told_from_a_path_that_leads_nowhere(body: bytes, outcome: CaptureOutcome) -> None:
    result = read(PLAIN, {"q": "?"}, None, response_body=body)

    assert isinstance(result, NotText)
    assert result.outcome is outcome


def test_numbers_are_text_and_truth_values_are_not() -> None:
    assert extract({"query": "$.q", "response": "$.a[*]"}, {"q": "?"}, {"a": [7, True, None, "b"]}).response == "7\nb"


def test_documents_may_be_strings_or_one_list() -> None:
    mapping = PLAIN | {"documents": "$.d"}

    result = extract(mapping, {"q": "?"}, {"a": "b", "d": ["x", {"content": "y", "id": "k", "source": "s"}]})

    assert result.documents == (Document(id="1", content="x"), Document(id="k", source="s", content="y"))


def test_mapped_documents_that_are_absent_are_an_empty_retrieval() -> None:
    assert extract(PLAIN | {"documents": "$.d[*]"}, {"q": "?"}, {"a": "b"}).documents == ()


def test_mapping_without_documents_has_none() -> None:
    assert extract(PLAIN, {"q": "?"}, {"a": "b"}).documents is None


def test_document_that_is_neither_text_nor_object_stays_without_text() -> None:
    assert extract(PLAIN | {"documents": "$.d[*]"}, {"q": "?"}, {"a": "b", "d": [7]}).documents == (Document(id="1"),)


def test_conversation_and_model_are_found_on_either_side() -> None:
    mapping = PLAIN | {"conversation_id": "$.c", "model": "$.m"}

    result = extract(mapping, {"q": "?", "m": "asked"}, {"a": "b", "c": 9})

    assert (result.conversation_id, result.model) == ("9", "asked")


def test_every_event_of_a_stream_is_read_but_its_marks() -> None:
    body = events({"a": "Ten"}, {"a": " rupees."}, {"usage": {"total_tokens": 3}}) + b"data: ping\n\ndata: [DONE]\n\n"

    result = extract(PLAIN, {"q": "?"}, None, response_body=body)

    assert (result.response, result.usage) == ("Ten rupees.", Usage(total_tokens=3))


def test_list_at_the_top_is_followed() -> None:
    assert extract({"query": "$[-1].q", "response": "$[*].a"}, [{"q": "x"}, {"q": "y"}], [{"a": "b"}]).query == "y"


def test_wrong_path_of_a_mapping_is_named_by_its_key() -> None:
    problem = mapping_error(JsonMapping(query="$.q", response="$.a["))

    assert problem is not None
    assert problem.startswith("response: expected a JSONPath")


@pytest.mark.parametrize("is_whole", [True, False])
def test_forms_fields_are_read_like_an_object(is_whole: bool) -> None:
    form = [("content-type", "application/x-www-form-urlencoded")]
    copy = http_copy(
        request_headers=form,
        request_body=b"q=What+fee%3F&c=7",
        response_body=b'{"a": "Ten."}',
        is_request_whole=is_whole,
    )
    desk = service(PLAIN | {"conversation_id": "$.c"})

    assert FORMAT.recognise(copy, desk) is is_whole
    if is_whole:
        assert FORMAT.read(copy, desk) == Extract(query="What fee?", response="Ten.", conversation_id="7")


def test_path_prefix_of_a_mapping_is_no_json_path() -> None:
    assert mapping_error(JsonMapping(path="/v3", query="$.q", response="$.a")) is None


def test_descendants_of_the_deepest_body_are_found() -> None:
    body = b'{"x":' * 90 + b'{"a":"end"}' + b"}" * 90

    result = FORMAT.read(
        http_copy(request_body=b'{"q": "?"}', response_body=body), service({"query": "$.q", "response": "$..a"})
    )

    assert isinstance(result, Extract)
    assert result.response == "end"
