"""Google's Gemini API, on Google AI and on Vertex AI, whole and streamed. Pure.

    POST …/models/{model}:generateContent  {"systemInstruction", "contents": [{"role", "parts"}]}
    → {"candidates": [{"content": {"parts"}, "groundingMetadata"}], "usageMetadata"}

`:streamGenerateContent` answers with a JSON list of such objects, or with events of them (`alt=sse`).
Source: Gemini API reference, "Generating content", `GenerateContentResponse` and `GroundingMetadata`.
"""

import re
from typing import Final
from urllib.parse import unquote

from config.settings import ServiceSettings
from scorer.formats.answer import Answer, answer_to
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.conversation import ASSISTANT, USER, Asked, Message, asked_by
from scorer.formats.fields import (
    DocumentCollector,
    count_of,
    first_text,
    object_of,
    objects_of,
    text_of,
    tool_value_documents,
    usage_from,
)
from scorer.formats.json_body import JsonObject, read_answer_value, read_cut_list, read_request
from scorer.model import CaptureOutcome, Document, Usage

_PATH: Final = re.compile(r"(?:/models|/tunedModels|/endpoints)/(?P<model>[^/:]+):(?P<action>[A-Za-z]+)/?$")
_ANSWERING: Final = ("generateContent", "streamGenerateContent")
_WORDLESS: Final = {
    "embedContent": CaptureOutcome.EMBEDDING,
    "batchEmbedContents": CaptureOutcome.EMBEDDING,
    "countTokens": CaptureOutcome.NO_TEXT,
    "computeTokens": CaptureOutcome.NO_TEXT,
}
"""What the answers of other actions of the same API are."""
_WITHHELD: Final = ("SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII")
"""Finish reasons of an answer that the provider keeps back."""


class Gemini:
    """Gemini's generateContent."""

    name = "gemini"

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """By a model and an action at the path's end."""
        found = _PATH.search(copy.path) if copy.method == "POST" else None
        return found is not None and found["action"] in (*_ANSWERING, *_WORDLESS)

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts; the query is the last content of a user. Raises UnreadableError."""
        found = _PATH.search(copy.path)
        if found is not None and found["action"] in _WORDLESS:
            return NotText(_WORDLESS[found["action"]], f"the answer of :{found['action']} is not words")
        asked = _asked(read_request(copy), unquote(found["model"]) if found is not None else None)
        return answer_to(asked, copy, _Answer())


def _asked(body: JsonObject, model: str | None) -> Asked:
    contents = body.get("contents")
    if not isinstance(contents, list):
        raise UnreadableError("the request: expected a list of contents")
    turns = objects_of(contents)
    documents = DocumentCollector()
    for part in (part for turn in turns for part in objects_of(turn.get("parts"))):
        result = object_of(part.get("functionResponse"))
        name = first_text(result, ("name",))
        documents.add(tool_value_documents(result.get("response"), name or "tool", name))
    prompt = object_of(body.get("systemInstruction") or body.get("system_instruction"))
    return asked_by(
        [_message(turn) for turn in turns],
        system_prompt=text_of(prompt.get("parts")),
        documents=documents.documents(),
        model=model,
    )


def _message(turn: JsonObject) -> Message:
    parts = objects_of(turn.get("parts"))
    role = first_text(turn, ("role",)) or USER  # a single turn needs no role
    text = text_of(turn.get("parts"))
    calls = (first_text(object_of(part.get("functionCall")), ("name",)) for part in parts)
    return Message(
        role=ASSISTANT if role == "model" else role,
        text=text,
        tool_calls=tuple(name for name in calls if name),
        is_tool_result=not text.strip() and any("functionResponse" in part for part in parts),
    )


class _Answer(Answer):
    expected = "an object with candidates"

    def __init__(self) -> None:
        super().__init__()
        self._counts: JsonObject = {}
        """The last counts: every event repeats them, grown."""

    def extract(self, asked: Asked) -> Extract | NotText:
        """Return what came out, with the last counts."""
        self.usage = _usage(self._counts)
        return super().extract(asked)

    def is_stream(self, copy: HttpCopy) -> bool:
        return super().is_stream(copy) or copy.response_body.lstrip().startswith(b"[")

    def read_stream(self, copy: HttpCopy) -> bool:
        """Add the events, or the objects of a list, which may be cut."""
        if super().is_stream(copy):
            return super().read_stream(copy)
        try:
            values = objects_of(read_answer_value(copy))
        except UnreadableError:
            values = objects_of(read_cut_list(copy.response_body))
        for value in values:
            self.take_body(value)
        return bool(values)

    def take_body(self, body: JsonObject) -> None:
        self.has_error = self.has_error or bool(body.get("error"))
        self.model = first_text(body, ("modelVersion",)) or self.model
        self._counts = object_of(body.get("usageMetadata")) or self._counts
        if first_text(object_of(body.get("promptFeedback")), ("blockReason",)):
            self.fits = True
            self.wordless_reason = "the provider blocked the prompt"
        self.fits = self.fits or isinstance(body.get("candidates"), list) or "usageMetadata" in body
        for candidate in objects_of(body.get("candidates")):
            if candidate.get("index") in (0, None):
                self._take_candidate(candidate)

    def _take_candidate(self, candidate: JsonObject) -> None:
        """Add the candidate that was shown: the others are alternatives."""
        for part in objects_of(object_of(candidate.get("content")).get("parts")):
            if "functionCall" in part:
                self.tool_calls += filter(None, [first_text(object_of(part["functionCall"]), ("name",))])
            elif part.get("thought"):
                self.reasoning.append(text_of(part.get("text")))
            else:
                self.add_text(text_of(part.get("text")))
        reason = first_text(candidate, ("finishReason",))
        self.has_end = self.has_end or reason is not None
        if reason in _WITHHELD:
            self.wordless_reason = "the provider withheld the answer"
        grounding = object_of(candidate.get("groundingMetadata"))
        if isinstance(grounding.get("groundingChunks"), list):
            self.documents.add(_grounding_documents(objects_of(grounding["groundingChunks"])))


def _usage(counts: JsonObject) -> Usage:
    """Return the counts; what was thought aloud is output, and counted apart from the candidates."""
    output = [count for name in ("candidatesTokenCount", "thoughtsTokenCount") if (count := count_of(counts, (name,)))]
    return usage_from(
        count_of(counts, ("promptTokenCount",)),
        sum(output) if output else count_of(counts, ("candidatesTokenCount",)),
        count_of(counts, ("totalTokenCount",)),
    )


def _grounding_documents(chunks: list[JsonObject]) -> list[Document]:
    """Return what the answer rests on; pages of a web search come without text."""
    documents = []
    for number, chunk in enumerate(chunks, start=1):
        found = next((chunk[kind] for kind in ("retrievedContext", "web", "maps") if chunk.get(kind)), None)
        fields = object_of(found)
        passage = object_of(fields.get("ragChunk"))
        first_page = object_of(passage.get("pageSpan")).get("firstPage")
        documents.append(
            Document(
                id=first_text(fields, ("uri", "documentName", "placeId")) or str(number),
                source=first_text(fields, ("title", "uri", "documentName")),
                content=text_of(fields.get("text")) or text_of(passage.get("text")) or None,
                page=first_page if isinstance(first_page, int) else None,
            )
        )
    return documents
