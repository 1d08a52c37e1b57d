"""Copied exchanges for tests: from arguments, or from the sample files under `tests/samples/<format>/`.

A sample is three files: `<case>.request.<type>`, `<case>.response.<type>` (bodies as on the wire) and
`<case>.expected.json` (what the bodies travelled in, and what must be read out of them).
"""

import json
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from config.settings import ServiceSettings
from scorer import wire
from scorer.formats.base import Extract, HttpCopy, NotText

SAMPLES = Path(__file__).parent.parent / "samples"
TYPES = {
    ".json": "application/json",
    ".sse": "text/event-stream; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".html": "text/html",
    ".form": "application/x-www-form-urlencoded",
    ".multipart": "multipart/form-data; boundary=----FormBoundary7MA4YWxkTrZu0gW",
    ".ndjson": "application/x-ndjson",
    ".eventstream": "application/vnd.amazon.eventstream",
}
ID = bytes.fromhex("0192f3c47a10700080000000000000ab")
STARTED_US = 1_760_000_000_000_000


@dataclass(frozen=True)
class Sample:
    """One case of one format."""

    format: str
    case: str
    request: bytes
    response: bytes
    request_type: str
    response_type: str
    expected: dict[str, Any]

    def service(self) -> ServiceSettings:
        """The service that the case is read for."""
        return ServiceSettings.model_validate(self.expected.get("service", {"id": "default"}))

    def more_headers(self) -> list[tuple[str, str]]:
        """The answer's headers beside its type."""
        return list(self.expected.get("response_headers", {}).items())

    def copy(self, **changes: Any) -> HttpCopy:
        """The copy after framing and codings."""
        given: dict[str, Any] = {
            "path": self.expected["path"],
            "query_string": self.expected.get("query_string", ""),
            "status": self.expected["status"],
            "request_headers": [("content-type", self.request_type)],
            "response_headers": [("content-type", self.response_type), *self.more_headers()],
            "request_body": self.request,
            "response_body": self.response,
            "is_response_whole": self.expected.get("is_response_whole", True),
        }
        return http_copy(**given | changes)

    def wire_exchange(self, **changes: Any) -> wire.Exchange:
        """The copy as the proxy ships it."""
        query = self.expected.get("query_string")
        given: dict[str, Any] = {
            "status": self.expected["status"],
            "target": (self.expected["path"] + (f"?{query}" if query else "")).encode(),
            "request_head": f"host: bot.example\r\ncontent-type: {self.request_type}\r\n".encode(),
            "response_head": "".join(
                f"{name}: {value}\r\n" for name, value in (("content-type", self.response_type), *self.more_headers())
            ).encode(),
            "request_body": self.request,
            "response_body": self.response,
            "end": wire.End.COMPLETE if self.expected.get("is_response_whole", True) else wire.End.UPSTREAM_RESET,
        }
        return wire_exchange(**given | changes)


def load_samples() -> list[Sample]:
    """All cases of all formats, in a fixed order."""
    return [_load(path) for path in sorted(SAMPLES.glob("*/*.expected.json"))]


def _load(expected: Path) -> Sample:
    case = expected.name.removesuffix(".expected.json")
    request, response = (next(expected.parent.glob(f"{case}.{side}.*")) for side in ("request", "response"))
    return Sample(
        format=expected.parent.name,
        case=case,
        request=request.read_bytes(),
        response=response.read_bytes(),
        request_type=TYPES[request.suffix],
        response_type=TYPES[response.suffix],
        expected=json.loads(expected.read_text()),
    )


def said(result: Extract | NotText) -> dict[str, Any]:
    """A result as a sample file writes it: only what differs from the defaults."""
    if isinstance(result, NotText):
        return {"outcome": result.outcome.value, "reason": result.reason}
    extract = {}
    for field in fields(result):
        value = getattr(result, field.name)
        if value != field.default:
            extract[field.name] = _plain(value)
    return {"extract": extract}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.model_dump(exclude_defaults=True) if hasattr(value, "model_dump") else value


def http_copy(**changes: Any) -> HttpCopy:
    """A whole POST of JSON, answered 200 with JSON, with the changes."""
    given: dict[str, Any] = {
        "method": "POST",
        "path": "/chat",
        "request_headers": [("content-type", "application/json")],
        "response_headers": [("content-type", "application/json")],
        "request_body": b"{}",
        "response_body": b"{}",
        "status": 200,
        "is_request_whole": True,
        "is_response_whole": True,
    }
    return HttpCopy(**given | changes)


def json_copy(request: Any, response: Any, **changes: Any) -> HttpCopy:
    """The same, with bodies given as values."""
    return http_copy(
        **{"request_body": json.dumps(request).encode(), "response_body": json.dumps(response).encode()} | changes
    )


def events(*values: Any) -> bytes:
    """An event stream with one event of JSON for each value."""
    return b"".join(b"data: " + json.dumps(value).encode() + b"\n\n" for value in values)


def head(*lines: str) -> bytes:
    """Header lines as the proxy copies them, after a content type of JSON."""
    return "".join(f"{line}\r\n" for line in ("content-type: application/json", *lines)).encode("latin-1")


def cut_anywhere(data: st.DataObject, body: bytes) -> list[bytes]:
    """The body in pieces that a property test draws, empty ones among them."""
    places = data.draw(st.lists(st.integers(0, len(body)), max_size=8))
    return [body[start:end] for start, end in pairwise(sorted((0, len(body), *places)))]


def wire_exchange(**changes: Any) -> wire.Exchange:
    """A complete RTI exchange as the proxy ships it, with the changes."""
    given: dict[str, Any] = {
        "id": ID,
        "kind": wire.ExchangeKind.HTTP,
        "end": wire.End.COMPLETE,
        "flags": wire.Flag.NONE,
        "status": 200,
        "segment": 0,
        "started_us": STARTED_US,
        "first_byte_us": STARTED_US + 250_000,
        "ended_us": STARTED_US + 1_500_000,
        "method": b"POST",
        "target": b"/chat",
        "request_head": b"host: bot.example\r\ncontent-type: application/json\r\n",
        "response_head": b"content-type: application/json\r\n",
        "request_body": b'{"message": "What is the fee?", "session_id": "s-1"}',
        "response_body": b'{"session_id": "s-1", "response": "Ten rupees."}',
    } | changes
    sizes = {
        "request_body_bytes": len(given["request_body"]),
        "response_body_bytes": len(given["response_body"]),
    }
    return wire.Exchange(**sizes | given)
