"""Where heads and bodies end, and which of them are refused. Pure: bytes in, values out.

Sources: RFC 9112 (HTTP/1.1), sections 2 to 7. Every head is read twice: by llhttp, and by the strict rules here, since
what two readers could take differently is how a request is smuggled. Where RFC 9112 lets a reader be lenient (bare LF,
folded lines, space before the colon, repeated lengths), this one refuses.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import httptools

HEAD_LIMIT_BYTES: Final = 64 * 1024
"""A longer head is refused: 431 to a client, 502 for an upstream."""

_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE: Final = re.compile(rb"(" + _TOKEN + rb") ([\x21-\x7e\x80-\xff]+) HTTP/1\.([01])\r\n")
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.([01]) (([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?)\r\n")
_FIELD_BLOCK: Final = re.compile(rb"(?:" + _TOKEN + rb":[\t\x20-\x7e\x80-\xff]*\r\n)*+\r\n")
_FIELD: Final = re.compile(rb"([^:\r\n]+):([^\r]*)\r\n")
_BARE_LINE_FEED: Final = re.compile(rb"(?<!\r)\n")
_LENGTH: Final = re.compile(rb"[0-9]{1,18}")
_AUTHORITY: Final = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~%!$&'()*+;=]*)(?::[0-9]{0,5})?")
_ABSOLUTE: Final = re.compile(rb"https?://([^/?#]*)(.*)", re.IGNORECASE)

Fields = dict[bytes, list[tuple[bytes, bytes]]]
"""Lower-case name → the (name, value) pairs as received, in order; values with their surrounding white space."""


class FramingError(ValueError):
    """The bytes are not a message that may be passed on; `status` is what a client is answered."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class BodyKind(IntEnum):
    """How the end of a body is known."""

    NONE = 0
    LENGTH = 1
    CHUNKED = 2
    CLOSE = 3
    """The sender closes; answers only."""


@dataclass(slots=True)
class RequestHead:
    """A request's head that may be forwarded."""

    method: bytes
    target: bytes
    """As received; an absolute-form target is cut to its origin-form."""
    authority: bytes | None
    """The authority of an absolute-form target; it replaces Host and never chooses the destination."""
    minor: int
    """1 for HTTP/1.1, 0 for HTTP/1.0."""
    block: bytes
    """CRLF, then the header lines as received, each with its CRLF; without the empty line."""
    fields: Fields
    body: BodyKind
    length: int
    is_keep_alive: bool
    is_upgrade: bool
    """The client asks to leave HTTP."""


@dataclass(slots=True)
class ResponseHead:
    """The head of an upstream's answer."""

    status: int
    status_and_reason: bytes
    """As received, without the version."""
    minor: int
    block: bytes
    """As in `RequestHead`."""
    fields: Fields
    body: BodyKind
    length: int
    is_keep_alive: bool


def find_head_end(data: bytes, searched: int, start: int = 0) -> int:
    """Return where the head that begins at `start` ends, -1 while it is incomplete.

    `searched` is the length of `data` that earlier calls have seen. Raises FramingError: 431 for a head over the limit,
    400 for a line feed without its carriage return, which must not wait for an end that never comes.
    """
    end = data.find(b"\r\n\r\n", max(start, searched - 3))
    if end < 0 and _BARE_LINE_FEED.search(data, max(start, searched - 1)):
        raise FramingError("expected CRLF at the end of each header line, got a bare line feed")
    if (len(data) if end < 0 else end + 4) - start > HEAD_LIMIT_BYTES:
        raise FramingError(f"the head is longer than {HEAD_LIMIT_BYTES} bytes; send fewer or shorter headers", 431)
    return end + 4 if end >= 0 else -1


def value_of(fields: Fields, name: bytes) -> bytes | None:
    """Return the first value of a field, without surrounding white space; None when absent. `name` in lower case."""
    pairs = fields.get(name)
    return pairs[0][1].strip(b" \t") if pairs else None


def tokens_of(fields: Fields, name: bytes) -> frozenset[bytes]:
    """Return the comma-separated tokens of all lines of a field, in lower case."""
    pairs = fields.get(name)
    if not pairs:
        return frozenset()
    return frozenset(token.strip(b" \t").lower() for _, value in pairs for token in value.split(b","))


def parse_request_head(head: bytes) -> RequestHead:
    """Return what a whole request head says. Raises FramingError (400, or 501 for what nobody here understands)."""
    line = _REQUEST_LINE.match(head)
    if line is None:
        raise FramingError("expected a request line such as: GET / HTTP/1.1")
    method, target, version = line.groups()
    block = head[line.end() - 2 : -2]
    fields = _read_fields(head, line.end(), block)
    _ask_llhttp(httptools.HttpRequestParser(_SILENT), head if target.isascii() else head.replace(target, b"/", 1))
    if method == b"CONNECT":
        raise FramingError("CONNECT is not served here: this is a gateway to one upstream")
    minor = 1 if version == b"1" else 0
    target, authority = _origin_form(method, target)
    _check_host(fields, minor)
    body, length = _request_body(fields, minor)
    connection = tokens_of(fields, b"connection")
    return RequestHead(
        method, target, authority, minor, block, fields, body, length,
        is_keep_alive=b"close" not in connection if minor else b"keep-alive" in connection,
        is_upgrade=minor == 1 and b"upgrade" in connection and b"upgrade" in fields,
    )  # fmt: skip


