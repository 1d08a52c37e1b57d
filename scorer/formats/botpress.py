"""Botpress: the Converse API, and what is told of the Chat API. Pure.

    POST /api/v1/bots/{bot}/converse/{user}  {"type": "text", "text"}  →  {"responses": [{"type", "text"}]}

Source: Botpress 12 documentation, "Converse API"; Botpress Cloud, "Chat API". The user's id in the path is an end
user's, and names the conversation too. The Chat API takes a message (`POST …/messages` with a `payload` and a
`conversationId`) and answers through another, long request: such a message is recognised, and is no answer.
"""

import re
from typing import Final
from urllib.parse import unquote

from config.settings import ServiceSettings
from scorer.formats.answer import Answer, answer_to
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.conversation import Asked
from scorer.formats.fields import first_text, object_of, objects_of, text_of
from scorer.formats.json_body import JsonObject, read_request
from scorer.model import CaptureOutcome

_CONVERSE: Final = re.compile(r"/bots/[^/]+/converse/(?P<user>[^/]+)(?:/secured)?/?$")
_CHAT_PATH_END: Final = "/messages"


class Botpress:
    """Botpress's chat."""

    name = "botpress"

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """By the path of the Converse API, or a message of the Chat API."""
        return copy.method == "POST" and (_CONVERSE.search(copy.path) is not None or _is_chat_message(copy))

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts. Raises UnreadableError."""
        body = read_request(copy)
        if _is_chat_message(copy):
            return NotText(CaptureOutcome.NO_TEXT, "the bot answers this message through another request")
        found = _CONVERSE.search(copy.path)
        return answer_to(_asked(body, unquote(found["user"]) if found else None), copy, _Answer())


def _is_chat_message(copy: HttpCopy) -> bool:
    has_fields = b'"conversationId"' in copy.request_body and b'"payload"' in copy.request_body
    return copy.path.rstrip("/").endswith(_CHAT_PATH_END) and has_fields


def _asked(body: JsonObject, user: str | None) -> Asked:
    given = first_text(body, ("text",)) or first_text(object_of(body.get("payload")), ("text",))
    if given is None and "type" not in body:
        raise UnreadableError("the request: expected a message with a type and text")
    return Asked(query=(given or "").strip(), end_user=user, is_user_conversation=user is not None)


class _Answer(Answer):
    expected = "an object with responses"

    def take_body(self, body: JsonObject) -> None:
        """Add each response that is text, a line of its own."""
        self.fits = isinstance(body.get("responses"), list)
        self.has_error = bool(body.get("errorCode"))
        for response in objects_of(body.get("responses")):
            self.interrupt_text()
            self.add_text(text_of(response.get("text")) or text_of(object_of(response.get("payload")).get("text")))
