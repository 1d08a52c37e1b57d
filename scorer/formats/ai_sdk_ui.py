"""The UI message stream of Vercel's AI SDK, version 5 and later. Pure.

    POST …  {"id", "messages": [{"role", "parts": [{"type": "text", "text"}]}]}
    → events with a `type` each: `text-delta`, `source-url`, `source-document`, `finish`, …, then `[DONE]`

Source: AI SDK documentation, "Stream Protocols", data stream protocol, and the reference of `UIMessage`. The answer's
header `x-vercel-ai-ui-message-stream` tells it too; a copy need not hold it, since the shape is enough.
"""

from typing import Final

from config.settings import ServiceSettings
from scorer.formats.answer import Answer, answer_to
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.conversation import Asked, Message, asked_by
from scorer.formats.fields import (
    DocumentCollector,
    Strings,
    documents_of,
    first_text,
    is_event_stream,
    object_of,
    objects_of,
    text_of,
    tool_value_documents,
    usage_of,
)
from scorer.formats.json_body import JsonObject, read_object, read_request
from scorer.model import Document

HEADER: Final = "x-vercel-ai-ui-message-stream"
_DATA_PARTS: Final = ("data-documents", "data-sources", "data-citations", "data-context")
"""Parts of an application's own that hold what it retrieved, by their usual names."""


class AiSdkUi:
    """The AI SDK's UI messages."""

    name = "ai_sdk_ui"

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """By the answer's header, else by messages with parts that are answered with events or an error."""
        if copy.method != "POST":
            return False
        if any(name == HEADER for name, _ in copy.response_headers):
            return True
        if b'"parts"' not in copy.request_body or not (copy.status >= 400 or is_event_stream(copy)):
            return False
        try:
            messages = objects_of(read_object(copy.request_body, "the request").get("messages"))
        except UnreadableError:
            return False
        return any("parts" in message and "role" in message for message in messages)

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts; the query is the last user message. Raises UnreadableError."""
        return answer_to(_asked(read_request(copy)), copy, _Answer())


def _asked(body: JsonObject) -> Asked:
    # An application may send the last message alone and keep the others.
    listed = body.get("messages") if "messages" in body else [body.get("message")]
    messages = objects_of(listed)
    if not any("parts" in message for message in messages):
        raise UnreadableError("the request: expected messages with parts")
    documents = DocumentCollector()
    for part in (part for message in messages for part in objects_of(message.get("parts"))):
        documents.add(_data_documents(part))
        if _tool_of(part):
            documents.add(_tool_documents(part))
    return asked_by(
        [_message(message) for message in messages],
        system_prompt="\n\n".join(_text(message) for message in messages if message.get("role") == "system"),
        documents=documents.documents(),
        model=first_text(body, ("model",)),
        conversation_id=first_text(body, ("id", "chatId")),
    )


def _message(message: JsonObject) -> Message:
    calls = (_tool_of(part) for part in objects_of(message.get("parts")))
    return Message(
        role=first_text(message, ("role",)) or "",
        text=_text(message),
        tool_calls=tuple(name for name in calls if name),
    )


def _text(message: JsonObject) -> str:
    return text_of([part for part in objects_of(message.get("parts")) if part.get("type") == "text"])


def _tool_of(part: JsonObject) -> str | None:
    """Return the name of the tool that a message's part called; None when it is no such part."""
    kind = first_text(part, ("type",)) or ""
    if kind == "dynamic-tool":
        return first_text(part, ("toolName",))
    return kind.removeprefix("tool-") if kind.startswith("tool-") else None


def _tool_documents(part: JsonObject) -> tuple[Document, ...] | None:
    identity = first_text(part, ("toolCallId",)) or "tool"
    return tool_value_documents(part.get("output"), identity)


def _data_documents(part: JsonObject) -> tuple[Document, ...] | None:
    return documents_of(part.get("data"), Strings.SOURCE) if part.get("type") in _DATA_PARTS else None


class _Answer(Answer):
    expected = "events of a UI message stream"

    def take_body(self, body: JsonObject) -> None:
        """Add nothing: the answer to UI messages is a stream, and a body of JSON is none."""

    def take_event(self, event: str, body: JsonObject) -> None:
        match body.get("type"):
            case "text-delta":
                self.fits = True
                self.add_text(text_of(body.get("delta")))
            case "reasoning-delta":
                self.reasoning.append(text_of(body.get("delta")))
            case "text-start":
                self.interrupt_text()
            case "error":
                self.has_error = True
            case "source-url" | "source-document":
                self.documents.add([_source(body)])
            case "start" | "start-step":
                self.fits = True
                self._take_metadata(body)
            case "finish" | "message-metadata":
                self._take_metadata(body)
            case "tool-input-available" | "tool-output-available":
                self._take_tool(body)
            case _:
                self.documents.add(_data_documents(body))

    def _take_tool(self, part: JsonObject) -> None:
        self.tool_calls += filter(None, [first_text(part, ("toolName",))])
        self.documents.add(_tool_documents(part))

    def _take_metadata(self, part: JsonObject) -> None:
        """Add what an application says of the message, under the SDK's own names."""
        about = object_of(part.get("messageMetadata"))
        self.model = first_text(about, ("model", "modelId")) or self.model
        if about.get("usage") or about.get("totalUsage"):
            self.usage = usage_of(about.get("totalUsage") or about.get("usage"))


def _source(part: JsonObject) -> Document:
    """Return what the answer points at; its text stays with the application."""
    url = first_text(part, ("url",))
    source = first_text(part, ("title", "filename")) or url
    return Document(id=first_text(part, ("sourceId",)) or url or "source", source=source)
