"""`scorer/intake.py`: the `X-Endurance-Documents` header."""

import json
from typing import Any

import pytest

from scorer import wire
from scorer.intake import DOCUMENTS_HEADER_UNREADABLE, Intake
from scorer.model import Document, Exchange
from scorer.policy import PolicyBook
from tests.fakes.copies import head, wire_exchange

INTAKE = Intake(PolicyBook(presets={}, services=(), default_service_id="default"), 1 << 20)
DOCUMENTS = [{"id": "a", "source": "act.pdf", "page": 7, "content": "₹10"}, "plain"]
READ_DOCUMENTS = (Document(id="a", source="act.pdf", page=7, content="₹10"), Document(id="2", content="plain"))


def exchange(**changes: Any) -> Exchange:
    result = INTAKE.read(wire.encode_exchange(wire_exchange(**changes)))
    assert isinstance(result, Exchange), result
    return result


def header(value: str) -> str:
    return f"X-Endurance-Documents: {value}"


def test_documents_header_of_the_answer_counts() -> None:
    result = exchange(response_head=head(header(json.dumps(DOCUMENTS))))

    assert result.documents == READ_DOCUMENTS


def test_documents_header_in_bare_utf_8_is_understood() -> None:
    value = json.dumps(DOCUMENTS, ensure_ascii=False).encode().decode("latin-1")

    assert exchange(response_head=head(header(value))).documents == READ_DOCUMENTS


def test_documents_header_may_be_repeated() -> None:
    result = exchange(response_head=head(header('["one"]'), header('[{"id": "b", "content": "two"}]')))

    assert result.documents == (Document(id="1", content="one"), Document(id="b", content="two"))


def test_documents_header_comes_after_the_documents_of_the_body() -> None:
    body = b'{"response": "Ten rupees.", "sources": [{"id": "s", "content": "x"}]}'

    result = exchange(response_body=body, response_head=head(header('[{"id": "h", "content": "y"}]')))

    assert [document.id for document in result.documents or ()] == ["s", "h"]


@pytest.mark.parametrize(("flags", "wanted"), [(wire.Flag.NONE, None), (wire.Flag.DOCUMENTS_TRUSTED, READ_DOCUMENTS)])
def test_documents_header_of_the_request_counts_from_trusted_peers_alone(
    flags: wire.Flag, wanted: tuple[Document, ...] | None
) -> None:
    assert exchange(flags=flags, request_head=head(header(json.dumps(DOCUMENTS)))).documents == wanted


def test_empty_documents_header_is_an_empty_retrieval() -> None:
    assert exchange(response_head=head(header("[]"))).documents == ()


@pytest.mark.parametrize("value", ["", "oops", '{"id": "a"}', '"text"', "[" * 5000])
def test_bad_documents_header_is_left_out_and_said(value: str) -> None:
    result = exchange(response_head=head(header(value), header(value)))

    assert (result.documents, result.capture.problems) == (None, (DOCUMENTS_HEADER_UNREADABLE,))
