"""Amazon Bedrock: Converse, and RetrieveAndGenerate of its knowledge bases, whole and streamed. Pure.

    POST /model/{model}/converse, …/converse-stream  {"system", "messages": [{"role", "content": [blocks]}]}
    POST /retrieveAndGenerate, /retrieveAndGenerateStream  {"input": {"text"}, "sessionId"}

Source: Amazon Bedrock API reference, "Converse" and "RetrieveAndGenerate", requests. The answers are read in
`bedrock_answer.py`.
"""

import re
from typing import Final
from urllib.parse import unquote

from config.settings import ServiceSettings
from scorer.formats.answer import answer_to
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.bedrock_answer import ConverseAnswer, KnowledgeBaseAnswer
from scorer.formats.conversation import Asked, Message, asked_by
from scorer.formats.fields import (
    DocumentCollector,
    first_text,
    object_of,
    objects_of,
    text_of,
    tool_result_documents,
    tool_value_documents,
)
from scorer.formats.json_body import JsonObject, read_request
from scorer.formats.openai_request import CONVERSATION_NAMES
from scorer.model import Document

_CONVERSE: Final = re.compile(r"/model/(?P<model>[^/]+)/converse(?:-stream)?/?$")
_RETRIEVE: Final = re.compile(r"/retrieveAndGenerate(?:Stream)?/?$")


class BedrockConverse:
    """Bedrock's ways to chat."""

    name = "bedrock_converse"

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """By the path."""
        return copy.method == "POST" and bool(_CONVERSE.search(copy.path) or _RETRIEVE.search(copy.path))

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts; the query is the last user message that is not a tool's result. Raises UnreadableError."""
        body = read_request(copy)
        if _RETRIEVE.search(copy.path):
            return answer_to(_asked_of_knowledge(body), copy, KnowledgeBaseAnswer())
        found = _CONVERSE.search(copy.path)
        return answer_to(_asked(body, unquote(found["model"]) if found else None), copy, ConverseAnswer())


def _asked_of_knowledge(body: JsonObject) -> Asked:
    given = object_of(body.get("input")).get("text")
    if not isinstance(given, str):
        raise UnreadableError("the request: expected an input with text")
    kinds = object_of(body.get("retrieveAndGenerateConfiguration")).values()
    models = (first_text(object_of(kind), ("modelArn",)) for kind in kinds)
    return Asked(
        query=given.strip(),
        model=next(filter(None, models), None),
        conversation_id=first_text(body, ("sessionId",)),
    )


def _asked(body: JsonObject, model: str | None) -> Asked:
    if not isinstance(body.get("messages"), list):
        raise UnreadableError("the request: expected a list of messages")
    messages = objects_of(body["messages"])
    documents = DocumentCollector()
    for block in (block for message in messages for block in objects_of(message.get("content"))):
        documents.add(_given_documents(block))
    return asked_by(
        [_message(message) for message in messages],
        system_prompt=text_of(body.get("system")),
        documents=documents.documents(),
        model=model,
        conversation_id=first_text(object_of(body.get("requestMetadata")), CONVERSATION_NAMES),
    )


def _message(message: JsonObject) -> Message:
    blocks = objects_of(message.get("content"))
    guarded = [object_of(object_of(block.get("guardContent")).get("text")) for block in blocks]
    text = text_of([*blocks, *guarded])
    names = (first_text(object_of(block.get("toolUse")), ("name",)) for block in blocks)
    return Message(
        role=first_text(message, ("role",)) or "",
        text=text,
        tool_calls=tuple(name for name in names if name),
        is_tool_result=not text.strip() and any("toolResult" in block for block in blocks),
    )


def _given_documents(block: JsonObject) -> tuple[Document, ...] | None:
    """Return the documents of one block of a message; None when it is none."""
    if "document" in block:
        return (_document(object_of(block["document"])),)
    if "searchResult" in block:
        result = object_of(block["searchResult"])
        source = first_text(result, ("source", "title"))
        content = text_of(result.get("content")) or None
        return (
            Document(id=source or "search_result", source=first_text(result, ("title",)) or source, content=content),
        )
    if "toolResult" in block:
        return _tool_documents(object_of(block["toolResult"]))
    return None


def _document(document: JsonObject) -> Document:
    source = object_of(document.get("source"))
    place = first_text(object_of(source.get("s3Location")), ("uri",))
    name = first_text(document, ("name",))
    return Document(
        id=place or name or "document",
        source=name or place,
        content=text_of(source.get("text")) or text_of(source.get("content")) or None,  # `bytes` is no text
    )


def _tool_documents(result: JsonObject) -> tuple[Document, ...] | None:
    if result.get("status") == "error":
        return None
    identity = first_text(result, ("toolUseId",)) or "tool"
    collector = DocumentCollector()
    for part in objects_of(result.get("content")):
        if "json" in part:
            collector.add(tool_value_documents(part["json"], identity))
        elif "text" in part:
            collector.add(tool_result_documents(text_of(part["text"]), identity))
        else:
            collector.add(_given_documents(part))
    return collector.documents()
