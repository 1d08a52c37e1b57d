"""The answer of OpenAI's chat completions, gathered from a body or from a stream's chunks. Pure.

Source: OpenAI API reference, "The chat completion object" and "The chat completion chunk object"; documents also where
Azure OpenAI On Your Data (`message.context.citations`), Perplexity (`search_results`, `citations`) and RAG servers
(`documents`, `context`, `sources`) put them. Only choice 0 is read: the others are alternatives that nobody was shown.
"""

from typing import Final

from scorer.formats.base import NO_USAGE, HttpCopy, UnreadableError
from scorer.formats.fields import (
    DocumentCollector,
    Strings,
    documents_of,
    first_text,
    object_of,
    objects_of,
    text_of,
    usage_of,
)
from scorer.formats.json_body import JsonObject, read_answer, read_json_text
from scorer.formats.openai_request import CONVERSATION_NAMES, called_tools
from scorer.formats.sse import read_events
from scorer.model import Document, Usage

_CONVERSATION: Final = frozenset(CONVERSATION_NAMES)
_DOCUMENTS_OF_BODY: Final = frozenset(("documents", "context", "sources", "search_results", "citations"))
_DOCUMENTS_OF_MESSAGE: Final = frozenset(("context", "documents", "citations", "annotations"))
_OTHER_THAN_TEXT: Final = frozenset(("refusal", "tool_calls", "function_call"))
_REASONING: Final = frozenset(("reasoning_content", "reasoning"))


class ChatAnswer:
    """What an answer says; each chunk of a stream adds to it."""

    def __init__(self) -> None:
        self.model: str | None = None
        self.conversation_id: str | None = None
        self.usage: Usage = NO_USAGE
        self.tool_calls: list[str] = []
        self.has_error = False
        """An error body, or an error in mid-stream."""
        self.has_choices = False
        """A list of choices was there, if only an empty one."""
        self.has_end = False
        """The answer says itself that it is over: a finish reason, or `[DONE]`."""
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._reasoning: list[str] = []
        self._documents = DocumentCollector()

    def text(self) -> str:
        """Return the words for the person: the content, else the refusal."""
        content = "".join(self._text)
        return content if content.strip() else "".join(self._refusal)

    def reasoning(self) -> str | None:
        """Return what the model thought aloud, where a server sends it."""
        return "".join(self._reasoning) or None

    def documents(self) -> tuple[Document, ...] | None:
        """Return the documents of every place; None when no place was there."""
        return self._documents.documents()

    def take_body(self, body: JsonObject) -> None:
        """Add a whole answer."""
        self._take_common(body)
        first = next((c for c in objects_of(body.get("choices")) if c.get("index") in (0, None)), None)
        if first is not None:
            self._take_message(object_of(first.get("message")))
        self.has_end = True

    def take_chunk(self, chunk: JsonObject) -> None:
        """Add one chunk of a stream; a later chunk's usage replaces an earlier one's."""
        self._take_common(chunk)
        for choice in objects_of(chunk.get("choices")):
            if choice.get("index") in (0, None):
                self.has_end = self.has_end or choice.get("finish_reason") is not None
                self._take_message(object_of(choice.get("delta")))

    def _take_common(self, body: JsonObject) -> None:
        # Most chunks hold nothing but a piece of text: what is not there costs one look.
        self.has_error = self.has_error or bool(body.get("error"))
        self.has_choices = self.has_choices or isinstance(body.get("choices"), list)
        self.model = self.model or first_text(body, ("model",))
        if not _CONVERSATION.isdisjoint(body):
            self.conversation_id = self.conversation_id or first_text(body, CONVERSATION_NAMES)
        if body.get("usage"):
            self.usage = usage_of(body["usage"])
        if not _DOCUMENTS_OF_BODY.isdisjoint(body):
            self._documents.add(documents_of(body.get("documents"), Strings.CONTENT))
            self._documents.add(documents_of(body.get("context"), Strings.CONTENT))
            self._documents.add(documents_of(body.get("sources"), Strings.SOURCE))
            # Perplexity sends the same pages twice: with titles and snippets, and as bare addresses.
            pages = documents_of(body.get("search_results"), Strings.SOURCE)
            self._documents.add(documents_of(body.get("citations"), Strings.SOURCE) if pages is None else pages)

    def _take_message(self, message: JsonObject) -> None:
        self._text.append(text_of(message.get("content")))
        if not _OTHER_THAN_TEXT.isdisjoint(message):
            self._refusal.append(text_of(message.get("refusal")))
            self.tool_calls += called_tools(message)
        if not _REASONING.isdisjoint(message):
            self._reasoning.append(text_of(message.get("reasoning_content")) or text_of(message.get("reasoning")))
        if not _DOCUMENTS_OF_MESSAGE.isdisjoint(message):
            self._documents.add(documents_of(message.get("context"), Strings.CONTENT))
            self._documents.add(documents_of(message.get("documents"), Strings.CONTENT))
            self._documents.add(documents_of(message.get("citations"), Strings.SOURCE))
            # OpenAI sends an empty list of annotations with every answer: that is not a retrieval.
            self._documents.add(documents_of(message.get("annotations"), Strings.SOURCE) or None)


def read_whole(copy: HttpCopy) -> ChatAnswer:
    """Return the answer of a JSON body. Raises UnreadableError."""
    answer = ChatAnswer()
    if copy.response_body:
        answer.take_body(read_answer(copy))
        if not answer.has_choices and not answer.has_error:
            raise UnreadableError("the answer: expected a chat completion with a list of choices")
    return answer


def read_stream(copy: HttpCopy) -> ChatAnswer:
    """Return the answer of an event stream. Raises UnreadableError when no event is a chunk."""
    answer, has_events = ChatAnswer(), False
    for event in read_events(copy.response_body).events:
        data = event.data.strip()
        if data == "[DONE]":
            answer.has_end = True
            break
        has_events = True
        if data.startswith("{"):  # anything else is a keep-alive such as `data: ping`
            answer.take_chunk(object_of(read_json_text(data)))
    if has_events and not answer.has_choices and not answer.has_error:
        raise UnreadableError("the answer: expected chat completion chunks in the event stream")
    return answer
