"""JSON chat that no format knows, understood by the usual names of things, where the operator allows guessing. Pure.

    POST … {"data": {"question"}, "sessionId"}  →  {"status", "data": {"answer", "references": [{"title", "excerpt"}]}}

Every result is marked as guessed. A name counts wherever it stands; the more telling name wins over the shallower
place, so that `{"message": "success", "data": {"answer": …}}` is read for its answer. Streams (server-sent events and
lines of JSON) are read at the place where most of their text stands.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from config.settings import ServiceSettings
from scorer.formats.base import NO_USAGE, Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.conversation import ASSISTANT, USER, Asked, Message, asked_by
from scorer.formats.fields import (
    DocumentCollector,
    Strings,
    documents_of,
    first_text,
    is_event_stream,
    object_of,
    objects_of,
    text_of,
    usage_of,
    without_answer,
)
from scorer.formats.json_body import Json, JsonObject, read_answer_value, read_json_text, read_object, read_request
from scorer.formats.ndjson import read_lines
from scorer.formats.sse import read_events
from scorer.model import CaptureOutcome, Document, Usage

QUERY_NAMES: Final = (
    "question", "query", "user_query", "user_input", "user_message", "userMessage", "utterance", "prompt", "message",
    "input", "text", "content", "q", "msg",
)  # fmt: skip
ANSWER_NAMES: Final = (
    "answer", "reply", "response", "bot_response", "botResponse", "completion", "generated_text", "output_text",
    "output", "delta", "token", "chunk", "result", "text", "content", "message",
)  # fmt: skip
"""Most telling first: `message` is often only the word `success`."""
SOURCE_NAMES: Final = ("sources", "citations", "references", "links")
"""Lists whose bare strings name a source."""
PASSAGE_NAMES: Final = (
    "documents", "source_documents", "sourceDocuments", "retrieved_documents", "retrieved", "passages", "chunks",
    "contexts", "context", "search_results", "searchResults",
)  # fmt: skip
"""Lists whose bare strings are what was retrieved."""
CONVERSATION_NAMES: Final = (
    "conversation_id", "conversationId", "session_id", "sessionId", "thread_id", "threadId", "chat_id", "chatId",
)  # fmt: skip
OBJECTS_LIMIT: Final = 200
"""Objects looked into in one body or event, the shallow ones first: chat bodies have about ten."""
DEPTH_LIMIT: Final = 5

_QUERY_RANKS: Final = {name: rank for rank, name in enumerate(QUERY_NAMES)}
_ANSWER_RANKS: Final = {name: rank for rank, name in enumerate(ANSWER_NAMES)}
_MODEL_NAMES: Final = ("model", "model_name", "modelName")
_DIALOGUE_NAMES: Final = ("messages", "conversation", "turns", "dialog", "dialogue")
_HISTORY_NAMES: Final = ("history", "chat_history", "chatHistory", "previous_messages")
_ROLE_NAMES: Final = ("role", "sender", "author", "from", "type")
_ROLES: Final = dict.fromkeys(("user", "human", "customer", "visitor", "client"), USER) | dict.fromkeys(
    ("assistant", "ai", "bot", "agent", "model"), ASSISTANT
)
_TEXT_NAMES: Final = ("text", "content", "value", "message")
_CLOSED_NAMES: Final = frozenset((*SOURCE_NAMES, *PASSAGE_NAMES, *_HISTORY_NAMES, "usage"))
"""What stands in there is no answer."""
_LISTED: Final = dict.fromkeys(PASSAGE_NAMES, Strings.CONTENT) | dict.fromkeys(SOURCE_NAMES, Strings.SOURCE)
_GRAPHQL: Final = ("query", "mutation", "subscription", "fragment", "{")
_ALTERNATIVE_NAMES: Final = ("choices", "candidates", "alternatives", "generations")
"""Lists of which one item is the answer."""

Place = tuple[str, ...]
"""Names from the top of a body to a text; the items of a list stand in one place."""


class GuessedJson:
    """A question and an answer under their usual names."""

    name = "guessed_json"

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """By a question in a JSON request, and an answer that is JSON, a stream of it, or an error."""
        if copy.status < 400 and copy.response_body and not _is_json(copy):
            return False
        try:
            return bool(_asked(read_object(copy.request_body, "the request")).query)
        except UnreadableError:
            return False

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts. Raises UnreadableError."""
        request = read_request(copy)
        asked = _asked(request)
        if not asked.query:
            raise UnreadableError("the request: expected a question under one of its usual names, found none")
        return without_answer(copy) or _extract(asked, request, copy)