def parse_response_head(head: bytes, request_method: bytes) -> ResponseHead:
    """Return what a whole answer's head says. Raises FramingError: the upstream's answer may not be passed on."""
    line = _STATUS_LINE.match(head)
    if line is None:
        raise FramingError("expected a status line such as: HTTP/1.1 200 OK", 502)
    version, status_and_reason, status = line.groups()
    block = head[line.end() - 2 : -2]
    fields = _read_fields(head, line.end(), block)
    minor = 1 if version == b"1" else 0
    _ask_llhttp(httptools.HttpResponseParser(_SILENT), head)
    code = int(status)
    body, length = _response_body(fields, minor, code, request_method)
    connection = tokens_of(fields, b"connection")
    is_keep_alive = b"close" not in connection if minor else b"keep-alive" in connection
    return ResponseHead(
        code, status_and_reason, minor, block, fields, body, length, is_keep_alive and body is not BodyKind.CLOSE
    )


class _Silent:
    """A parser's listener that wants no events: only llhttp's judgement is asked for."""


_SILENT: Final = _Silent()


def _ask_llhttp(parser: httptools.HttpRequestParser | httptools.HttpResponseParser, head: bytes) -> None:
    try:
        parser.feed_data(head)
    except httptools.HttpParserUpgrade:
        return
    except httptools.HttpParserInvalidMethodError as error:
        raise FramingError("the request's method is not one that HTTP/1.1 has registered", 501) from error
    except httptools.HttpParserError as error:
        raise FramingError(f"the head is malformed: {error}") from error


def _read_fields(head: bytes, start: int, block: bytes) -> Fields:
    if _FIELD_BLOCK.fullmatch(head, start) is None:
        raise FramingError("expected header lines of the form name: value, without folding or control bytes")
    fields: Fields = {}
    for pair in _FIELD.findall(block, 2):
        name = pair[0].lower()
        if name in fields:
            fields[name].append(pair)
        else:
            fields[name] = [pair]
    return fields


def _origin_form(method: bytes, target: bytes) -> tuple[bytes, bytes | None]:
    if target.startswith(b"/") or (target == b"*" and method == b"OPTIONS"):
        return target, None
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None:
        raise FramingError("expected a target such as /path or http://host/path")
    authority, rest = absolute.groups()
    if not authority or not _AUTHORITY.fullmatch(authority):
        raise FramingError("the target's authority is not a host with an optional port")
    if not rest and method == b"OPTIONS":
        return b"*", authority
    return rest if rest.startswith(b"/") else b"/" + rest, authority


def _check_host(fields: Fields, minor: int) -> None:
    hosts = fields.get(b"host", ())
    if len(hosts) > 1 or (minor and not hosts):
        raise FramingError(f"expected exactly one Host header, got {len(hosts)}")
    for _, value in hosts:
        if not _AUTHORITY.fullmatch(value.strip(b" \t")):
            raise FramingError("the Host header is not a host with an optional port")


def _coded_or_long(fields: Fields, minor: int) -> tuple[bool, int | None]:
    """Return whether the body is chunked, and its length where one is given."""
    codings = fields.get(b"transfer-encoding")
    lengths = fields.get(b"content-length")
    if codings:
        if lengths:
            raise FramingError("Content-Length and Transfer-Encoding exclude each other")
        if len(codings) > 1 or not minor:
            raise FramingError("expected a single Transfer-Encoding header, in HTTP/1.1 only")
        if codings[0][1].strip(b" \t").lower() != b"chunked":
            raise FramingError("expected Transfer-Encoding: chunked; other transfer codings are not understood", 501)
        return True, None
    if not lengths:
        return False, None
    if len(lengths) > 1:
        raise FramingError("expected a single Content-Length header")
    value = lengths[0][1].strip(b" \t")
    if not _LENGTH.fullmatch(value):
        raise FramingError("expected Content-Length to be a decimal number of at most 18 digits")
    return False, int(value)


def _request_body(fields: Fields, minor: int) -> tuple[BodyKind, int]:
    is_chunked, length = _coded_or_long(fields, minor)
    if is_chunked:
        return BodyKind.CHUNKED, 0
    return (BodyKind.LENGTH, length) if length else (BodyKind.NONE, 0)


def _response_body(fields: Fields, minor: int, status: int, request_method: bytes) -> tuple[BodyKind, int]:
    is_chunked, length = _coded_or_long(fields, minor)
    if status < 200 or status in (204, 304) or request_method == b"HEAD":
        return BodyKind.NONE, 0
    if is_chunked:
        return BodyKind.CHUNKED, 0
    if length is None:
        return BodyKind.CLOSE, 0
    return (BodyKind.LENGTH, length) if length else (BodyKind.NONE, 0)
