"""Anthropic's Messages API, whole and streamed. Pure.

    POST …/messages  {"model", "system", "messages": [{"role", "content": "…" or [blocks]}]}
    → {"type": "message", "content": [blocks]}, or events from `message_start` to `message_stop`

Source: Anthropic API reference, "Messages", "Streaming Messages", "Citations" and "Search results".
"""

from typing import Final

from config.settings import ServiceSettings
from scorer.formats.answer import Answer, answer_to
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.conversation import Asked, Message, asked_by
from scorer.formats.fields import (
    DocumentCollector,
    count_of,
    first_text,
    object_of,
    objects_of,
    text_of,
    tool_result_documents,
    usage_from,
)
from scorer.formats.json_body import Json, JsonObject, read_request
from scorer.formats.openai_request import conversation_of
from scorer.model import Document

_PATH_END: Final = "/messages"
_INPUT_COUNTS: Final = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
"""Together the input's tokens: `input_tokens` alone leaves out what came from, or went into, the prompt cache."""
_CALLS: Final = ("tool_use", "server_tool_use", "mcp_tool_use")


class AnthropicMessages:
    """The Messages API."""

    name = "anthropic_messages"

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """By the path's end and a list of messages, else by messages that are answered with `"type": "message"`."""
        if copy.method != "POST" or b'"messages"' not in copy.request_body:
            return False
        if copy.path.rstrip("/").endswith(_PATH_END):
            return True
        beginning = copy.response_body[:2000].replace(b" ", b"")
        return b'"type":"message"' in beginning or b'"type":"message_start"' in beginning

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts; the query is the last user message that is not a tool's result. Raises UnreadableError."""
        return answer_to(_asked(read_request(copy)), copy, _Answer())


def _asked(body: JsonObject) -> Asked:
    if not isinstance(body.get("messages"), list):
        raise UnreadableError("the request: expected a list of messages")
    messages = objects_of(body["messages"])
    documents = DocumentCollector()
    for message in messages:
        for block in objects_of(message.get("content")):
            documents.add(_given_documents(block))
    return asked_by(
        [_message(message) for message in messages],
        system_prompt=text_of(body.get("system")),
        documents=_numbered(documents.documents()),
        model=first_text(body, ("model",)),
        conversation_id=conversation_of(body),
        end_user=first_text(object_of(body.get("metadata")), ("user_id",)),
    )


def _message(message: JsonObject) -> Message:
    content = message.get("content")
    blocks = objects_of(content)
    text = content if isinstance(content, str) else text_of([b for b in blocks if b.get("type") == "text"])
    names = (first_text(block, ("name",)) for block in blocks if block.get("type") in _CALLS)
    return Message(
        role=first_text(message, ("role",)) or "",
        text=text,
        tool_calls=tuple(name for name in names if name),
        is_tool_result=not text.strip() and any(block.get("type") == "tool_result" for block in blocks),
    )


def _given_documents(block: JsonObject) -> tuple[Document, ...] | None:
    """Return the documents of one block of a message; None when it is none."""
    match block.get("type"):
        case "document":
            return (_document(block),)
        case "search_result":
            source = first_text(block, ("source",))
            return (Document(id=source or "", source=source, content=text_of(block.get("content")) or None),)
        case "tool_result":
            nested = [found for part in objects_of(block.get("content")) if (found := _given_documents(part))]
            if nested:
                return tuple(document for found in nested for document in found)
            identity = first_text(block, ("tool_use_id",)) or ""
            return None if block.get("is_error") else tool_result_documents(text_of(block.get("content")), identity)
        case _:
            return None


def _document(block: JsonObject) -> Document:
    source = object_of(block.get("source"))
    text = source.get("data") if source.get("type") == "text" else source.get("content")  # other data is base64
    return Document(
        id=first_text(source, ("file_id", "url")) or "",
        source=first_text(block, ("title",)) or first_text(source, ("url", "file_id")),
        content=text_of(text) or None,
    )


