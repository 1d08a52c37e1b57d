"""What follows from a request's head alone, kept so that an equal head on the same connection costs one comparison.

Clients of a chatbot send the same head again and again on a kept connection. Equal bytes mean an equal reading: nothing
here depends on anything but the head and the connection. The same for answers: `PreparedAnswer` in `proxy/answer.py`.
"""

from proxy.capture import RequestFacts
from proxy.framing import RequestHead
from proxy.headers import Peer, asks_for_upgrade, forwarded_request
from proxy.sampling import CaptureRules
from proxy.upstream import Upstream


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

    __slots__ = ("asks_upgrade", "conversation", "facts", "has_trace", "head", "is_filtered", "raw", "upstream", "wire")

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
        self.is_filtered = route.is_captured and not rules.takes_request(head)
        is_copied = route.is_captured and not self.is_filtered
        self.facts = RequestFacts(head, is_trusted=peer.is_trusted) if is_copied else None
        """None: not copied."""
        self.conversation = rules.conversation_of(head.fields)
