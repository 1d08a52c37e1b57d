"""OpenAI's chat completions, whole and streamed, and the many servers that follow them. Pure.

Source: OpenAI API reference, "Create chat completion". The request is read in `openai_request.py`, the answer in
`openai_answer.py`.
"""

from typing import Final

from config.settings import ServiceSettings
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.conversation import Asked
from scorer.formats.fields import DocumentCollector, is_event_stream, objects_of, without_answer, wordless_answer
from scorer.formats.json_body import read_object, read_request
from scorer.formats.openai_answer import ChatAnswer, read_stream, read_whole
from scorer.formats.openai_request import read_chat_request
from scorer.model import CaptureOutcome

_PATH_END: Final = "/chat/completions"
_WORDLESS: Final = {
    "/embeddings": CaptureOutcome.EMBEDDING,
    "/moderations": CaptureOutcome.MODERATION,
    "/images/generations": CaptureOutcome.NO_TEXT,
    "/images/edits": CaptureOutcome.NO_TEXT,
}
"""What the answers of other paths of the same API are, by the paths' ends."""


class OpenAiChat:
    """Chat completions."""

    name = "openai_chat"

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """By the path's end, else by `messages` in the request and `choices` in the answer."""
        path = copy.path.rstrip("/")
        if copy.method != "POST":
            return False
        if path.endswith(_PATH_END):
            return True
        if path.endswith(tuple(_WORDLESS)):
            return b'"input"' in copy.request_body or b'"prompt"' in copy.request_body
        return b'"messages"' in copy.request_body and b'"choices"' in copy.response_body and _has_roles(copy)

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts; the query is the last user message. Raises UnreadableError."""
        wordless = wordless_answer(copy, _WORDLESS)
        if wordless is not None:
            return wordless
        request = read_chat_request(read_request(copy))
        if not request.query:
            return NotText(CaptureOutcome.NO_TEXT, "no user message has text")
        return without_answer(copy) or _extract(
            request, read_stream(copy) if is_event_stream(copy) else read_whole(copy)
        )


def _has_roles(copy: HttpCopy) -> bool:
    try:
        messages = objects_of(read_object(copy.request_body, "the request").get("messages"))
    except UnreadableError:
        return False
    return any(isinstance(message.get("role"), str) for message in messages)


def _extract(request: Asked, answer: ChatAnswer) -> Extract | NotText:
    response = answer.text()
    if not response.strip():
        if answer.has_error:
            return NotText(CaptureOutcome.UPSTREAM_ERROR, "the answer is an error body")
        if answer.tool_calls:
            return NotText(CaptureOutcome.TOOL_CALL, "the answer calls tools and says nothing")
        return NotText(CaptureOutcome.EMPTY_ANSWER, "the answer is empty")
    documents = DocumentCollector()
    documents.add(request.documents)
    documents.add(answer.documents())
    return Extract(
        query=request.query,
        response=response,
        documents=documents.documents(),
        history=request.history,
        conversation_id=request.conversation_id or answer.conversation_id,
        model=answer.model or request.model,
        usage=answer.usage,
        system_prompt=request.system_prompt,
        reasoning_trace=answer.reasoning(),
        tool_calls=(*request.tool_calls, *answer.tool_calls),
        end_user=request.end_user,
        is_cut=answer.has_error or not answer.has_end,
    )
