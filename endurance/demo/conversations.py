"""The sample conversations of the first run: what is asked, and how it is sent to a chatbot.

Sends to one base URL, one conversation after the other where they belong together; reads answers to their end.
"""

from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import assert_never

import aiohttp
import yaml

from endurance.demo.wire import MODEL, Json


class ChatFormat(StrEnum):
    """How a question is put."""

    RTI = "rti"
    OPENAI = "openai"
    OPENAI_STREAM = "openai_stream"


@dataclass(frozen=True, slots=True)
class SampleQuestion:
    """One question of the first run."""

    question: str
    format: ChatFormat
    conversation_id: str | None = None
    """The RTI chat format's `session_id`; several questions may share one."""


def load_conversations() -> tuple[SampleQuestion, ...]:
    """Return the bundled questions, in the order in which they are asked."""
    text = (resources.files("endurance.demo") / "conversations.yaml").read_text(encoding="utf-8")
    return tuple(
        SampleQuestion(entry["question"], ChatFormat(entry["format"]), entry.get("conversation_id"))
        for entry in yaml.safe_load(text)
    )


def request_for(sample: SampleQuestion) -> tuple[str, Json]:
    """Return the path and the JSON body that put the question."""
    messages = [{"role": "user", "content": sample.question}]
    match sample.format:
        case ChatFormat.RTI:
            return "/chat", {"message": sample.question, "session_id": sample.conversation_id}
        case ChatFormat.OPENAI:
            return "/v1/chat/completions", {"model": MODEL, "messages": messages}
        case ChatFormat.OPENAI_STREAM:
            return "/v1/chat/completions", {"model": MODEL, "messages": messages, "stream": True}
        case _:
            assert_never(sample.format)


async def send(session: aiohttp.ClientSession, base_url: str, sample: SampleQuestion) -> None:
    """Ask, and read the answer to its end. Raises aiohttp.ClientError, also for a status of 400 and above."""
    path, body = request_for(sample)
    async with session.post(base_url + path, json=body, raise_for_status=True) as response:
        await response.read()
