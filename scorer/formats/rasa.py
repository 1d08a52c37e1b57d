"""Rasa's REST channel, whole and as lines of JSON (`?stream=true`). Pure.

    POST /webhooks/rest/webhook  {"sender", "message"}  →  [{"recipient_id", "text", "buttons", "custom"}]

Source: Rasa documentation, "REST Channels". The sender is an end user's id and names the conversation in one.
"""

from typing import Final

from config.settings import ServiceSettings
from scorer.formats.answer import Answer, answer_to
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.conversation import Asked
from scorer.formats.fields import Strings, documents_of, first_text, objects_of, text_of
from scorer.formats.json_body import JsonObject, read_answer_value, read_request
from scorer.formats.ndjson import read_lines

_PATH_END: Final = "/webhooks/rest/webhook"


class Rasa:
    """Rasa's REST channel."""

    name = "rasa"

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """By the path's end and a message in the request."""
        has_path = copy.path.rstrip("/").endswith(_PATH_END)
        return copy.method == "POST" and has_path and b'"message"' in copy.request_body

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts. Raises UnreadableError."""
        return answer_to(_asked(read_request(copy)), copy, _Answer())


def _asked(body: JsonObject) -> Asked:
    message = body.get("message")
    if not isinstance(message, str):
        raise UnreadableError("the request: expected a message of text")
    sender = first_text(body, ("sender",))
    return Asked(query=message.strip(), end_user=sender, is_user_conversation=sender is not None)


class _Answer(Answer):
    expected = "a list of messages"

    def is_stream(self, copy: HttpCopy) -> bool:
        return not copy.response_body.lstrip().startswith(b"[")

    def read_stream(self, copy: HttpCopy) -> bool:
        """Add all lines; the stream has no end mark of its own. Raises UnreadableError."""
        stream = read_lines(copy.response_body)
        for value in objects_of(stream.values):
            self.take_body(value)
        self.has_end = copy.is_response_whole and not stream.is_cut
        return bool(stream.values) or (stream.is_cut and copy.is_response_whole)  # whole, and no JSON at all

    def read_whole(self, copy: HttpCopy) -> None:
        """Add all messages of the list; an empty one is an answer without words. Raises UnreadableError."""
        messages = read_answer_value(copy)
        self.fits = messages == []
        self.has_end = True
        for message in objects_of(messages):
            self.take_body(message)

    def take_body(self, body: JsonObject) -> None:
        """Add one message of the bot, a line of its own."""
        self.fits = self.fits or "recipient_id" in body
        self.has_error = self.has_error or body.get("status") == "failure"
        self.interrupt_text()
        self.add_text(text_of(body.get("text")))
        self.documents.add(documents_of(body.get("custom"), Strings.SOURCE))
