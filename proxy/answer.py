"""Reads an upstream's answer: interim heads, the final head, then the body. Pure."""

from typing import Final

from proxy.body import BodyReader
from proxy.capture import AnswerFacts
from proxy.chunks import ChunkWalker
from proxy.framing import BodyKind, FramingError, RequestHead, ResponseHead, find_head_end, parse_response_head
from proxy.headers import forwarded_response
from proxy.sampling import CaptureRules

SWITCHING_PROTOCOLS: Final = 101
_NEVER: Final = -1
KEPT_HEAD_BYTES: Final = 4096
"""A longer head is read anew each time: idle connections must stay small."""


class AnswerReader:
    """The place in one answer."""

    __slots__ = (
        "_held", "_request", "_searched", "body", "has_byte", "head", "is_done", "is_upgrade_asked", "raw_head",
        "wants_content",
    )  # fmt: skip

    def __init__(self, request: RequestHead, *, is_upgrade_asked: bool) -> None:
        self.head: ResponseHead | None = None
        """The final head, once it is whole and its body's first bytes were found to be in order."""
        self.body: BodyReader | None = None
        self.has_byte = False
        """Something was answered."""
        self.is_upgrade_asked = is_upgrade_asked
        self.is_done = False
        """The answer has been received whole."""
        self.wants_content = request.minor == 0
        """The client knows no chunks."""
        self.raw_head = b""
        """The last head that was whole, as received."""
        self._request = request
        self._held = b""
        self._searched = 0

    def read_heads(self, data: bytes) -> tuple[list[ResponseHead], ResponseHead | None, bytes]:
        """Take bytes; return (interim heads, the final head or a 101 if it is whole, bytes after it).

        Raises FramingError when the bytes are no answer that may be passed on.
        """
        self.has_byte = True
        if self._held:
            data, self._held = self._held + data, b""
        searched, self._searched = self._searched, 0
        interim: list[ResponseHead] = []
        while data:
            end = find_head_end(data, searched)
            if end < 0:
                self._held, self._searched = data, len(data)
                break
            self.raw_head = data[:end]
            head = parse_response_head(self.raw_head, self._request.method)
            data, searched = data[end:], 0
            if head.status >= 200 or head.status == SWITCHING_PROTOCOLS:
                if head.status == SWITCHING_PROTOCOLS and not self.is_upgrade_asked:
                    raise FramingError("it switched protocols, and nobody had asked for that")
                return interim, head, data
            interim.append(head)
        return interim, None, b""

    def begin_body(self, head: ResponseHead, data: bytes) -> bytes:
        """Take the final head with what follows it; return the body's bytes in `data`. Raises FramingError."""
        self.body = BodyReader(head.body, head.length, wants_content=self.wants_content)
        self.is_done = self.body.is_done
        passed = self.read_body(data) if data else b""
        self.head = head
        return passed

    def read_body(self, data: bytes) -> bytes:
        """Take bytes; return those of the body, as received. Raises FramingError."""
        body = self.body
        assert body is not None
        if body.is_done:
            body.has_excess = True
            return b""
        passed, rest = body.feed(data)
        self.is_done = body.is_done
        if rest:
            body.has_excess = True
        return passed

    def take_content(self, passed: bytes) -> bytes:
        """Return what a client that knows no chunks is sent for `passed`."""
        assert self.body is not None
        return self.body.take_content(passed)

    @property
    def chunks(self) -> ChunkWalker | None:
        """The place in a chunked body, once it has begun; None for any other."""
        return self.body.chunks if self.body is not None else None

    def is_reusable(self) -> bool:
        """Say whether the connection may serve another request: the answer ended whole, and nothing followed."""
        body, head = self.body, self.head
        return head is not None and body is not None and body.is_done and not body.has_excess and head.is_keep_alive


class PreparedAnswer:
    """An answer's head, ready to be forwarded; kept with its connection: answers of one second have equal heads."""

    __slots__ = ("facts", "head", "is_same", "kept_open", "method", "raw", "whole_bytes")

    def __init__(self, raw: bytes, head: ResponseHead, method: bytes, rules: CaptureRules) -> None:
        """`raw`: the head as received, whole; `method`: of the request, which decides whether there is a body."""
        self.raw = raw
        self.head = head
        self.method = method
        self.facts = AnswerFacts(head, is_noise=not rules.takes_answer(head.fields))
        self.kept_open = forwarded_response(head, keeps_alive=True, client_minor=1)
        """What an HTTP/1.1 client is sent whose connection stays open."""
        self.is_same = self.kept_open == raw
        """That is what was received."""
        is_told = head.body <= BodyKind.LENGTH and head.is_keep_alive and head.status >= 200
        self.whole_bytes = len(raw) + head.length if is_told else _NEVER
        """What the answer has in all where its head tells, and both connections stay open."""
