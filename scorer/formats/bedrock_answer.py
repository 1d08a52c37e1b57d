"""Amazon Bedrock's answers, gathered from a body or from a binary event stream. Pure.

Source: Amazon Bedrock API reference, "Converse", "ConverseStream", "RetrieveAndGenerate" and
"RetrieveAndGenerateStream". A message of the stream names its event in the header `:event-type`, and carries JSON.
"""

from typing import Final

from scorer.formats.answer import Answer
from scorer.formats.aws_event_stream import is_aws_event_stream, read_messages
from scorer.formats.base import HttpCopy
from scorer.formats.fields import first_text, object_of, objects_of, text_of, usage_of
from scorer.formats.json_body import JsonObject, read_object
from scorer.model import Document

_CHUNK_ID: Final = "x-amz-bedrock-kb-chunk-id"
_SOURCE_URI: Final = "x-amz-bedrock-kb-source-uri"
_PAGE: Final = "x-amz-bedrock-kb-document-page-number"


class BedrockAnswer(Answer):
    """What Bedrock's answers share: the stream's framing."""

    def is_stream(self, copy: HttpCopy) -> bool:
        return is_aws_event_stream(copy)

    def read_stream(self, copy: HttpCopy) -> bool:
        """Add all messages; an exception among them cuts the answer. Raises UnreadableError."""
        stream = read_messages(copy.response_body)
        for message in stream.messages:
            if message.headers.get(":message-type", "event") == "event":
                body = read_object(message.payload, "an event of the answer")
                self.take_event(message.headers.get(":event-type", ""), body)
            else:
                self.has_error = True
        self.end_stream(is_cut=stream.is_cut or not copy.is_response_whole)
        return bool(stream.messages)

    def end_stream(self, *, is_cut: bool) -> None:
        """Take note of the stream's end."""


class ConverseAnswer(BedrockAnswer):
    """The answer of Converse."""

    expected = "an output with a message"

    def take_body(self, body: JsonObject) -> None:
        message = object_of(object_of(body.get("output")).get("message"))
        self.fits = isinstance(message.get("content"), list)
        self.usage = usage_of(body.get("usage"))
        for block in objects_of(message.get("content")):
            self._take_block(block)

    def take_event(self, event: str, body: JsonObject) -> None:
        match event:
            case "contentBlockDelta":
                self._take_delta(object_of(body.get("delta")))
            case "contentBlockStart":
                self._take_block(object_of(body.get("start")))
            case "messageStart":
                self.fits = True
            case "messageStop":
                self.has_end = True
            case "metadata":
                self.usage = usage_of(body.get("usage"))
            case _:  # `contentBlockStop`, and what is yet to come
                pass

    def _take_block(self, block: JsonObject) -> None:
        """Add a block, or the beginning of one that is a tool's call."""
        if "toolUse" in block:
            self.interrupt_text()
            self.tool_calls += filter(None, [first_text(object_of(block["toolUse"]), ("name",))])
        elif "reasoningContent" in block:
            self.reasoning.append(
                text_of(object_of(object_of(block["reasoningContent"]).get("reasoningText")).get("text"))
            )
        elif "citationsContent" in block:
            cited = object_of(block["citationsContent"])
            for piece in objects_of(cited.get("content")):
                self.add_text(text_of(piece.get("text")))
            for citation in objects_of(cited.get("citations")):
                self._take_citation(citation)
        else:
            self.add_text(text_of(block.get("text")))

    def _take_delta(self, delta: JsonObject) -> None:
        self.add_text(text_of(delta.get("text")))
        self.reasoning.append(text_of(object_of(delta.get("reasoningContent")).get("text")))
        if "citation" in delta:
            self._take_citation(object_of(delta["citation"]))

    def _take_citation(self, citation: JsonObject) -> None:
        page = object_of(object_of(citation.get("location")).get("documentPage")).get("start")
        url = first_text(object_of(object_of(citation.get("location")).get("web")), ("url",))
        source = first_text(citation, ("title", "source")) or url
        passage = Document(
            id=first_text(citation, ("source", "title")) or url or "citation",
            source=source,
            content=text_of(citation.get("sourceContent")) or None,
            page=page if isinstance(page, int) else None,
        )
        (self.documents if url else self.cited).add([passage])


class KnowledgeBaseAnswer(BedrockAnswer):
    """The answer of RetrieveAndGenerate."""

    expected = "an output with text and citations"

    def take_body(self, body: JsonObject) -> None:
        self.fits = "text" in object_of(body.get("output"))
        self.conversation_id = first_text(body, ("sessionId",))
        self.add_text(text_of(object_of(body.get("output")).get("text")))
        self._take_citations(body)

    def take_event(self, event: str, body: JsonObject) -> None:
        self.fits = self.fits or event in ("output", "citation", "guardrail")
        if event == "output":
            self.add_text(text_of(body.get("text")))
        elif event == "citation":
            self._take_citations({"citations": [body.get("citation") or body]})

    def end_stream(self, *, is_cut: bool) -> None:
        self.has_end = not is_cut  # this stream has no event for its end

    def _take_citations(self, body: JsonObject) -> None:
        if not isinstance(body.get("citations"), list):
            return
        self.documents.add(())
        for citation in objects_of(body["citations"]):
            for number, reference in enumerate(objects_of(citation.get("retrievedReferences")), start=1):
                self.documents.add([_reference(reference, number)])


def _reference(reference: JsonObject, number: int) -> Document:
    metadata = object_of(reference.get("metadata"))
    places = [object_of(place) for place in object_of(reference.get("location")).values()]
    place = next((found for fields in places if (found := first_text(fields, ("uri", "url", "id")))), None)
    source = place or first_text(metadata, (_SOURCE_URI,))
    page = metadata.get(_PAGE)
    return Document(
        id=first_text(metadata, (_CHUNK_ID,)) or source or str(number),
        source=source,
        content=text_of(object_of(reference.get("content")).get("text")) or None,
        page=int(page) if isinstance(page, int | float) and 0 <= page < 10**9 else None,
    )
