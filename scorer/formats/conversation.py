"""What a request asks, out of a conversation's messages: the query, what came before it, the tools called since. Pure.

A format turns its own messages into `Message`, in order; the rule of what was asked last stands here, once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scorer.model import Document, Turn

USER = "user"
ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    role: str
    """`user`, `assistant`, or any other; only these two are history."""
    text: str
    tool_calls: tuple[str, ...] = ()
    """Names of the tools that it calls."""
    is_tool_result: bool = False
    """It hands results of tools to the model and nothing else: nobody asks with it, though the role says `user`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says."""

    query: str
    """Text of the last message that a user asked with; empty when there is none."""
    history: tuple[Turn, ...] = ()
    """What user and assistant said before it."""
    system_prompt: str | None = None
    documents: tuple[Document, ...] | None = None
    tool_calls: tuple[str, ...] = ()
    """Names of the tools called since the query."""
    model: str | None = None
    conversation_id: str | None = None
    end_user: str | None = None
    """Id of the person who asks, where the format has a place for it."""
    is_user_conversation: bool = False
    """That id names the conversation too."""


def asked_by(
    messages: Sequence[Message],
    *,
    system_prompt: str | None = None,
    documents: tuple[Document, ...] | None = None,
    model: str | None = None,
    conversation_id: str | None = None,
    end_user: str | None = None,
) -> Asked:
    """Return what the messages ask; a message with results of tools alone is no question."""
    asking = (place for place, message in enumerate(messages) if message.role == USER and not message.is_tool_result)
    last = max(asking, default=None)
    before, after = (messages[:last], messages[last + 1 :]) if last is not None else ((), messages)
    return Asked(
        query=messages[last].text.strip() if last is not None else "",
        history=tuple(
            Turn(role=message.role, content=message.text)
            for message in before
            if message.role in (USER, ASSISTANT) and message.text.strip()
        ),
        system_prompt=system_prompt or None,
        documents=documents,
        tool_calls=tuple(name for message in after for name in message.tool_calls),
        model=model,
        conversation_id=conversation_id,
        end_user=end_user,
    )
