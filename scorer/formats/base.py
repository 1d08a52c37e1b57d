"""What a wire format is: it recognises a copied exchange and turns it into what was asked and answered. Pure.

A format is one file with a class of this shape and one line in the tuple of `scorer/formats/registry.py`.
Formats do not import each other; what they share (bodies, server-sent events) stands in modules of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from config.settings import ServiceSettings
from scorer.model import CaptureOutcome, Document, Turn, Usage


@dataclass(frozen=True, slots=True)
class HttpCopy:
    """A copied exchange after transfer and content codings are undone."""

    method: str
    path: str
    """Without its query string."""
    request_headers: Sequence[tuple[str, str]]
    """Names in lower case."""
    response_headers: Sequence[tuple[str, str]]
    request_body: bytes
    response_body: bytes
    status: int
    is_request_whole: bool
    is_response_whole: bool
    """False when the copy was cut at the cap or the exchange broke off."""
    query_string: str = ""
    """What follows the path's `?`, as it was on the wire."""

    def request_type(self) -> str:
        """Return the request's media type in lower case, without parameters; empty when there is none."""
        return _media_type(self.request_headers)

    def response_type(self) -> str:
        """Return the answer's media type in lower case, without parameters; empty when there is none."""
        return _media_type(self.response_headers)


def _media_type(headers: Sequence[tuple[str, str]]) -> str:
    for name, value in headers:
        if name == "content-type":
            return value.split(";", 1)[0].strip().lower()
    return ""


def headers_of(head: bytes) -> list[tuple[str, str]]:
    """Return the copied lines' names in lower case with their values; a line without a colon is left out."""
    pairs = (line.partition(":") for line in head.decode("latin-1").split("\r\n"))
    return [(name.strip().lower(), value.strip()) for name, colon, value in pairs if colon]


NO_USAGE = Usage()
"""The bot said nothing of tokens."""


@dataclass(frozen=True, slots=True)
class Extract:
    """What a format read out of an exchange."""

    query: str
    response: str
    documents: tuple[Document, ...] | None = None
    """None: the format has a place for documents nowhere, or it was absent; empty: nothing was retrieved."""
    history: tuple[Turn, ...] = ()
    conversation_id: str | None = None
    model: str | None = None
    usage: Usage = NO_USAGE
    system_prompt: str | None = None
    reasoning_trace: str | None = None
    """What the model thought aloud apart from its answer, where the format has a place for it."""
    tool_calls: tuple[str, ...] = ()
    """Names of the tools that were called since the query, in order."""
    end_user: str | None = None
    """Id of the person who asks, as the request gives it; stored only as a salted hash."""
    is_user_conversation: bool = False
    """The end user's id names the conversation too, and nothing else does: it becomes a salted hash of the id."""
    is_cut: bool = False
    """The answer broke off by its own format's account, however whole the copy is: an error in mid-stream, no end."""
    is_guessed: bool = False
    """Read by the usual names of things, in no format that is known."""


@dataclass(frozen=True, slots=True)
class NotText:
    """The format knows the exchange, and there is no answer in words to score."""

    outcome: CaptureOutcome
    reason: str


class Format(Protocol):
    """One way a chatbot speaks."""

    name: str

    def recognise(self, copy: HttpCopy, service: ServiceSettings) -> bool:
        """Say whether this exchange is written in this format; cheap, and never raises on any bytes."""

    def read(self, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
        """Return the parts. Raises `UnreadableError` when the bytes do not fit the format."""


class UnreadableError(ValueError):
    """The copied bytes do not fit; the message says what was expected, and holds no text of the exchange."""
