"""What follows from a head alone, kept so that an equal head on the same connection costs one comparison.

Clients of a chatbot send the same head again and again on a kept connection, and answers of the same second differ in
their bodies only. Equal bytes mean an equal reading: nothing here depends on anything but the head and the connection.
"""

from typing import Final

from proxy.capture import AnswerFacts, RequestFacts
from proxy.framing import RequestHead, ResponseHead
from proxy.headers import Peer, asks_for_upgrade, forwarded_request, forwarded_response
from proxy.sampling import CaptureRules
from proxy.upstream import Upstream

KEPT_HEAD_BYTES: Final = 4096
"""A longer head is read anew each time: idle connections must stay small."""


class Route:
    """Where a request goes."""

    __slots__ = ("is_captured", "target", "upstream")

    def __init__(self, upstream: Upstream, target: bytes, *, is_captured: bool) -> None:
        self.upstream = upstream
        self.target = target
        """The target to ask for there."""
        self.is_captured = is_captured


class PreparedRequest:
    """A request's head, ready to be forwarded."""

    __slots__ = ("asks_upgrade", "conversation", "facts", "has_trace", "head", "raw", "upstream", "wire")

    def __init__(self, raw: bytes, head: RequestHead, route: Route, peer: Peer, rules: CaptureRules) -> None:
        """`raw`: the head as received, whole."""
        self.raw = raw
        self.head = head
        self.upstream = route.upstream
        self.asks_upgrade = asks_for_upgrade(head)
        self.wire = forwarded_request(
            head, route.target, peer, route.upstream.host_header, asks_upgrade=self.asks_upgrade
        )
        """The head to send; where the client began no trace, its end is still to come."""
        self.has_trace = b"traceparent" in head.fields
        if self.has_trace:
            self.wire += b"\r\n"
        is_copied = route.is_captured and rules.takes_request(head)
        self.facts = RequestFacts(head, is_trusted=peer.is_trusted) if is_copied else None
        """None: not copied."""
        self.conversation = rules.conversation_of(head.fields)


class PreparedAnswer:
    """An answer's head, ready to be forwarded."""

    __slots__ = ("facts", "head", "kept_open", "method", "raw")

    def __init__(self, raw: bytes, head: ResponseHead, method: bytes, rules: CaptureRules) -> None:
        """`raw`: the head as received, whole; `method`: of the request, which decides whether there is a body."""
        self.raw = raw
        self.head = head
        self.method = method
        self.facts = AnswerFacts(head, is_noise=not rules.takes_answer(head.fields))
        self.kept_open = forwarded_response(head, keeps_alive=True, client_minor=1)
        """What an HTTP/1.1 client is sent whose connection stays open."""
