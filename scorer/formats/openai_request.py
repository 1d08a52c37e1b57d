"""The request of OpenAI's chat completions: what was asked last, what came before, what the model was given. Pure.

Source: OpenAI API reference, "Create chat completion", request body. Ollama and Cohere write messages the same way.
"""

from typing import Final

from scorer.formats.base import UnreadableError
from scorer.formats.conversation import Asked, Message, asked_by
from scorer.formats.fields import (
    DocumentCollector,
    Strings,
    documents_of,
    first_text,
    object_of,
    objects_of,
    text_of,
    tool_result_documents,
)
from scorer.formats.json_body import JsonObject
from scorer.model import Document

CONVERSATION_NAMES: Final = ("conversation_id", "session_id", "thread_id", "chat_id")
"""OpenAI's API has no conversation of its own; servers that follow it keep one under these names."""

END_USER_NAMES: Final = ("safety_identifier", "user")
"""The older name is `user`; both of the chat completions and of the Responses."""

_PROMPT_ROLES: Final = ("system", "developer")
_TOOL_ROLES: Final = ("tool", "function")


def read_chat_request(body: JsonObject) -> Asked:
    """Return the parts. Raises UnreadableError when there is no list of messages."""
    if not isinstance(body.get("messages"), list):
        raise UnreadableError("the request: expected a list of messages")
    messages = objects_of(body["messages"])
    prompts = [text_of(message.get("content")) for message in messages if message.get("role") in _PROMPT_ROLES]
    return asked_by(
        [_message(message) for message in messages],
        system_prompt="\n\n".join(filter(None, prompts)),
        documents=_documents(body, messages),
        model=first_text(body, ("model",)),
        conversation_id=conversation_of(body),
        end_user=first_text(body, END_USER_NAMES),
    )


def conversation_of(body: JsonObject) -> str | None:
    """Return the conversation that a request names, itself or in its metadata."""
    return first_text(body, CONVERSATION_NAMES) or first_text(object_of(body.get("metadata")), CONVERSATION_NAMES)


def called_tools(message: JsonObject) -> list[str]:
    """Return the names of the tools that an assistant's message, or one piece of it, calls."""
    calls = [*objects_of(message.get("tool_calls")), {"function": message.get("function_call")}]
    names = (first_text(object_of(call.get("function")), ("name",)) for call in calls)
    return [name for name in names if name is not None]  # a stream names a call once, then sends its arguments


def _message(message: JsonObject) -> Message:
    return Message(
        role=first_text(message, ("role",)) or "",
        text=text_of(message.get("content")),
        tool_calls=tuple(called_tools(message)),
    )


def _documents(body: JsonObject, messages: list[JsonObject]) -> tuple[Document, ...] | None:
    collector = DocumentCollector()
    for message in messages:
        if message.get("role") in _TOOL_ROLES:
            collector.add(_tool_documents(message))
    collector.add(documents_of(body.get("documents"), Strings.CONTENT))
    collector.add(documents_of(body.get("context"), Strings.CONTENT))
    collector.add(documents_of(body.get("citations"), Strings.SOURCE))
    return collector.documents()


def _tool_documents(message: JsonObject) -> tuple[Document, ...] | None:
    name = first_text(message, ("name", "tool_name"))
    identity = first_text(message, ("tool_call_id",)) or name or "tool"
    return tool_result_documents(text_of(message.get("content")), identity, name)