def _numbered(documents: tuple[Document, ...] | None) -> tuple[Document, ...] | None:
    """Give documents without an id their place, from 1."""
    if documents is None:
        return None
    return tuple(
        document if document.id else document.model_copy(update={"id": str(number)})
        for number, document in enumerate(documents, start=1)
    )


class _Answer(Answer):
    expected = "a message with content blocks"

    def __init__(self) -> None:
        super().__init__()
        self._pages: dict[str, Document] = {}
        """What a web search found, by address, without text."""

    def take_body(self, body: JsonObject) -> None:
        self.has_error = self.has_error or body.get("type") == "error"
        self.fits = self.fits or isinstance(body.get("content"), list)
        self._take_head(body)
        for block in objects_of(body.get("content")):
            self._take_block(block)

    def take_event(self, event: str, body: JsonObject) -> None:
        match body.get("type"):
            case "content_block_delta":
                self._take_delta(object_of(body.get("delta")))
            case "content_block_start":
                self._take_block(object_of(body.get("content_block")))
            case "message_start":
                self.fits = True
                self._take_head(object_of(body.get("message")))
            case "message_delta":
                self._take_usage(object_of(body.get("usage")))
            case "message_stop":
                self.has_end = True
            case "error":
                self.has_error = True
            case _:  # `ping`, `content_block_stop`, and what is yet to come: the reference asks to ignore it
                pass

    def all_documents(self, asked: Asked) -> tuple[Document, ...] | None:
        """Return the documents; a page of a web search stands without text unless the answer quotes it."""
        known = {document.id for document in self.documents.documents() or ()}
        pages = [page for url, page in self._pages.items() if url not in known]
        self.documents.add(pages or None)
        return super().all_documents(asked)

    def _take_head(self, message: JsonObject) -> None:
        self.model = first_text(message, ("model",)) or self.model
        self._take_usage(object_of(message.get("usage")))

    def _take_usage(self, usage: JsonObject) -> None:
        """Add counts, which grow in the course of a stream."""
        given = [count for name in _INPUT_COUNTS if (count := count_of(usage, (name,))) is not None]
        output = count_of(usage, ("output_tokens",))
        self.usage = usage_from(
            sum(given) if given else self.usage.input_tokens,
            self.usage.output_tokens if output is None else output,
        )

    def _take_block(self, block: JsonObject) -> None:
        """Add a block, or the beginning of one."""
        kind = block.get("type")
        if kind == "text":
            self.add_text(text_of(block.get("text")))
            self._take_citations(objects_of(block.get("citations")))
            return
        self.interrupt_text()
        if kind in _CALLS:
            self.tool_calls += filter(None, [first_text(block, ("name",))])
        elif kind == "thinking":
            self.reasoning.append(text_of(block.get("thinking")))
        elif kind == "web_search_tool_result":
            self._take_pages(block.get("content"))

    def _take_delta(self, delta: JsonObject) -> None:
        match delta.get("type"):
            case "text_delta":
                self.add_text(text_of(delta.get("text")))
            case "thinking_delta":
                self.reasoning.append(text_of(delta.get("thinking")))
            case "citations_delta":
                self._take_citations([object_of(delta.get("citation"))])
            case _:  # pieces of a tool's arguments, signatures
                pass

    def _take_pages(self, pages: Json) -> None:
        for page in objects_of(pages):
            url = first_text(page, ("url",))
            if url is not None:
                self._pages[url] = Document(id=url, source=first_text(page, ("title",)) or url)

    def _take_citations(self, citations: list[JsonObject]) -> None:
        for citation in citations:
            source = first_text(citation, ("title", "document_title", "source", "url"))
            identity = first_text(citation, ("url", "file_id", "source", "document_title", "document_index"))
            page = citation.get("start_page_number")
            passage = Document(
                id=identity or "citation",
                source=source,
                content=text_of(citation.get("cited_text")) or None,
                page=page if isinstance(page, int) else None,
            )
            is_of_web = citation.get("type") == "web_search_result_location"
            (self.documents if is_of_web else self.cited).add([passage])
