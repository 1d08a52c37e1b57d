"""A form's fields as an object of texts, whichever way the form is written. Pure.

Of two fields with one name the last counts, as in JSON. Files are passed over.
"""

from typing import Final
from urllib.parse import parse_qsl

from scorer.formats.base import HttpCopy, UnreadableError
from scorer.formats.json_body import JsonObject
from scorer.formats.multipart import MEDIA_TYPE, MultipartDecoder, boundary_of

FIELDS_LIMIT: Final = 1000
"""Fields of a form; more are not a question."""

_URL_ENCODED: Final = "application/x-www-form-urlencoded"


def is_form(copy: HttpCopy) -> bool:
    """Say whether the request is a form, by its media type."""
    return copy.request_type() in (_URL_ENCODED, MEDIA_TYPE)


def read_form(copy: HttpCopy) -> JsonObject:
    """Return a form's fields: of a copy that is cut those that came whole.

    Raises UnreadableError when the form is beyond a limit, or is none.
    """
    if copy.request_type() == _URL_ENCODED:
        return query_fields(copy.request_body.decode(errors="replace"))
    content_type = next((value for name, value in copy.request_headers if name == "content-type"), "")
    decoder = MultipartDecoder(boundary_of(content_type))
    fields: JsonObject = {field.name: field.text for field in decoder.feed(copy.request_body)}
    if copy.is_request_whole and not decoder.is_closed():
        raise UnreadableError("the request: expected a form that its boundary closes")
    return fields


def query_fields(text: str) -> JsonObject:
    """Return the fields of a query string, or of a form written like one; none beyond `FIELDS_LIMIT`."""
    try:
        return dict(parse_qsl(text, errors="replace", max_num_fields=FIELDS_LIMIT))
    except ValueError:
        return {}
