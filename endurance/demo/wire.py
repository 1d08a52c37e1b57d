"""What the example chatbot reads and writes, in the RTI chat format and as OpenAI chat completions. Pure.

Neither format carries token counts here: the bot has no tokenizer, and a made-up number would be scored as a fact.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from config.errors import InvalidInputError
from endurance.demo.answering import Answer
from endurance.demo.documents import Passage

MODEL = "endurance-example"
QUESTION_LIMIT = 4000
"""Characters of one question."""
_SESSION_ID_LIMIT = 128

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """The body of `POST /chat`."""

    message: str
    session_id: str | None


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """The body of `POST /v1/chat/completions`, as far as the bot reads it."""

    question: str
    """The last message of the user."""
    is_streamed: bool


def read_chat(body: bytes) -> ChatRequest:
    """Read a chat request. Raises InvalidInputError."""
    data = _object(body)
    session_id = data.get("session_id")
    if session_id is not None and not (isinstance(session_id, str) and 0 < len(session_id) <= _SESSION_ID_LIMIT):
        raise InvalidInputError(f"session_id: expected a string of 1 to {_SESSION_ID_LIMIT} characters", "session_id")
    return ChatRequest(_question(data.get("message"), "message"), session_id)


def read_completion(body: bytes) -> CompletionRequest:
    """Read a chat completions request. Raises InvalidInputError."""
    data = _object(body)
    messages = data.get("messages")
    if not isinstance(messages, list) or not messages:
        raise InvalidInputError("messages: expected a list with at least one message", "messages")
    stream = data.get("stream", False)
    if stream is not None and not isinstance(stream, bool):
        raise InvalidInputError("stream: expected true or false", "stream")
    for position in range(len(messages) - 1, -1, -1):
        message = messages[position]
        if isinstance(message, dict) and message.get("role") == "user":
            field = f"messages.{position}.content"
            return CompletionRequest(_question(_text(message.get("content")), field), bool(stream))
    raise InvalidInputError("messages: expected at least one message with role user", "messages")


def _object(body: bytes) -> Json:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInputError("expected a JSON object as the body") from error
    if not isinstance(data, dict):
        raise InvalidInputError(f"expected a JSON object as the body, got {type(data).__name__}")
    return data


def _question(value: object, field: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidInputError(f"{field}: expected a text that is not empty", field)
    if len(value) > QUESTION_LIMIT:
        raise InvalidInputError(f"{field}: expected at most {QUESTION_LIMIT} characters, got {len(value)}", field)
    return value.strip()


def _text(content: object) -> object:
    """Return the text of a message's content, which may come as a list of parts."""
    if not isinstance(content, list):
        return content
    texts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
    return "\n".join(text for text in texts if isinstance(text, str))


def chat_answer(session_id: str, answer: Answer) -> Json:
    """Return the answer to `POST /chat`."""
    sources = [{"source": p.source, "content": p.content, "page": p.page} for p in answer.passages]
    return {"session_id": session_id, "response": answer.response, "sources": sources}


def completion(id_: str, created: int, answer: Answer) -> Json:
    """Return a whole chat completion; `created` is seconds since the epoch."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": answer.response},
        "finish_reason": "stop",
    }
    return {
        "id": id_,
        "object": "chat.completion",
        "created": created,
        "model": MODEL,
        "choices": [choice],
        "documents": _documents(answer.passages),
    }


def completion_events(id_: str, created: int, answer: Answer) -> Iterator[bytes]:
    """Return the same as server-sent events: the documents with the role, one event a word, the end, `[DONE]`."""

    def event(delta: Json, finish_reason: str | None = None, **more: object) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        head = {"id": id_, "object": "chat.completion.chunk", "created": created, "model": MODEL}
        return b"data: " + orjson.dumps({**head, "choices": [choice], **more}) + b"\n\n"

    yield event({"role": "assistant", "content": ""}, documents=_documents(answer.passages))
    for piece in re.findall(r"\S+\s*|\s+", answer.response):
        yield event({"content": piece})
    yield event({}, "stop")
    yield b"data: [DONE]\n\n"


def _documents(passages: Sequence[Passage]) -> list[Json]:
    return [{"id": f"{p.source}#{p.page}", "source": p.source, "content": p.content, "page": p.page} for p in passages]


def chat_error(error: InvalidInputError) -> Json:
    """Return the body of a 400 in the RTI chat format."""
    return {"detail": str(error)}


def completion_error(error: InvalidInputError) -> Json:
    """Return the body of a 400 as OpenAI clients expect it."""
    return {"error": {"message": str(error), "type": "invalid_request_error", "param": error.field, "code": None}}