def _is_json(copy: HttpCopy) -> bool:
    return copy.response_body.lstrip()[:1] in (b"{", b"[") or is_event_stream(copy)


def _extract(asked: Asked, request: JsonObject, copy: HttpCopy) -> Extract | NotText:
    bodies, is_cut = _bodies(copy)
    objects = [_objects(body) for body in bodies]
    response = _whole_answer(objects[0]) if len(objects) == 1 else _streamed_answer(objects)
    everything = [*_objects(request), *(found for of_body in objects for found in of_body)]
    if not response.strip():
        if any(object_of(body).get("error") for body in bodies):
            return NotText(CaptureOutcome.UPSTREAM_ERROR, "the answer is an error body")
        outcome = CaptureOutcome.NO_TEXT if copy.response_body else CaptureOutcome.EMPTY_ANSWER
        return NotText(outcome, "no text stands under a usual name in the answer")
    return Extract(
        query=asked.query,
        response=response,
        documents=_documents(found for of_body in objects for found in of_body),
        history=asked.history,
        conversation_id=_first(everything, CONVERSATION_NAMES),
        model=_first(reversed(everything), _MODEL_NAMES),
        usage=_usage(everything),
        is_cut=is_cut,
        is_guessed=True,
    )


def _asked(request: JsonObject) -> Asked:
    """Return what is asked: by the last message of a dialogue, else by the most telling name."""
    objects = _objects(request, frozenset((*_HISTORY_NAMES, *_DIALOGUE_NAMES)))
    dialogue = asked_by(_messages(objects, _DIALOGUE_NAMES))
    place = _best_place(objects, _QUERY_RANKS)
    if dialogue.query or place is None:
        return dialogue
    history = asked_by([*_messages(objects, _HISTORY_NAMES), Message(role=USER, text="-")]).history
    return Asked(query=_texts_at(objects, place)[-1].strip(), history=history)


def _messages(objects: "_Objects", names: Sequence[str]) -> list[Message]:
    lists = (fields[name] for name in names for _, fields in objects if isinstance(fields.get(name), list))
    return [Message(role=_role(item), text=_text(item)) for item in objects_of(next(lists, None))]


def _role(item: JsonObject) -> str:
    named = (first_text(item, (name,)) or "" for name in _ROLE_NAMES)
    return next((_ROLES[role.lower()] for role in named if role.lower() in _ROLES), "")


_Objects = list[tuple[Place, JsonObject]]


def _objects(body: Json, closed: frozenset[str] = _CLOSED_NAMES) -> _Objects:
    """Return the objects of a body with their places, the shallow ones first; at most `OBJECTS_LIMIT`."""
    level: list[tuple[Place, Json]] = [((), body)]
    found: _Objects = []
    for _ in range(DEPTH_LIMIT):
        here = [(place, item) for place, value in level for item in _items(value)]
        found += here
        if not here or len(found) >= OBJECTS_LIMIT:
            break
        level = [((*place, name), value) for place, fields in here for name, value in _open(fields, closed)]
    return found[:OBJECTS_LIMIT]


def _items(value: Json) -> list[JsonObject]:
    """Return an object, or those of a list; of a dialogue only what the bot said after the last question."""
    if isinstance(value, dict):
        return [value]
    items = objects_of(value)[:OBJECTS_LIMIT]
    roles = [_role(item) for item in items]
    if USER in roles:
        last = len(roles) - 1 - roles[::-1].index(USER)
        return [item for item, role in zip(items[last:], roles[last:], strict=True) if role == ASSISTANT]
    return items


