"""Any JSON chat format, by JSONPath mappings in the service's settings. Pure.

Source of the path language: RFC 9535, read strictly. The first mapping is used whose path prefix fits the request and
whose `query` finds text in it. Streams work too: a mapping is applied to every event's JSON, and pieces are joined.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from config.settings import JsonMapping, ServiceSettings
from scorer.formats.base import NO_USAGE, Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.fields import DocumentCollector, is_event_stream, object_of, text_of, usage_of, without_answer
from scorer.formats.forms import is_form, read_form
from scorer.formats.json_body import Json, read_answer_value, read_json_text, read_request_value
from scorer.formats.json_paths import compile_path
from scorer.formats.sse import read_events
from scorer.model import CaptureOutcome, Document, Usage

_METHODS: Final = ("POST", "PUT", "PATCH")


class JsonMappingFormat:
    """JSON by the operator's own paths."""

    name = "json_mapping"

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """By the service's mappings: one whose path prefix fits and whose query is there."""
        if copy.method not in _METHODS or not any(_applies(mapping, copy) for mapping in service.mappings):
            return False
        try:
            return _select(service.mappings, copy, _read_request(copy)) is not None
        except UnreadableError:
            return False

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts. Raises UnreadableError."""
        request = _read_request(copy)
        mapping = _select(service.mappings, copy, request)
        if mapping is None:
            raise UnreadableError("the request: expected the query of one of the service's mappings, found none")
        return without_answer(copy) or _extract(mapping, request, _read_answer(copy))


def _read_request(copy: HttpCopy) -> Json:
    """Return the request's JSON, or a form's fields as an object of texts. Raises UnreadableError."""
    return read_form(copy) if is_form(copy) and copy.is_request_whole else read_request_value(copy)


def mapping_error(mapping: JsonMapping) -> str | None:
    """Return what is wrong with a mapping's paths, naming the key; None when all of them compile."""
    for key, path in mapping.model_dump(exclude={"path"}, exclude_none=True).items():
        try:
            compile_path(path)
        except UnreadableError as error:
            return f"{key}: {error}"
    return None


def _find(path: str | None, *values: Json) -> list[Json]:
    """Return the matches in the first of the values that has any."""
    if path is None:
        return []
    find = compile_path(path)
    for value in values:
        # A path's end in a value that is neither list nor object would be the value itself: no body is that.
        if isinstance(value, list | dict):
            matches = find(value)
            if matches:
                return matches
    return []


def _texts(matches: Iterable[Json]) -> list[str]:
    texts = (str(match) if type(match) in (int, float) else text_of(match) for match in matches)
    return [text for text in texts if text]


def _applies(mapping: JsonMapping, copy: HttpCopy) -> bool:
    return mapping.path is None or copy.path.startswith(mapping.path)


def _select(mappings: Sequence[JsonMapping], copy: HttpCopy, request: Json) -> JsonMapping | None:
    return next((m for m in mappings if _applies(m, copy) and _query(m, request)), None)


def _query(mapping: JsonMapping, request: Json) -> str:
    """Return the last match's text: a path over all messages finds the one that was asked last."""
    texts = _texts(_find(mapping.query, request))
    return texts[-1].strip() if texts else ""


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer's JSON values: one of a whole body, one of each event of a stream."""

    bodies: Sequence[Json]
    separator: str = "\n"
    """What joins the matches: pieces of a stream join without anything between them."""
    is_cut: bool = False
    is_empty: bool = False
    """No byte of it came."""


def _read_answer(copy: HttpCopy) -> _Answer:
    if not copy.response_body:
        return _Answer([], is_empty=True)
    if not is_event_stream(copy):
        return _Answer([read_answer_value(copy)])
    stream = read_events(copy.response_body)
    data = (event.data for event in stream.events if event.data.strip() != "[DONE]")
    bodies = [read_json_text(text) for text in data if text.lstrip().startswith(("{", "["))]
    return _Answer(bodies, separator="", is_cut=stream.is_cut)


def _extract(mapping: JsonMapping, request: Json, answer: _Answer) -> Extract | NotText:
    bodies = answer.bodies
    response = answer.separator.join(text for body in bodies for text in _texts(_find(mapping.response, body)))
    if not response.strip():
        if any(object_of(body).get("error") for body in bodies):
            return NotText(CaptureOutcome.UPSTREAM_ERROR, "the answer is an error body")
        # A path that leads to an empty text tells of an empty answer; one that leads nowhere may be the wrong path.
        is_empty = answer.is_empty or any(_find(mapping.response, body) for body in bodies)
        outcome = CaptureOutcome.EMPTY_ANSWER if is_empty else CaptureOutcome.NO_TEXT
        return NotText(outcome, "the mapping's response path finds no text in the answer")
    return Extract(
        query=_query(mapping, request),
        response=response,
        documents=_documents(mapping, bodies),
        conversation_id=_one_text(mapping.conversation_id, request, *bodies),
        model=_one_text(mapping.model, *reversed(bodies), request),
        usage=_usage(bodies),
        is_cut=answer.is_cut,
    )


def _one_text(path: str | None, *values: Json) -> str | None:
    return next(iter(_texts(_find(path, *values))), None)


def _usage(bodies: Sequence[Json]) -> Usage:
    given = (usage for body in reversed(bodies) if (usage := object_of(body).get("usage")))
    found = (usage_of(usage) for usage in given)
    return next((usage for usage in found if usage != NO_USAGE), NO_USAGE)


def _documents(mapping: JsonMapping, bodies: Sequence[Json]) -> tuple[Document, ...] | None:
    """Return the documents; an empty tuple where the mapping has a place for them and the answer has none."""
    if mapping.documents is None:
        return None
    matches = [match for body in bodies for match in _find(mapping.documents, body)]
    if len(matches) == 1 and isinstance(matches[0], list):
        matches = matches[0]  # a path to the list itself
    collector = DocumentCollector()
    collector.add([_document(mapping, match, number) for number, match in enumerate(matches, start=1)])
    return collector.documents()


def _document(mapping: JsonMapping, match: Json, number: int) -> Document:
    if isinstance(match, str):
        return Document(id=str(number), content=match or None)
    return Document(
        id=_one_text(mapping.document_id, match) or str(number),
        source=_one_text(mapping.document_source, match),
        content="\n".join(_texts(_find(mapping.document_content, match))) or None,
    )
