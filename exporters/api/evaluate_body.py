"""The body of `POST /v1/evaluate`, and what it becomes: an exchange ready to be scored. Pure.

Also the line format of `endurance evaluate FILE.jsonl`.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    FiniteFloat,
    WithJsonSchema,
    field_validator,
)

from config.errors import InvalidInputError, TooLargeError
from exporters.api.bodies import Body, validated
from scorer.model import Capture, DimensionName, Document, Exchange, Usage
from scorer.redact.plan import END_USER, hash_letters

DEFAULT_SERVICE: Final = "default"
EVALUATE_FORMAT: Final = "evaluate"
"""`capture.format` of what a client pushed."""
METADATA_DEPTH: Final = 32
"""Nesting of `metadata`: serialisers stop near 250, and nothing sensible is half as deep."""
_INT64: Final = range(-(2**63), 2**63)
"""Whole numbers that both stores can hold."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _printable(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("expected a name without control characters")
    if not value.strip():
        raise ValueError("expected a name that is not blank")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("expected a question that is not blank")
    return value


def _routable(value: str) -> str:
    if value in (".", ".."):
        raise ValueError("expected an id that can stand in a path")
    return value


def _text_of_number(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _page(value: object) -> object:
    if value is None or isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ValueError("expected a whole number or text")


_PRINTABLE_PATTERN: Final = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
"""For `/openapi.json`; that a name is not blank too, only the validator says."""
Name = Annotated[
    str,
    Field(min_length=1, max_length=128, json_schema_extra={"pattern": _PRINTABLE_PATTERN}),
    AfterValidator(_printable),
]
SessionId = Annotated[Name, AfterValidator(_routable)]
Wish = Annotated[str, Field(min_length=1, max_length=64)]
"""A preset or mode by name; which names exist, the policy book knows."""
Weight = Annotated[FiniteFloat, Field(ge=0, le=1_000_000, strict=True)]
_TEXT_OR_NUMBER: Final = WithJsonSchema({"type": ["string", "integer", "null"]})
"""A whole number stands for its digits: many keep ids so."""
_SHORT_OR_NUMBER: Final = WithJsonSchema({"type": ["string", "integer", "null"], "maxLength": 1024})
Page = Annotated[
    Any, BeforeValidator(_page), WithJsonSchema({"type": ["integer", "string", "null"], "description": "Page."})
]


class DocumentBody(Body):
    """One retrieved document."""

    id: Annotated[str | None, BeforeValidator(_text_of_number), _TEXT_OR_NUMBER] = None
    """Without one it is called `d1`, `d2`, … by its place."""
    source: str | None = None
    content: str | None = None
    """Without text its claims are unverifiable, never hallucinated."""
    page: Page = None
    similarity_score: Annotated[FiniteFloat | None, Field(strict=True)] = None
    label: str | None = None


class UsageBody(Body):
    """Token counts under our names, or under those of chat completions."""

    input_tokens: Annotated[int | None, Field(ge=0)] = None
    output_tokens: Annotated[int | None, Field(ge=0)] = None
    prompt_tokens: Annotated[int | None, Field(ge=0)] = None
    completion_tokens: Annotated[int | None, Field(ge=0)] = None
    total_tokens: Annotated[int | None, Field(ge=0)] = None
    estimated: bool = False


class ReadMetadata(Body):
    """The keys of `metadata` that become fields of the exchange."""

    model: Annotated[str | None, Field(max_length=256)] = None
    conversation_id: Annotated[str | None, Field(max_length=256), BeforeValidator(_text_of_number)] = None
    usage: UsageBody | None = None


class EvaluateBody(Body):
    """One answer to be scored."""

    query: Annotated[str, Field(json_schema_extra={"pattern": r"\S"}), AfterValidator(_not_blank)]
    response: str
    """May be empty: an empty answer is judged too."""
    session_id: SessionId | None = None
    """Kept when given; the same id again replaces the record with `revision` + 1. Else a UUIDv7 is made."""
    service_id: Name | None = None
    """`default` unless given."""
    rag_documents: list[DocumentBody] | None = None
    """Null: the bot gave no documents; an empty list: it retrieved nothing."""
    metadata: dict[str, Any] | None = None
    """Kept as given, but for `system_prompt` and `canary`, which are never stored."""
    custom_weights: dict[DimensionName, Weight] | None = None
    """Replaces the preset's weights; names not given weigh 0. They need not sum to one."""
    compliance_mode: Wish | None = None
    preset: Wish | None = None
    reasoning_trace: str | None = None
    end_user: Annotated[str | None, Field(max_length=1024), BeforeValidator(_text_of_number), _SHORT_OR_NUMBER] = None
    """Id of the asking person. Only a salted hash of it is kept, by which the person's text can be erased."""

    @field_validator("custom_weights")
    @classmethod
    def _has_weight(cls, value: dict[DimensionName, float] | None) -> dict[DimensionName, float] | None:
        if value is not None and not any(value.values()):
            raise ValueError("at least one dimension needs a weight above 0")
        return value

    @field_validator("metadata")
    @classmethod
    def _is_storable(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None:
            _check_storable(value)
        return value


class DocumentsBody(Body):
    """Documents that came after the answer."""

    rag_documents: Annotated[list[DocumentBody], Field(min_length=1)]
    """Added to those of the exchange; one with a known id takes the known one's place."""


_NO_KEY = re.compile(r"[.$\0]")


def _check_storable(metadata: dict[str, Any]) -> None:
    """Raise ValueError for keys, nesting or numbers beyond what can be written, stored and asked for."""
    level: list[Any] = [metadata]
    for _ in range(METADATA_DEPTH):
        if any(_NO_KEY.search(key) for item in level if isinstance(item, dict) for key in item):
            raise ValueError("expected keys without '.', '$' and NUL, which a database reads as paths and operators")
        if any(isinstance(item, int) and item not in _INT64 for item in level):
            raise ValueError("expected whole numbers of at most 64 bits")
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return
    raise ValueError(f"expected at most {METADATA_DEPTH} levels of nesting")


def _inside(item: object) -> Iterable[Any]:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()


def exchange_of(
    body: EvaluateBody,
    new_id: str,
    submission_id: str,
    ended_at: datetime,
    document_limit: int,
    salt: bytes | None = None,
    traceparent: str | None = None,
) -> Exchange:
    """Return the exchange; `new_id` is its session id where the body has none.

    Of the end user's id it holds a hash with `salt`, and nothing without one. `traceparent` is the pushing request's.
    Raises InvalidInputError (a key of `metadata` that is read is ill-typed), TooLargeError (too many documents).
    """
    metadata = body.metadata or {}
    read = _read_metadata(metadata)
    documents = body.rag_documents
    return Exchange(
        session_id=body.session_id or new_id,
        submission_id=submission_id,
        service_id=body.service_id or DEFAULT_SERVICE,
        query=body.query,
        response=body.response,
        documents=None if documents is None else documents_of(documents, document_limit),
        conversation_id=read.conversation_id or None,
        end_user=hash_letters(salt, END_USER, body.end_user) if salt is not None and body.end_user else None,
        model=read.model or None,
        usage=_usage_of(read.usage),
        reasoning_trace=body.reasoning_trace,
        metadata=metadata,
        preset=body.preset,
        compliance_mode=body.compliance_mode,
        custom_weights=body.custom_weights,
        capture=Capture(format=EVALUATE_FORMAT, traceparent=traceparent),
        timestamp=ended_at,
    )


def documents_of(bodies: Sequence[DocumentBody], limit: int, taken: Iterable[str] = ()) -> tuple[Document, ...]:
    """Return documents in the same order; one without an id gets `d<place>`, or the next such id that is free.

    `taken` are ids that others have. Raises TooLargeError.
    """
    if len(bodies) > limit:
        raise TooLargeError(f"rag_documents: expected at most {limit} (api.document_limit), got {len(bodies)}")
    used = {body.id for body in bodies if body.id} | set(taken)
    documents, number = [], 0
    for place, body in enumerate(bodies, start=1):
        id_ = body.id
        if not id_:
            number = max(number + 1, place)
            while f"d{number}" in used:
                number += 1
            id_ = f"d{number}"
        documents.append(Document.model_construct(**{**dict(body), "id": id_}))
    return tuple(documents)


def _read_metadata(metadata: dict[str, Any]) -> ReadMetadata:
    try:
        return validated(ReadMetadata, metadata)
    except InvalidInputError as error:
        raise InvalidInputError(f"metadata.{error}", f"metadata.{error.field}") from None


def _usage_of(body: UsageBody | None) -> Usage:
    if body is None:
        return Usage()
    given = body.input_tokens if body.input_tokens is not None else body.prompt_tokens
    made = body.output_tokens if body.output_tokens is not None else body.completion_tokens
    total = given + made if body.total_tokens is None and given is not None and made is not None else body.total_tokens
    return Usage(input_tokens=given, output_tokens=made, total_tokens=total, estimated=body.estimated)
