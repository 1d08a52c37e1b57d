"""What formats share: texts, numbers, documents, turns and usage out of JSON fields under their usual names. Pure.

Every reader takes any JSON value and never raises: a field of another type counts as not given.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto
from typing import Final

import orjson

from scorer.formats.base import NO_USAGE, HttpCopy, NotText, UnreadableError
from scorer.formats.json_body import Json, JsonObject, read_json_text
from scorer.model import CaptureOutcome, Document, Turn, Usage

# Names that retrieval libraries and bots give the same thing; the first that is there counts.
_CONTENT_NAMES: Final = ("content", "text", "page_content", "pageContent", "snippet", "passage", "chunk", "excerpt")
_ID_NAMES: Final = ("id", "document_id", "doc_id", "chunk_id")
_SOURCE_NAMES: Final = ("source", "title", "filename", "filepath", "file_name", "url", "uri", "name")
_PAGE_NAMES: Final = ("page", "page_number", "page_label")
_SIMILARITY_NAMES: Final = ("similarity_score", "similarity", "relevance_score", "score", "rerank_score")
_NESTED_NAMES: Final = ("metadata", "data", "document", "url_citation")
"""Objects inside a document that hold its fields: LangChain's `metadata`, Cohere's `data`, OpenAI's `url_citation`."""
_LIST_NAMES: Final = ("documents", "citations", "sources", "results", "chunks", "context")
"""Lists of documents inside an object, as a `context` field or a retrieval tool's result holds them."""

_COUNT_LIMIT: Final = 2**53 - 1
"""Every JSON reader and every store takes integers up to here exactly (RFC 8259, section 6)."""


class Strings(Enum):
    """What a bare string in a list of documents is."""

    CONTENT = auto()
    SOURCE = auto()


def text_of(value: Json) -> str:
    """Return a string's text, or the joined text parts of a list of content parts; empty when there is none."""
    match value:
        case str():
            return value
        case list():
            return "\n".join(filter(None, (_part_text(part) for part in value)))
        case _:
            return ""


def _part_text(part: Json) -> str:
    match part:
        case str():
            return part
        case {"text": str(text)}:
            return text
        case {"type": "refusal", "refusal": str(text)}:
            return text
        case _:
            return ""


def first_text(fields: JsonObject, names: Iterable[str]) -> str | None:
    """Return the first of the fields that is a string with text, or a number, as text."""
    for name in names:
        match fields.get(name):
            case str(text) if text.strip():
                return text
            case bool():
                continue
            case int(number) | float(number):
                return str(number)
            case _:
                continue
    return None


def object_of(value: Json) -> JsonObject:
    """Return the object, or an empty one for any other value."""
    return value if isinstance(value, dict) else {}


def objects_of(value: Json) -> list[JsonObject]:
    """Return the objects of a list, in order; nothing for any other value."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def turns_of(value: Json) -> tuple[Turn, ...]:
    """Return the messages of a `role`, `content` list that have text."""
    turns = []
    for message in objects_of(value):
        role, content = message.get("role"), text_of(message.get("content"))
        if isinstance(role, str) and content.strip():
            turns.append(Turn(role=role, content=content))
    return tuple(turns)


def usage_of(value: Json) -> Usage:
    """Return token counts as OpenAI's two APIs and those who follow them name them; none is made up."""
    fields = object_of(value)
    return usage_from(
        count_of(fields, ("prompt_tokens", "input_tokens", "inputTokens")),
        count_of(fields, ("completion_tokens", "output_tokens", "outputTokens")),
        count_of(fields, ("total_tokens", "totalTokens")),
    )


def usage_from(input_tokens: int | None, output_tokens: int | None, total_tokens: int | None = None) -> Usage:
    """Return the counts as they were given."""
    usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens, total_tokens=total_tokens)
    return NO_USAGE if usage == NO_USAGE else usage


