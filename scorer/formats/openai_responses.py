"""OpenAI's Responses API, whole and streamed. Pure.

    POST …/responses  {"input": "…" or [items], "instructions", "previous_response_id", "conversation"}
    → {"output": [items]}, or events from `response.created` to `response.completed`

Source: OpenAI API reference, "Create a model response", "The response object" and "Responses streaming events".
"""

from typing import Final

from config.settings import ServiceSettings
from scorer.formats.answer import Answer, answer_to
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.conversation import Asked, Message, asked_by
from scorer.formats.fields import (
    DocumentCollector,
    first_text,
    number_of,
    object_of,
    objects_of,
    text_of,
    tool_result_documents,
    usage_of,
)
from scorer.formats.json_body import Json, JsonObject, read_request
from scorer.formats.openai_request import END_USER_NAMES, conversation_of
from scorer.model import Document

_PATH_END: Final = "/responses"
_PROMPT_ROLES: Final = ("system", "developer")
_CALLS: Final = ("function_call", "custom_tool_call", "mcp_call")
_CALL_RESULTS: Final = ("function_call_output", "custom_tool_call_output")
_REASONING_DELTAS: Final = ("response.reasoning_summary_text.delta", "response.reasoning_text.delta")
_PENDING: Final = ("queued", "in_progress")
"""Of a response in the background, which a later request fetches."""
_ENDS: Final = ("response.completed", "response.incomplete", "response.failed")


class OpenAiResponses:
    """The Responses API."""

    name = "openai_responses"

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """By the path's end, or the answer's `"object": "response"`, with an `input` in the request."""
        if copy.method != "POST" or b'"input"' not in copy.request_body:
            return False
        if copy.path.rstrip("/").endswith(_PATH_END):
            return True
        return b'"output"' in copy.response_body and b'"object":"response"' in copy.response_body[:2000].replace(
            b" ", b""
        )

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts; the query is the input's last user message. Raises UnreadableError."""
        return answer_to(_asked(read_request(copy)), copy, _Answer())


def _asked(body: JsonObject) -> Asked:
    given = body.get("input")
    if not isinstance(given, str | list):
        raise UnreadableError("the request: expected an input of text or items")
    items: list[JsonObject] = [{"role": "user", "content": given}] if isinstance(given, str) else objects_of(given)
    prompts = [body.get("instructions"), *(item.get("content") for item in items if item.get("role") in _PROMPT_ROLES)]
    return asked_by(
        [_message(item) for item in items],
        system_prompt="\n\n".join(filter(None, map(text_of, prompts))),
        documents=_given_documents(items),
        model=first_text(body, ("model",)),
        conversation_id=_conversation(body) or first_text(body, ("previous_response_id",)) or conversation_of(body),
        end_user=first_text(body, END_USER_NAMES),
    )


def _message(item: JsonObject) -> Message:
    name = first_text(item, ("name",)) if item.get("type") in _CALLS else None
    return Message(
        role=first_text(item, ("role",)) or "",
        text=text_of(item.get("content")),
        tool_calls=(name,) if name else (),
    )


def _conversation(body: JsonObject) -> str | None:
    """Return the conversation's id, given as text or as an object."""
    return first_text(body, ("conversation",)) or first_text(object_of(body.get("conversation")), ("id",))


def _given_documents(items: list[JsonObject]) -> tuple[Document, ...] | None:
    """Return what the client's own tools found, and what a search of an earlier turn left in the input."""
    collector = DocumentCollector()
    calls = [item for item in items if item.get("type") in _CALLS]
    names = {first_text(call, ("call_id",)): first_text(call, ("name",)) for call in calls}
    for item in items:
        if item.get("type") in _CALL_RESULTS:
            call = first_text(item, ("call_id",)) or "tool"
            collector.add(tool_result_documents(text_of(item.get("output")), call, names.get(call)))
        collector.add(_search_results(item))
    return collector.documents()


def _search_results(item: JsonObject) -> tuple[Document, ...] | None:
    """Return the passages that a file search found; None when the item is none, or keeps them to itself."""
    results = item.get("results")
    if item.get("type") != "file_search_call" or not isinstance(results, list):
        return None
    return tuple(
        Document(
            id=first_text(result, ("file_id",)) or str(number),
            source=first_text(result, ("filename",)),
            content=text_of(result.get("text")) or None,
            similarity_score=number_of(result, ("score",)),
        )
        for number, result in enumerate(objects_of(results), start=1)
    )


class _Answer(Answer):
    expected = "a response with a list of output items"

    def __init__(self) -> None:
        super().__init__()
        self._searched: set[str] = set()
        """Ids of files whose passages are known."""
        self._has_items = False

    def take_body(self, body: JsonObject) -> None:
        self._take_response(body)
        if body.get("status") in _PENDING:
            self.wordless_reason = "the answer is made in the background"
        for item in objects_of(body.get("output")):
            self._take_item(item)
            self._take_message(item)

    def take_event(self, event: str, body: JsonObject) -> None:
        kind = body.get("type")
        if kind == "response.output_text.delta" or kind == "response.refusal.delta":  # nearly every event
            self.fits = True
            self.add_text(text_of(body.get("delta")))
        elif kind in _REASONING_DELTAS:
            self.reasoning.append(text_of(body.get("delta")))
        elif kind == "response.content_part.added":
            self.interrupt_text()
        elif kind == "response.output_item.done":
            self._has_items = True
            self._take_item(object_of(body.get("item")))
        elif kind == "error":
            self.has_error = True
        elif isinstance(body.get("response"), dict):
            self._take_stage(kind, object_of(body["response"]))

    def _take_stage(self, kind: Json, response: JsonObject) -> None:
        """Add what the response is at a stage of the stream; the last one repeats it whole."""
        self._take_response(response)
        if kind in _ENDS:
            self.has_end = True
            if not self._has_items:
                for item in objects_of(response.get("output")):
                    self._take_item(item)
            if not self.text():
                for item in objects_of(response.get("output")):
                    self._take_message(item)

    def _take_response(self, response: JsonObject) -> None:
        self.fits = self.fits or isinstance(response.get("output"), list)
        self.has_error = self.has_error or bool(response.get("error")) or response.get("status") == "failed"
        self.model = first_text(response, ("model",)) or self.model
        self.conversation_id = _conversation(response) or self.conversation_id
        if response.get("usage"):
            self.usage = usage_of(response["usage"])

    def _take_message(self, item: JsonObject) -> None:
        """Add the words of a message."""
        if item.get("type") == "message":
            for part in objects_of(item.get("content")):
                self.interrupt_text()
                self.add_text(text_of([part]))

    def _take_item(self, item: JsonObject) -> None:
        """Add all of an item but a message's words, which a stream has sent before."""
        kind = item.get("type")
        if kind in _CALLS:
            self.tool_calls += filter(None, [first_text(item, ("name",))])
        elif kind == "file_search_call":
            found = _search_results(item)
            self.documents.add(found)
            self._searched.update(document.id for document in found or ())
        elif kind == "message":
            for part in objects_of(item.get("content")):
                self._take_annotations(objects_of(part.get("annotations")))
        elif kind == "reasoning" and not self.reasoning:
            self.reasoning += [text_of(item.get("summary")) or text_of(item.get("content"))]

    def _take_annotations(self, annotations: list[JsonObject]) -> None:
        """Add what the text points at and no search has shown: documents without text."""
        for annotation in annotations:
            identity = first_text(annotation, ("file_id", "url"))
            if identity is not None and identity not in self._searched:
                source = first_text(annotation, ("filename", "title", "url"))
                self.documents.add([Document(id=identity, source=source)])
