"""What an evaluate body becomes, for any bytes."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import InvalidInputError, TooLargeError
from exporters.api.bodies import validated
from exporters.api.evaluate_body import DocumentBody, EvaluateBody, documents_of, exchange_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OPTIONAL = dict.fromkeys({*EvaluateBody.model_fields, "unknown"} - {"query", "response"}, JSON)


def make(body: Any, limit: int = 100) -> Any:
    return exchange_of(validated(EvaluateBody, body), "new", "submission", NOW, limit)


@given(st.fixed_dictionaries({"query": st.text() | JSON, "response": st.text()}, optional=OPTIONAL))
def test_any_json_is_an_exchange_that_can_be_written_or_an_error_of_the_client(body: dict[str, Any]) -> None:
    try:
        exchange = make(body)
    except (InvalidInputError, TooLargeError):
        return  # nothing else may come out

    assert orjson.loads(exchange.model_dump_json())["query"] == body["query"]
    assert exchange.service_id


@given(st.lists(st.none() | st.sampled_from(["", "d1", "d2", "d3", "d7", "x"]), max_size=12))
def test_documents_without_an_id_get_free_ones(ids: list[str | None]) -> None:
    documents = documents_of([DocumentBody(id=id_) for id_ in ids], 100, {"d4"})

    made = [document.id for document, id_ in zip(documents, ids, strict=True) if not id_]
    assert len(set(made)) == len(made)
    assert not set(made) & {*ids, "d4"}
    assert [document.id for document, id_ in zip(documents, ids, strict=True) if id_] == [id_ for id_ in ids if id_]


def test_documents_are_named_by_their_place() -> None:
    documents = documents_of([DocumentBody(), DocumentBody(id="x"), DocumentBody()], 100)

    assert [document.id for document in documents] == ["d1", "x", "d3"]


def test_no_documents_and_an_empty_list_are_two_things() -> None:
    body = {"query": "q", "response": "r"}

    assert make(body).documents is None
    assert make(body | {"rag_documents": None}).documents is None
    assert make(body | {"rag_documents": []}).documents == ()


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({}, (None, None, None)),
        ({"input_tokens": 1}, (1, None, None)),
        ({"input_tokens": 1, "output_tokens": 2}, (1, 2, 3)),
        ({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 9}, (1, 2, 9)),
        ({"total_tokens": 0}, (None, None, 0)),
    ],
)
def test_usage_is_read_and_never_invented(usage: dict[str, int], expected: tuple[int | None, ...]) -> None:
    made = make({"query": "q", "response": "r", "metadata": {"usage": usage}}).usage

    assert (made.input_tokens, made.output_tokens, made.total_tokens) == expected
