"""Dify's chat applications, in blocking and in streaming mode. Pure.

    POST …/chat-messages  {"query", "inputs", "response_mode", "conversation_id", "user"}
    → {"answer", "metadata": {"usage", "retriever_resources"}}, or events named in their `event` field

Source: Dify API reference, "Send Chat Message". `…/completion-messages` asks with `inputs.query`. The `user` is the
application's end user, and is not read.
"""

from typing import Final

from config.settings import ServiceSettings
from scorer.formats.answer import Answer, answer_to
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.conversation import Asked
from scorer.formats.fields import Strings, documents_of, first_text, object_of, objects_of, text_of, usage_of
from scorer.formats.json_body import Json, JsonObject, read_request
from scorer.model import Document

_PATH_ENDS: Final = ("/chat-messages", "/completion-messages")


class Dify:
    """Dify's chat messages."""

    name = "dify"

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """By the path's end and a query in the request."""
        return copy.method == "POST" and copy.path.rstrip("/").endswith(_PATH_ENDS) and b'"query"' in copy.request_body

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts. Raises UnreadableError."""
        return answer_to(_asked(read_request(copy)), copy, _Answer())


def _asked(body: JsonObject) -> Asked:
    query = body.get("query", object_of(body.get("inputs")).get("query"))
    if not isinstance(query, str):
        raise UnreadableError("the request: expected a query of text")
    return Asked(
        query=query.strip(),
        conversation_id=first_text(body, ("conversation_id",)),
        end_user=first_text(body, ("user",)),
    )


class _Answer(Answer):
    expected = "an object with an answer"

    def take_body(self, body: JsonObject) -> None:
        self.fits = "answer" in body
        self._take_answer(body)
        self._take_metadata(body)

    def take_event(self, event: str, body: JsonObject) -> None:
        match body.get("event"):
            case "message" | "agent_message":
                self.fits = True
                self._take_answer(body)
            case "message_end":
                self.fits = True
                self.has_end = True
                self._take_metadata(body)
            case "message_replace":  # a moderation took the answer back
                self.fits = True
                self.replace_text(text_of(body.get("answer")))
            case "agent_thought":
                self.reasoning.append(text_of(body.get("thought")))
                self.tool_calls += filter(None, (first_text(body, ("tool",)) or "").split(";"))
            case "error":
                self.has_error = True
            case "workflow_started":
                self.fits = True
            case _:  # `ping`, the nodes of a workflow, files, speech
                pass

    def _take_answer(self, body: JsonObject) -> None:
        self.conversation_id = first_text(body, ("conversation_id",)) or self.conversation_id
        self.add_text(text_of(body.get("answer")))

    def _take_metadata(self, body: JsonObject) -> None:
        metadata = object_of(body.get("metadata"))
        self.usage = usage_of(metadata.get("usage"))
        self.documents.add(_resources(metadata.get("retriever_resources")))


def _resources(value: Json) -> tuple[Document, ...] | None:
    """Return the segments of documents that were retrieved."""
    if not isinstance(value, list):
        return None
    return documents_of([_named(resource) for resource in objects_of(value)], Strings.CONTENT)


def _named(resource: JsonObject) -> JsonObject:
    names = {"id": ("segment_id", "document_id"), "source": ("document_name", "title", "dataset_name")}
    return {name: first_text(resource, theirs) for name, theirs in names.items()} | {
        name: resource.get(name) for name in ("content", "score", "page")
    }