def _open(fields: JsonObject, closed: frozenset[str]) -> Iterator[tuple[str, Json]]:
    is_graphql = "variables" in fields and str(fields.get("query", "")).lstrip().startswith(_GRAPHQL)
    for name, value in fields.items():
        if not isinstance(value, dict | list) or name in closed or (is_graphql and name != "variables"):
            continue
        yield name, value[:1] if name in _ALTERNATIVE_NAMES and isinstance(value, list) else value


def _text(value: Json) -> str:
    if isinstance(value, dict):
        return next((text for name in _TEXT_NAMES if (text := text_of(value.get(name))).strip()), "")
    return text_of(value)


def _best_place(objects: _Objects, ranks: Mapping[str, int]) -> Place | None:
    """Return the place of the most telling name that has text; of two places of one name the shallower."""
    best: Place | None = None
    best_rank = len(ranks)
    for place, fields in objects:
        for name in fields:
            rank = ranks.get(name, best_rank)
            if rank < best_rank and _named_text(fields, name).strip():
                best, best_rank = (*place, name), rank
    return best


def _named_text(fields: JsonObject, name: str) -> str:
    if name == "query" and "variables" in fields and str(fields.get(name, "")).lstrip().startswith(_GRAPHQL):
        return ""  # GraphQL's own text: what a person asks stands among its variables
    return _text(fields.get(name))


def _texts_at(objects: _Objects, place: Place) -> list[str]:
    texts = (_named_text(fields, place[-1]) for where, fields in objects if where == place[:-1])
    return [text for text in texts if text]


def _whole_answer(objects: _Objects) -> str:
    place = _best_place(objects, _ANSWER_RANKS)
    return "\n".join(_texts_at(objects, place)) if place is not None else ""


def _streamed_answer(events: Sequence[_Objects]) -> str:
    """Return the pieces of the place that most of the text stands in, joined: a word of progress is shorter."""
    pieces: dict[Place, list[str]] = {}
    for objects in events:
        place = _best_place(objects, _ANSWER_RANKS)
        if place is not None:
            pieces.setdefault(place, []).extend(_texts_at(objects, place))
    return _joined(max(pieces.values(), key=lambda texts: sum(map(len, texts)), default=[]))


def _joined(pieces: Sequence[str]) -> str:
    """Return the text of pieces: the last where each repeats what came before, else all but a final repeat."""
    repeats = (len(after) > len(before) and after.startswith(before) for before, after in pairwise(pieces))
    if len(pieces) > 1 and all(repeats):
        return pieces[-1]
    before = "".join(pieces[:-1])
    return before if before and before == pieces[-1] else "".join(pieces)


def _bodies(copy: HttpCopy) -> tuple[list[Json], bool]:
    """Return the answer's values, one of a whole body or one of each event or line, and whether a stream was cut."""
    if not copy.response_body:
        return [], False
    if is_event_stream(copy):
        stream = read_events(copy.response_body)
        texts = (event.data.strip() for event in stream.events)
        return [read_json_text(text) for text in texts if text.startswith(("{", "["))], stream.is_cut
    try:
        return [read_answer_value(copy)], False
    except UnreadableError:
        lines = read_lines(copy.response_body)
        if not lines.values:
            raise
        return list(lines.values), lines.is_cut


def _documents(objects: Iterable[tuple[Place, JsonObject]]) -> tuple[Document, ...] | None:
    collector = DocumentCollector()
    for _, fields in objects:
        for name, value in fields.items():
            if name in _LISTED and isinstance(value, list):
                collector.add(documents_of(value, _LISTED[name]))
    return collector.documents()


def _first(objects: Iterable[tuple[Place, JsonObject]], names: Sequence[str]) -> str | None:
    holding = (
        fields for _, fields in objects if not fields.keys().isdisjoint(names)
    )  # most objects of a stream do not
    return next((text for fields in holding if (text := first_text(fields, names)) is not None), None)


def _usage(objects: Sequence[tuple[Place, JsonObject]]) -> Usage:
    found = (usage_of(fields["usage"]) for _, fields in reversed(objects) if fields.get("usage"))
    return next((usage for usage in found if usage != NO_USAGE), NO_USAGE)
