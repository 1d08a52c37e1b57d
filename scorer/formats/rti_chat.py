"""The RTI chat format, whole and streamed. Pure.

    POST …/chat  {"message", "session_id"}  →  {"session_id", "response", "sources": [{"source", "content", …}]}

Streamed, each event's JSON carries a piece under `delta` or `response`, and `sources` in any event, mostly the last.
Further fields are allowed everywhere; `history`, `model`, `usage` and `error` are read where they are.
"""

from config.settings import ServiceSettings
from scorer.formats.base import NO_USAGE, Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.fields import (
    DocumentCollector,
    Strings,
    documents_of,
    first_text,
    is_event_stream,
    object_of,
    text_of,
    turns_of,
    usage_of,
    without_answer,
)
from scorer.formats.json_body import JsonObject, read_answer, read_json_text, read_object, read_request
from scorer.formats.sse import read_events
from scorer.model import CaptureOutcome, Document, Usage


class RtiChat:
    """The chat format of the RTI assistants."""

    name = "rti_chat"

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """By `chat` among the path's parts and a `message` in the request."""
        if copy.method != "POST" or "chat" not in copy.path.lower().split("/"):
            return False
        try:
            return first_text(read_object(copy.request_body, "the request"), ("message",)) is not None
        except UnreadableError:
            return False

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts. Raises UnreadableError."""
        request = read_request(copy)
        query = request.get("message")
        if not isinstance(query, str) or not query.strip():
            raise UnreadableError("the request: expected a message with text")
        return without_answer(copy) or _extract(
            request, query.strip(), _read_stream(copy) if is_event_stream(copy) else _read_whole(copy)
        )


class _Answer:
    """An answer, gathered from a body or from a stream's events."""

    def __init__(self) -> None:
        self.session_id: str | None = None
        self.model: str | None = None
        self.usage: Usage = NO_USAGE
        self.is_cut = False
        """The stream ended inside an event."""
        self.has_error = False
        self.fits = False
        """A field of the format was there."""
        self._deltas: list[str] = []
        self._responses: list[str] = []
        self._documents = DocumentCollector()

    def take(self, body: JsonObject) -> None:
        """Add a body, or one event's."""
        delta, response = body.get("delta"), body.get("response")
        self.fits = self.fits or not body.keys().isdisjoint(("response", "delta", "sources"))
        self._deltas.append(text_of(delta) or text_of(object_of(delta).get("content")))
        self._responses.append(text_of(response))
        self.has_error = self.has_error or bool(body.get("error"))
        self.session_id = self.session_id or first_text(body, ("session_id",))
        self.model = self.model or first_text(body, ("model",))
        if body.get("usage"):
            self.usage = usage_of(body["usage"])
        self._documents.add(documents_of(body.get("sources"), Strings.SOURCE))

    def text(self) -> str:
        """Return the answer: deltas joined, else `response` pieces joined, without a final repeat of the whole."""
        deltas = "".join(self._deltas)
        if deltas.strip():
            return deltas
        pieces = [piece for piece in self._responses if piece]
        before = "".join(pieces[:-1])
        return before if before and before == pieces[-1] else "".join(pieces)

    def documents(self) -> tuple[Document, ...] | None:
        """Return the sources; None when there was no such field."""
        return self._documents.documents()


def _read_whole(copy: HttpCopy) -> _Answer:
    answer = _Answer()
    if copy.response_body:
        answer.take(read_answer(copy))
        if not answer.fits and not answer.has_error:
            raise UnreadableError("the answer: expected an object with a response")
    return answer


def _read_stream(copy: HttpCopy) -> _Answer:
    answer, has_events = _Answer(), False
    stream = read_events(copy.response_body)
    answer.is_cut = stream.is_cut
    for event in stream.events:
        if event.data.strip() == "[DONE]":
            break
        has_events = True
        if event.data.lstrip().startswith("{"):  # anything else is a keep-alive such as `data: ping`
            answer.take(object_of(read_json_text(event.data)))
    if has_events and not answer.fits and not answer.has_error:
        raise UnreadableError("the answer: expected events with a delta or a response")
    return answer


def _extract(request: JsonObject, query: str, answer: _Answer) -> Extract | NotText:
    response = answer.text()
    if not response.strip():
        if answer.has_error:
            return NotText(CaptureOutcome.UPSTREAM_ERROR, "the answer is an error body")
        return NotText(CaptureOutcome.EMPTY_ANSWER, "the answer is empty")
    return Extract(
        query=query,
        response=response,
        documents=answer.documents(),
        history=turns_of(request.get("history")),
        conversation_id=first_text(request, ("session_id",)) or answer.session_id,
        model=answer.model or first_text(request, ("model",)),
        usage=answer.usage,
        is_cut=answer.has_error or answer.is_cut,
    )
