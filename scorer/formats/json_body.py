"""JSON bodies, bounded in depth, with every character valid: what no client chose can break a reader. Pure.

Duplicate names keep the last value. A byte order mark is skipped, invalid UTF-8 and lone surrogates become U+FFFD:
JavaScript writes both, and no store takes them. Size is bounded before: a body is at most the decompressed limit.
"""

import re
from typing import Final, TypeAlias

import orjson

from scorer.formats.base import HttpCopy, UnreadableError

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"

DEPTH_LIMIT: Final = 96
"""Nested lists and objects; below the 100 that JSONPath's descendant segment can follow. Chat bodies need about ten."""
VALUES_LIMIT: Final = 1_000_000
"""Values in one body: each costs some 60 bytes in memory, so that 8 MB of `[],[],…` would be 200 MB."""

_LIST_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"|["\[\]{}]', re.DOTALL)
"""A string, a bracket, or the quote that begins a string without an end. Possessive, so that it stays linear."""

_SURROGATES = re.compile(
    rb"\\\\"  # an escaped backslash: what follows it is no escape
    rb"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair
    rb"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


def read_json(data: bytes) -> Json:
    """Return the value. Raises UnreadableError when the bytes are not JSON, or beyond a limit."""
    if len(data) > VALUES_LIMIT and data.count(b",") >= VALUES_LIMIT:
        raise UnreadableError(f"expected at most {VALUES_LIMIT} values of JSON, got more")
    try:
        value: Json = orjson.loads(data)
    except orjson.JSONDecodeError:
        value = _read_repaired(data)
    if data.count(b"{") + data.count(b"[") > DEPTH_LIMIT:  # otherwise it cannot be too deep, and this costs nothing
        _check_depth(value)
    return value


def read_json_text(text: str) -> Json:
    """Return the value of a text, such as one event's data. Raises UnreadableError."""
    return read_json(text.encode(errors="replace"))


def read_cut_list(data: bytes) -> list[Json]:
    """Return the objects and lists that are whole in a list that may be cut. Raises UnreadableError for other bytes."""
    if not data.lstrip().startswith(b"["):
        raise UnreadableError("expected a list of JSON")
    values: list[Json] = []
    depth, start = 0, 0
    for token in _LIST_TOKENS.finditer(data):
        mark = token[0]
        if mark in (b"[", b"{"):
            depth += 1
            start = token.start() if depth == 2 else start
        elif mark in (b"]", b"}"):
            depth -= 1
            if depth == 1:
                values.append(read_json(data[start : token.end()]))
        elif mark == b'"':
            break  # a string that is cut
        if depth < 1:
            break
    return values


def read_object(data: bytes, what: str) -> JsonObject:
    """Return a JSON object; `what` names the body in the error's message. Raises UnreadableError."""
    return _object(_named(data, what), what)


def read_request_value(copy: HttpCopy) -> Json:
    """Return the request's JSON. Raises UnreadableError; a cut request has lost its last message."""
    if not copy.is_request_whole:
        raise UnreadableError("the request: its copy is cut, so the question may be missing")
    return _named(copy.request_body, "the request")


def read_request(copy: HttpCopy) -> JsonObject:
    """Return the request's JSON object. Raises UnreadableError."""
    return _object(read_request_value(copy), "the request")


def read_answer_value(copy: HttpCopy) -> Json:
    """Return the answer's JSON. Raises UnreadableError; JSON that was cut has no end to read to."""
    return _named(copy.response_body, "the answer" if copy.is_response_whole else "the answer, whose copy is cut")


def read_answer(copy: HttpCopy) -> JsonObject:
    """Return the answer's JSON object. Raises UnreadableError."""
    return _object(read_answer_value(copy), "the answer")


def _named(data: bytes, what: str) -> Json:
    try:
        return read_json(data)
    except UnreadableError as error:
        raise UnreadableError(f"{what}: {error}") from None


def _object(value: Json, what: str) -> JsonObject:
    if not isinstance(value, dict):
        raise UnreadableError(f"{what}: expected a JSON object, got another value")
    return value


def _read_repaired(data: bytes) -> Json:
    text = data.decode("utf-8-sig", errors="replace")
    repaired = _SURROGATES.sub(lambda m: rb"\ufffd" if m["lone"] else m[0], text.encode())
    try:
        value: Json = orjson.loads(repaired)
    except orjson.JSONDecodeError as error:
        # The decoder's error carries the whole body, so it is not chained.
        raise UnreadableError(f"expected JSON, got something else at character {error.pos}") from None
    return value


def _check_depth(value: Json) -> None:
    level: list[Json] = [value]
    for _ in range(DEPTH_LIMIT):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise UnreadableError(f"expected at most {DEPTH_LIMIT} levels of nested JSON, got more")


def _children(value: Json) -> list[Json]:
    match value:
        case list():
            return [child for child in value if isinstance(child, list | dict)]
        case dict():
            return [child for child in value.values() if isinstance(child, list | dict)]
        case _:
            return []
