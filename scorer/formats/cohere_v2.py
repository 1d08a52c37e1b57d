"""Cohere's chat, version 2, whole and streamed. Pure.

    POST …/v2/chat  {"model", "messages", "documents": ["…" or {"id", "data"}]}
    → {"message": {"content": [parts], "citations"}}, or events from `message-start` to `message-end`

Source: Cohere API reference v2, "Chat" and "Chat with streaming".
"""

from dataclasses import replace
from typing import Final

from config.settings import ServiceSettings
from scorer.formats.answer import Answer, answer_to
from scorer.formats.base import Extract, HttpCopy, NotText
from scorer.formats.conversation import Asked
from scorer.formats.fields import (
    DocumentCollector,
    Strings,
    documents_of,
    first_text,
    object_of,
    objects_of,
    text_of,
    tool_result_documents,
    usage_of,
    wordless_answer,
)
from scorer.formats.json_body import Json, JsonObject, read_request
from scorer.formats.openai_request import called_tools, read_chat_request
from scorer.model import CaptureOutcome, Document

_PATH_END: Final = "/v2/chat"
_WORDLESS: Final = {"/v2/embed": CaptureOutcome.EMBEDDING, "/v2/rerank": CaptureOutcome.NO_TEXT}
"""What the answers of other paths of the same API are, by the paths' ends."""
_FAILURES: Final = ("ERROR", "TIMEOUT")


class CohereV2:
    """Cohere's chat."""

    name = "cohere_v2"

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """By the path's end."""
        path = copy.path.rstrip("/")
        if path.endswith(_PATH_END):
            return copy.method == "POST" and b'"messages"' in copy.request_body
        return copy.method == "POST" and path.endswith(tuple(_WORDLESS)) and b'"model"' in copy.request_body

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts; the query is the last user message. Raises UnreadableError."""
        wordless = wordless_answer(copy, _WORDLESS)
        if wordless is not None:
            return wordless
        return answer_to(_asked(read_request(copy)), copy, _Answer())


def _asked(body: JsonObject) -> Asked:
    """Return what is asked: messages as OpenAI writes them, but for results of tools that are documents."""
    asked = read_chat_request(body)
    documents = DocumentCollector()
    for message in objects_of(body.get("messages")):
        if message.get("role") == "tool":
            call = first_text(message, ("tool_call_id",)) or "tool"
            for part in objects_of(message.get("content")):
                documents.add(_tool_documents(object_of(part.get("document")), call))
    documents.add(asked.documents)
    return replace(asked, documents=documents.documents())


def _tool_documents(document: JsonObject, call: str) -> tuple[Document, ...] | None:
    data, identity = document.get("data"), first_text(document, ("id",)) or call
    if isinstance(data, str):
        return tool_result_documents(data, identity)
    return documents_of([{"id": identity, "data": data}], Strings.CONTENT) if document else None


class _Answer(Answer):
    expected = "an object with a message"

    def take_body(self, body: JsonObject) -> None:
        self.fits = isinstance(body.get("message"), dict)
        self._take_message(object_of(body.get("message")))
        self._take_end(body)

    def take_event(self, event: str, body: JsonObject) -> None:
        delta = object_of(body.get("delta"))
        match body.get("type"):
            case "message-start":
                self.fits = True
            case "message-end":
                self.has_end = True
                self._take_end(delta)
            case "content-start" | "content-delta" | "tool-plan-delta" | "tool-call-start" | "citation-start":
                self.fits = True
                self._take_message(object_of(delta.get("message")))
            case _:  # `content-end`, `tool-call-delta`, and what is yet to come
                pass

    def _take_message(self, message: JsonObject) -> None:
        """Add a message, whose lists a stream sends as one item at a time."""
        for part in _listed(message.get("content")):
            self.add_text(text_of(part.get("text")))
            self.reasoning.append(text_of(part.get("thinking")))
        self.reasoning.append(text_of(message.get("tool_plan")))
        self.tool_calls += called_tools({"tool_calls": list(_listed(message.get("tool_calls")))})
        for citation in _listed(message.get("citations")):
            sources = objects_of(citation.get("sources"))
            self.cited.add(documents_of([_source(source) for source in sources], Strings.CONTENT))

    def _take_end(self, fields: JsonObject) -> None:
        self.has_error = self.has_error or fields.get("finish_reason") in _FAILURES or bool(fields.get("error"))
        # `billed_units` are another measure: they leave out what Cohere adds to the prompt.
        self.usage = usage_of(object_of(fields.get("usage")).get("tokens"))


def _listed(value: Json) -> list[JsonObject]:
    return objects_of(value if isinstance(value, list) else [value])


def _source(source: JsonObject) -> JsonObject:
    """Return a citation's source as a document: of the request, or of a tool's output."""
    return {"id": source.get("id"), "data": source.get("document") or source.get("tool_output")}
