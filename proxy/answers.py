"""The answers that are the proxy's own: errors as `application/problem+json` (RFC 9457), and probes. Pure."""

import json
from collections.abc import Mapping
from http import HTTPStatus


def problem(status: int, detail: str, *, is_head: bool, keeps_alive: bool) -> bytes:
    """Return a whole HTTP/1.1 answer that says what is wrong; `is_head`: without its body, as HEAD wants it."""
    values = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return _answer(status, values, "application/problem+json", is_head=is_head, keeps_alive=keeps_alive)


def json_answer(status: int, values: Mapping[str, object], *, is_head: bool, keeps_alive: bool) -> bytes:
    """Return a whole HTTP/1.1 answer with a JSON object; `is_head`: without its body, as HEAD wants it."""
    return _answer(status, values, "application/json", is_head=is_head, keeps_alive=keeps_alive)


def _answer(status: int, values: Mapping[str, object], content_type: str, *, is_head: bool, keeps_alive: bool) -> bytes:
    body = json.dumps(values).encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        f"Content-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"{'' if keeps_alive else 'Connection: close' + chr(13) + chr(10)}\r\n"
    )
    return head.encode() + (b"" if is_head else body)
