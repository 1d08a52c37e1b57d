"""The last resort: a question in a usual field of the request, answered in plain text. Pure.

The question stands in a JSON or form body, or in the query string of a POST, under one of `QUERY_NAMES`. The answer is
`text/plain` or `text/markdown`. An HTML page, a script, an image and any request without a question are none of this.
"""

import codecs
import re
from typing import Final

from config.settings import ServiceSettings
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.fields import first_text, without_answer
from scorer.formats.forms import is_form, query_fields, read_form
from scorer.formats.json_body import JsonObject, read_object
from scorer.model import CaptureOutcome

QUERY_NAMES: Final = ("message", "query", "prompt", "question", "text", "input")
"""Where a question stands, most telling name first."""
CONVERSATION_NAMES: Final = ("conversation_id", "session_id")

_TEXT_TYPES: Final = ("text/plain", "text/markdown")
_CHARSETS: Final = {"utf-8", "utf-16", "utf-16-le", "utf-16-be", "iso8859-1", "iso8859-15", "cp1252", "ascii"}
"""By Python's own names. A charset that is not among them is read as UTF-8: Python's codecs are not all text."""
_CHARSET = re.compile(r'charset\s*=\s*"?([A-Za-z0-9_.:-]{1,40})', re.IGNORECASE)


class PlainText:
    """A question, and an answer in plain text."""

    name = "plain_text"

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """By a POST with a question, answered in text or by an error."""
        if copy.method != "POST" or not (copy.response_type() in _TEXT_TYPES or copy.status >= 400):
            return False
        try:
            return _question(_fields(copy)) is not None
        except UnreadableError:
            return False

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts. Raises UnreadableError."""
        if not copy.is_request_whole:
            raise UnreadableError("the request: its copy is cut, so the question may be")
        fields = _fields(copy)
        query = _question(fields)
        if query is None:
            raise UnreadableError(f"the request: expected one of {', '.join(QUERY_NAMES)} with text")
        nothing = without_answer(copy)
        if nothing is not None:
            return nothing
        if copy.response_type() not in _TEXT_TYPES:
            raise UnreadableError(f"the answer: expected {' or '.join(_TEXT_TYPES)}")
        response = _text(copy)
        if not response.strip():
            return NotText(CaptureOutcome.EMPTY_ANSWER, "the answer is empty")
        return Extract(query=query.strip(), response=response, conversation_id=first_text(fields, CONVERSATION_NAMES))


def _question(fields: JsonObject) -> str | None:
    texts = (fields.get(name) for name in QUERY_NAMES)
    return next((text for text in texts if isinstance(text, str) and text.strip()), None)


def _fields(copy: HttpCopy) -> JsonObject:
    """Return the request's fields: of the query string, replaced by those of a form or JSON body."""
    fields = query_fields(copy.query_string)
    if is_form(copy):
        return fields | read_form(copy)
    if copy.request_body.lstrip().startswith(b"{"):
        return fields | read_object(copy.request_body, "the request")
    return fields


def _text(copy: HttpCopy) -> str:
    content_type = next((value for name, value in copy.response_headers if name == "content-type"), "")
    found = _CHARSET.search(content_type)
    charset = "utf-8"
    if found is not None:
        try:
            named = codecs.lookup(found[1]).name
        except LookupError:
            named = charset
        charset = named if named in _CHARSETS else charset
    # Where the copy is cut, a character that is cut with it is left out rather than shown as damaged.
    decoder = codecs.getincrementaldecoder(charset)("replace")
    return decoder.decode(copy.response_body, final=copy.is_response_whole).removeprefix("\ufeff")
