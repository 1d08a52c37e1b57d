"""LangServe: chains of LangChain as a server offers them, invoked and streamed. Pure.

    POST …/invoke      {"input": …, "config"}  →  {"output": …, "metadata"}
    POST …/stream      the same                →  events `metadata`, `data` (a piece of the output each), `end`
    POST …/stream_log  the same                →  events `data` with JSON patches, whose pieces are the output's

Source: LangServe README, and the API that a LangServe application describes at `/docs`. Input and output are the
chain's own: text, a message, or an object, in which LangChain's usual names are looked for.
"""

import re
from typing import Final

from config.settings import ServiceSettings
from scorer.formats.answer import Answer, answer_to
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.conversation import ASSISTANT, USER, Asked, Message, asked_by
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
)
from scorer.formats.json_body import Json, JsonObject, read_json_text, read_request
from scorer.formats.openai_request import CONVERSATION_NAMES
from scorer.formats.sse import read_events
from scorer.model import Document

_PATH_ENDS: Final = ("/invoke", "/stream", "/stream_log")
_QUERY_NAMES: Final = ("input", "question", "query", "message", "human_input", "text", "prompt")
_ANSWER_NAMES: Final = ("answer", "output", "result", "response", "text")
_DOCUMENT_NAMES: Final = ("context", "source_documents", "documents", "sources")
_HISTORY_NAMES: Final = ("chat_history", "history")
_ROLES: Final = {"human": USER, "user": USER, "ai": ASSISTANT, "assistant": ASSISTANT, "AIMessageChunk": ASSISTANT}
_END: Final = re.compile(rb"(?:\A|[\r\n])event: ?end\s*\Z")
"""The last event comes without data, so the standard dispatches none; it stands at the end of the bytes."""
_END_BYTES: Final = 64


class LangServe:
    """A chain behind LangServe."""

    name = "langserve"

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """By the path's end and an `input` in the request."""
        return copy.method == "POST" and copy.path.rstrip("/").endswith(_PATH_ENDS) and b'"input"' in copy.request_body

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts. Raises UnreadableError."""
        return answer_to(_asked(read_request(copy)), copy, _Answer())


def _asked(body: JsonObject) -> Asked:
    given = body.get("input")
    fields = object_of(given)
    configurable = object_of(object_of(body.get("config")).get("configurable"))
    listed = given if isinstance(given, list) else fields.get("messages")
    messages = _messages(next((fields[name] for name in _HISTORY_NAMES if name in fields), None))
    question = given if isinstance(given, str) else first_text(fields, _QUERY_NAMES)
    if isinstance(listed, list):
        messages += _messages(listed)
    elif question is not None:
        messages.append((Message(USER, question), {}))
    else:
        raise UnreadableError("the request: expected an input with text, messages, or a question under a usual name")
    return asked_by(
        [message for message, _ in messages],
        system_prompt="\n\n".join(message.text for message, _ in messages if message.role == "system"),
        documents=_given_documents(fields, messages),
        conversation_id=first_text(configurable, CONVERSATION_NAMES) or first_text(fields, CONVERSATION_NAMES),
    )


def _messages(value: Json) -> list[tuple[Message, JsonObject]]:
    """Return messages as LangChain writes them: objects, constructors of objects, pairs of role and text."""
    messages = []
    for item in value if isinstance(value, list) else ():
        fields = {"type": item[0], "content": item[1]} if isinstance(item, list) and len(item) == 2 else object_of(item)
        fields = object_of(fields.get("kwargs")) or fields
        role = first_text(fields, ("role", "type")) or ""
        names = (first_text(call, ("name",)) for call in objects_of(fields.get("tool_calls")))
        calls = tuple(name for name in names if name)
        messages.append((Message(_ROLES.get(role, role), text_of(fields.get("content")), calls), fields))
    return messages


def _given_documents(fields: JsonObject, messages: list[tuple[Message, JsonObject]]) -> tuple[Document, ...] | None:
    collector = DocumentCollector()
    for message, raw in messages:
        if message.role == "tool":
            name = first_text(raw, ("name",))
            collector.add(tool_result_documents(message.text, first_text(raw, ("tool_call_id",)) or "tool", name))
    for place in _DOCUMENT_NAMES:
        collector.add(documents_of(fields.get(place), Strings.CONTENT))
    return collector.documents()


class _Answer(Answer):
    expected = "an output, or events with pieces of one"

    def take_body(self, body: JsonObject) -> None:
        self.fits = "output" in body
        self.has_error = bool(body.get("error"))
        self._take_output(body.get("output"))

    def read_stream(self, copy: HttpCopy) -> bool:
        """Add all events; the end mark is one without data. Raises UnreadableError."""
        events = read_events(copy.response_body).events
        for event in events:
            match event.event:
                case "data" if event.data.strip():
                    self.fits = True
                    self._take_piece(read_json_text(event.data))
                case "error":
                    self.has_error = True
                case "metadata" | "data":
                    self.fits = True
                case "end":
                    self.has_end = True
                case _:
                    pass
        self.has_end = self.has_end or _END.search(copy.response_body[-_END_BYTES:]) is not None
        return bool(events)

    def _take_piece(self, piece: Json) -> None:
        """Add a piece of the output, or those that a list of patches adds."""
        operations = object_of(piece).get("ops")
        if not isinstance(operations, list):
            self._take_output(piece)
            return
        for operation in objects_of(operations):
            if operation.get("path") == "/streamed_output/-":
                self._take_output(operation.get("value"))

    def _take_output(self, output: Json) -> None:
        if isinstance(output, str):
            self.add_text(output)
        elif isinstance(output, dict) and "content" in output:
            self._take_message(output)
        elif isinstance(output, dict):
            self._take_fields(output)

    def _take_fields(self, fields: JsonObject) -> None:
        """Add an object's answer, under the first usual name that is there, and its documents."""
        for name in _DOCUMENT_NAMES:
            self.documents.add(documents_of(fields.get(name), Strings.CONTENT))
        found = next((fields[name] for name in _ANSWER_NAMES if fields.get(name)), None)
        if isinstance(found, str):
            self.add_text(found)
        elif isinstance(found, dict) and "content" in found:
            self._take_message(found)
        elif objects_of(fields.get("messages")):
            self._take_message(objects_of(fields["messages"])[-1])  # an agent's state: it spoke last

    def _take_message(self, message: JsonObject) -> None:
        about = object_of(message.get("response_metadata"))
        self.add_text(text_of(message.get("content")))
        self.model = first_text(about, ("model_name", "model")) or self.model
        if message.get("usage_metadata"):
            self.usage = usage_of(message["usage_metadata"])
        names = (first_text(call, ("name",)) for call in objects_of(message.get("tool_calls")))
        self.tool_calls += filter(None, names)
