"""Ollama's own API, whole and streamed as lines of JSON. Pure.

    POST /api/chat      {"model", "messages"}          →  {"message": {"role", "content"}, "done", …} a line
    POST /api/generate  {"model", "prompt", "system"}  →  {"response", "done", …} a line

Source: Ollama, docs/api.md. Streamed unless the request says `"stream": false`.
"""

from typing import Final

from config.settings import ServiceSettings
from scorer.formats.answer import Answer, answer_to
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.conversation import Asked
from scorer.formats.fields import count_of, first_text, object_of, objects_of, text_of, usage_from, wordless_answer
from scorer.formats.json_body import JsonObject, read_request
from scorer.formats.ndjson import is_json_lines, read_lines
from scorer.formats.openai_request import called_tools, read_chat_request
from scorer.model import CaptureOutcome

_CHAT: Final = "/api/chat"
_GENERATE: Final = "/api/generate"
_WORDLESS: Final = {"/api/embed": CaptureOutcome.EMBEDDING, "/api/embeddings": CaptureOutcome.EMBEDDING}
"""What the answers of other paths of the same API are, by the paths' ends."""


class Ollama:
    """Ollama's chat and generate."""

    name = "ollama"

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """By the path's end and a model in the request; others answer with events under the same path."""
        path = copy.path.rstrip("/")
        if copy.method != "POST" or b'"model"' not in copy.request_body or copy.response_type() == "text/event-stream":
            return False
        if path.endswith(_CHAT):
            return b'"messages"' in copy.request_body
        return path.endswith((_GENERATE, *_WORDLESS))

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts; the query is the last user message, or the prompt. Raises UnreadableError."""
        wordless = wordless_answer(copy, _WORDLESS)
        if wordless is not None:
            return wordless
        body = read_request(copy)
        return answer_to(_asked_to_generate(body) if "prompt" in body else read_chat_request(body), copy, _Answer())


def _asked_to_generate(body: JsonObject) -> Asked:
    if not isinstance(body["prompt"], str):
        raise UnreadableError("the request: expected a prompt of text")
    return Asked(
        query=body["prompt"].strip(),
        system_prompt=text_of(body.get("system")) or None,
        model=first_text(body, ("model",)),
    )


class _Answer(Answer):
    expected = "objects with a message or a response"

    def is_stream(self, copy: HttpCopy) -> bool:
        return is_json_lines(copy)

    def read_stream(self, copy: HttpCopy) -> bool:
        """Add all lines. Raises UnreadableError."""
        stream = read_lines(copy.response_body)
        for value in objects_of(stream.values):
            self.take_body(value)
        return bool(stream.values) or (stream.is_cut and copy.is_response_whole)  # whole, and no JSON at all

    def take_body(self, body: JsonObject) -> None:
        message = object_of(body.get("message"))
        self.fits = self.fits or "message" in body or "response" in body
        self.has_error = self.has_error or bool(body.get("error"))
        self.model = first_text(body, ("model",)) or self.model
        self.add_text(text_of(message.get("content")) or text_of(body.get("response")))
        self.reasoning.append(text_of(message.get("thinking")) or text_of(body.get("thinking")))
        self.tool_calls += called_tools(message)
        if body.get("done") is True:
            self.has_end = True
            self.usage = usage_from(count_of(body, ("prompt_eval_count",)), count_of(body, ("eval_count",)))
