"""What follows from a request's head alone, kept so that an equal head on the same connection costs one comparison.

Clients of a chatbot send the same head again and again on a kept connection. Equal bytes mean an equal reading: nothing
here depends on anything but the head and the connection. The same for answers: `PreparedAnswer` in `proxy/answer.py`.
"""

from typing import Final

from proxy.capture import RequestFacts
from proxy.framing import BodyKind, RequestHead
from proxy.headers import TRACE, Peer, asks_for_upgrade, forwarded_request
from proxy.sampling import CaptureRules
from proxy.upstream import Upstream

_NEVER: Final = -1


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

    __slots__ = (
        "_facts", "_is_trusted", "asks_upgrade", "conversation", "has_trace", "has_wish", "head", "is_copied",
        "is_filtered", "is_ordinary", "raw", "upstream", "whole_bytes", "wire",
    )  # fmt: skip

    def __init__(self, raw: bytes, head: RequestHead, route: Route, peer: Peer, rules: CaptureRules) -> None:
        """`raw`: the head as received, whole."""
        self.raw = raw
        self.whole_bytes = len(raw) + head.length if head.body <= BodyKind.LENGTH else _NEVER
        """What the request has in all where its head tells."""
        self.head = head
        self.upstream = route.upstream
        self.asks_upgrade = asks_for_upgrade(head)
        self.wire = forwarded_request(
            head, route.target, peer, route.upstream.host_header, asks_upgrade=self.asks_upgrade
        )
        """The head to send, but for a trace."""
        self.has_trace = TRACE in head.fields
        self.is_filtered = route.is_captured and not rules.takes_request(head)
        self.is_copied = route.is_captured and not self.is_filtered
        self._facts: RequestFacts | None = None
        self._is_trusted = peer.is_trusted
        self.has_wish = self.is_copied and peer.is_trusted and bool(self.facts().wish)
        self.conversation = rules.conversation_of(head.fields)
        self.is_ordinary = head.minor == 1 and head.is_keep_alive and not self.asks_upgrade
        """The client stays after any answer whose length is known."""

    def facts(self) -> RequestFacts:
        """Return what the head says of the copy; made when first asked for, which is after the head was sent."""
        facts = self._facts
        if facts is None:
            self._facts = facts = RequestFacts(self.head, is_trusted=self._is_trusted)
        return facts