def count_of(fields: JsonObject, names: Sequence[str]) -> int | None:
    """Return the first of the fields that is a count; None when there is none."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # Cohere declares its counts as numbers, so they may come as 507.0
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _COUNT_LIMIT:
            return value
    return None


def documents_of(value: Json, strings: Strings) -> tuple[Document, ...] | None:
    """Return the documents of a list, or of an object that holds such a list; None when the value is neither.

    Order, ids, sources, pages and similarities are kept. A document without an id is named by its place, from 1.
    One without any text stays, with `content` None: claims on it are unverifiable.
    """
    match value:
        case list():
            found = (_document(item, number, strings) for number, item in enumerate(value, start=1))
            return tuple(document for document in found if document is not None)
        case dict():
            for name in _LIST_NAMES:
                if isinstance(value.get(name), list):
                    return documents_of(value[name], strings)
            return None
        case str() if value.strip() and strings is Strings.CONTENT:
            return (Document(id="1", content=value),)
        case _:
            return None


def _document(item: Json, number: int, strings: Strings) -> Document | None:
    match item:
        case str() if not item.strip():
            return None
        case str() if strings is Strings.CONTENT:
            return Document(id=str(number), content=item)
        case str():
            return Document(id=str(number), source=item)
        case dict() if item:
            return _document_of_fields(item, number)
        case _:
            return None


def _document_of_fields(item: JsonObject, number: int) -> Document:
    # Fields of its own come first, then those of the objects inside it.
    levels = [item, *(nested for name in _NESTED_NAMES if isinstance(nested := item.get(name), dict))]
    bare = item.get("document")
    content = _first(levels, _CONTENT_NAMES) or (bare if isinstance(bare, str) and bare.strip() else None)
    label = item.get("label")
    page = _first(levels, _PAGE_NAMES)
    return Document(
        id=_first(levels, _ID_NAMES) or str(number),
        source=_first(levels, _SOURCE_NAMES),
        content=content,
        page=int(page) if page is not None and page.isascii() and page.isdigit() and len(page) < 10 else page,
        similarity_score=_first_number(levels, _SIMILARITY_NAMES),
        label=label if isinstance(label, str) else None,
    )


def _first(levels: Sequence[JsonObject], names: Sequence[str]) -> str | None:
    return next((text for fields in levels if (text := first_text(fields, names)) is not None), None)


def _first_number(levels: Sequence[JsonObject], names: Sequence[str]) -> float | None:
    return next((number for fields in levels if (number := number_of(fields, names)) is not None), None)


def number_of(fields: JsonObject, names: Sequence[str]) -> float | None:
    """Return the first of the fields that is a finite number; None when there is none."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    return None


def tool_result_documents(text: str, identity: str, source: str | None = None) -> tuple[Document, ...] | None:
    """Return a retrieval tool's documents where its result lists them, else the result's text as one document."""
    if not text.strip():
        return None
    if text.lstrip().startswith(("[", "{")):
        try:
            listed = documents_of(read_json_text(text), Strings.CONTENT)
        except UnreadableError:
            listed = None  # text that only begins like JSON
        if listed and all(document.content for document in listed):
            return listed
    return (Document(id=identity, source=source, content=text),)


def tool_value_documents(value: Json, identity: str, source: str | None = None) -> tuple[Document, ...] | None:
    """Return the same of a result that is JSON itself."""
    if value is None:
        return None
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return tool_result_documents(text, identity, source)


class DocumentCollector:
    """Documents from several places or chunks: in order, each once. Linear, however many chunks repeat them."""

    def __init__(self) -> None:
        self._documents: dict[Document, None] = {}
        self._is_given = False

    def add(self, part: Sequence[Document] | None) -> None:
        """Add a part; None is a place that was not there."""
        if part is not None:
            self._is_given = True
            self._documents.update(dict.fromkeys(part))

    def documents(self) -> tuple[Document, ...] | None:
        """Return what was gathered; None when no part was given at all."""
        return tuple(self._documents) if self._is_given else None


def without_answer(copy: HttpCopy) -> NotText | None:
    """Say what a query's exchange was when its status alone tells that nothing was answered; None when it may be."""
    if copy.status >= 400:
        return NotText(CaptureOutcome.UPSTREAM_ERROR, f"the answer's status is {copy.status}")
    if copy.status == 0:
        return NotText(CaptureOutcome.NO_TEXT, "no answer came")
    if not 200 <= copy.status < 300:
        return NotText(CaptureOutcome.NO_TEXT, f"the answer's status is {copy.status}, which carries no answer")
    return None


def wordless_answer(copy: HttpCopy, outcomes: Mapping[str, CaptureOutcome]) -> NotText | None:
    """Say what an answer without words is, by the end of its path; None for a path of none of the ends."""
    path = copy.path.rstrip("/")
    outcome = next((outcome for end, outcome in outcomes.items() if path.endswith(end)), None)
    return NotText(outcome, f"the answer of /{path.rsplit('/', 1)[-1]} is not words") if outcome is not None else None


def is_event_stream(copy: HttpCopy) -> bool:
    """Say whether the answer is a server-sent event stream: by its beginning where that tells, else by media type."""
    beginning = copy.response_body[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    if beginning.startswith((b"{", b"[")):
        return False
    return beginning.startswith((b"data:", b"event:", b"id:", b"retry:", b":")) or (
        copy.response_type() == "text/event-stream"
    )
