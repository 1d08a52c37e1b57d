"""An answer as it is gathered, from one body or event by event, and what comes out of it. Pure.

A format derives its own `Answer`, which says where its bodies and events hold things; how a stream is walked, when an
answer is cut, and what an answer without words is called stands here, once.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Self

from scorer.formats.base import NO_USAGE, Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.conversation import Asked
from scorer.formats.fields import DocumentCollector, is_event_stream, object_of, without_answer
from scorer.formats.json_body import JsonObject, read_answer, read_json_text
from scorer.formats.sse import read_events
from scorer.model import CaptureOutcome, Document, Usage

DONE = "[DONE]"
"""The data of a last event that is no JSON, as OpenAI began it and others follow."""


class Answer(ABC):
    """What an answer says; each body or event adds to it."""

    expected: ClassVar[str]
    """What a body that fits is called, for the reason why another one is unreadable."""

    def __init__(self) -> None:
        self.model: str | None = None
        self.conversation_id: str | None = None
        self.usage: Usage = NO_USAGE
        self.tool_calls: list[str] = []
        self.reasoning: list[str] = []
        """Pieces of what the model thought aloud."""
        self.documents = DocumentCollector()
        """What the bot found beside what the request handed over."""
        self.cited = DocumentCollector()
        """Passages that the answer quotes from what the request handed over."""
        self.has_error = False
        """An error body, or an error in mid-stream."""
        self.fits = False
        """Something of the format was there."""
        self.has_end = False
        """The answer is over by its own account."""
        self.wordless_reason: str | None = None
        """Why there is no text, where the answer says so."""
        self._text: list[str] = []
        self._is_interrupted = False

    @abstractmethod
    def take_body(self, body: JsonObject) -> None:
        """Add a whole answer."""

    def take_event(self, event: str, body: JsonObject) -> None:
        """Add one event of a stream; `event` is the name beside its data. The same as a whole answer unless said."""
        self.take_body(body)

    def is_stream(self, copy: HttpCopy) -> bool:
        """Say whether the answer comes in pieces."""
        return is_event_stream(copy)

    def read_stream(self, copy: HttpCopy) -> bool:
        """Add all events up to the end mark; say whether there were any. Raises UnreadableError."""
        has_events = False
        for event in read_events(copy.response_body).events:
            data = event.data.strip()
            if data == DONE:
                self.has_end = True
                break
            has_events = True
            if data.startswith("{"):  # anything else is a keep-alive such as `data: ping`
                self.take_event(event.event, object_of(read_json_text(data)))
        return has_events

    def read_whole(self, copy: HttpCopy) -> None:
        """Add a body that is one JSON object. Raises UnreadableError."""
        self.take_body(read_answer(copy))
        self.has_end = True

    def read(self, copy: HttpCopy) -> Self:
        """Add a copy's answer; an empty one adds nothing. Raises UnreadableError when it is something else."""
        if copy.response_body:
            is_there = True
            if self.is_stream(copy):
                is_there = self.read_stream(copy)
            else:
                self.read_whole(copy)
            if is_there and not self.fits and not self.has_error:
                raise UnreadableError(f"the answer: expected {self.expected}")
        return self

    def add_text(self, piece: str) -> None:
        """Add a piece of the words for the person."""
        if piece:
            if self._is_interrupted and self._text:
                self._text.append("\n")
            self._is_interrupted = False
            self._text.append(piece)

    def interrupt_text(self) -> None:
        """Let the next piece begin a line of its own: a part that is no text, or another message, came between."""
        self._is_interrupted = True

    def replace_text(self, text: str) -> None:
        """Put another text in the place of all that came so far."""
        self._text = [text]

    def text(self) -> str:
        """Return the words so far."""
        return "".join(self._text)

    def all_documents(self, asked: Asked) -> tuple[Document, ...] | None:
        """Return the documents of request and answer, in this order; None when neither has a place for them.

        What the answer quotes counts where the request's documents did not come with their text: a PDF, an address.
        """
        together = DocumentCollector()
        together.add(asked.documents)
        together.add(self.documents.documents())
        if asked.documents is None or any(document.content is None for document in asked.documents):
            together.add(self.cited.documents())
        return together.documents()

    def extract(self, asked: Asked) -> Extract | NotText:
        """Return what came out, as the answer to what was asked."""
        response = self.text()
        if not response.strip():
            return self._wordless()
        return Extract(
            query=asked.query,
            response=response,
            documents=self.all_documents(asked),
            history=asked.history,
            conversation_id=asked.conversation_id or self.conversation_id,
            model=self.model or asked.model,
            usage=self.usage,
            system_prompt=asked.system_prompt,
            reasoning_trace="".join(self.reasoning) or None,
            tool_calls=(*asked.tool_calls, *self.tool_calls),
            end_user=asked.end_user,
            is_user_conversation=asked.is_user_conversation,
            is_cut=self.has_error or not self.has_end,
        )

    def _wordless(self) -> NotText:
        if self.has_error:
            return NotText(CaptureOutcome.UPSTREAM_ERROR, "the answer is an error body")
        if self.wordless_reason:
            return NotText(CaptureOutcome.NO_TEXT, self.wordless_reason)
        if self.tool_calls:
            return NotText(CaptureOutcome.TOOL_CALL, "the answer calls tools and says nothing")
        return NotText(CaptureOutcome.EMPTY_ANSWER, "the answer is empty")


def answer_to(asked: Asked, copy: HttpCopy, answer: Answer) -> Extract | NotText:
    """Return what a copy says, once its request is read. Raises UnreadableError when the answer does not fit."""
    if not asked.query:
        return NotText(CaptureOutcome.NO_TEXT, "no user message has text")
    return without_answer(copy) or answer.read(copy).extract(asked)
