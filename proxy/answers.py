"""The answers that are the proxy's own: `application/problem+json` (RFC 9457). Pure."""

import json
from http import HTTPStatus


def problem(status: int, detail: str, *, is_head: bool, keeps_alive: bool) -> bytes:
    """Return a whole HTTP/1.1 answer; `is_head`: without its body, as HEAD wants it."""
    title = HTTPStatus(status).phrase
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\n"
        "Content-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"{'' if keeps_alive else 'Connection: close' + chr(13) + chr(10)}\r\n"
    )
    return head.encode() + (b"" if is_head else body)
