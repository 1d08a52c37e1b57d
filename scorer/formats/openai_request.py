"""The request of OpenAI's chat completions: what was asked last, what came before, what the model was given. Pure.

Source: OpenAI API reference, "Create chat completion", request body.
"""

from dataclasses import dataclass
from typing import Final

from scorer.formats.base import UnreadableError
from scorer.formats.fields import DocumentCollector, Strings, documents_of, first_text, object_of, objects_of, text_of
from scorer.formats.json_body import JsonObject, read_json_text
from scorer.model import Document, Turn

CONVERSATION_NAMES: Final = ("conversation_id", "session_id", "thread_id", "chat_id")
"""OpenAI's API has no conversation of its own; servers that follow it keep one under these names."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What a request says."""

    query: str
    """Text of the last user message; empty when there is none."""
    history: tuple[Turn, ...]
    """What user and assistant said before it."""
    system_prompt: str | None
    documents: tuple[Document, ...] | None
    tool_calls: tuple[str, ...]
    """Names of the tools called since the query."""
    model: str | None
    conversation_id: str | None


def read_chat_request(body: JsonObject) -> ChatRequest:
    """Return the parts. Raises UnreadableError when there is no list of messages."""
    if not isinstance(body.get("messages"), list):
        raise UnreadableError("the request: expected a list of messages")
    messages = objects_of(body["messages"])
    last = max((place for place, message in enumerate(messages) if message.get("role") == "user"), default=None)
    before, after = messages[: last or 0], messages[last + 1 :] if last is not None else messages
    prompts = [text_of(m.get("content")) for m in messages if m.get("role") in ("system", "developer")]
    return ChatRequest(
        query=text_of(messages[last].get("content")).strip() if last is not None else "",
        history=_history(before),
        system_prompt="\n\n".join(filter(None, prompts)) or None,
        documents=_documents(body, messages),
        tool_calls=tuple(name for message in after for name in called_tools(message)),
        model=first_text(body, ("model",)),
        conversation_id=first_text(body, CONVERSATION_NAMES)
        or first_text(object_of(body.get("metadata")), CONVERSATION_NAMES),
    )


def called_tools(message: JsonObject) -> list[str]:
    """Return the names of the tools that an assistant's message, or one piece of it, calls."""
    calls = [*objects_of(message.get("tool_calls")), {"function": message.get("function_call")}]
    names = (first_text(object_of(call.get("function")), ("name",)) for call in calls)
    return [name for name in names if name is not None]  # a stream names a call once, then sends its arguments


def _history(messages: list[JsonObject]) -> tuple[Turn, ...]:
    turns = []
    for message in messages:
        role, content = message.get("role"), text_of(message.get("content"))
        if role in ("user", "assistant") and content.strip():
            turns.append(Turn(role=str(role), content=content))
    return tuple(turns)


def _documents(body: JsonObject, messages: list[JsonObject]) -> tuple[Document, ...] | None:
    collector = DocumentCollector()
    for message in messages:
        if message.get("role") in ("tool", "function"):
            collector.add(_tool_documents(message))
    collector.add(documents_of(body.get("documents"), Strings.CONTENT))
    collector.add(documents_of(body.get("context"), Strings.CONTENT))
    collector.add(documents_of(body.get("citations"), Strings.SOURCE))
    return collector.documents()


def _tool_documents(message: JsonObject) -> tuple[Document, ...] | None:
    """Return a retrieval tool's documents where its result lists them, else the result's text as one document."""
    text = text_of(message.get("content"))
    if not text.strip():
        return None
    if text.lstrip().startswith(("[", "{")):
        try:
            listed = documents_of(read_json_text(text), Strings.CONTENT)
        except UnreadableError:
            listed = None  # text that only begins like JSON
        if listed and all(document.content for document in listed):
            return listed
    identity = first_text(message, ("tool_call_id", "name")) or "tool"
    return (Document(id=identity, source=first_text(message, ("name",)), content=text),)
