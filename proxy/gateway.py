"""What all connections of the proxy process share, and which upstream a target goes to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from proxy.capture import Capture, IdSource, Wish
from proxy.counters import Counters
from proxy.headers import TrustedPeers
from proxy.options import ProxyOptions
from proxy.upstream import Upstream
from scorer.wire import End, Exchange


class OpenConnection(Protocol):
    """A client's connection, as the server sees it."""

    def sweep(self, now: float) -> None:
        """Act on what is overdue; `now` is the loop's time."""

    def stop(self) -> None:
        """Close at once when idle, else after the exchange that runs."""

    def abort(self) -> None:
        """Close at once."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes."""

    upstream: Upstream
    target: bytes
    """The target to ask for there."""
    is_captured: bool


@dataclass(slots=True)
class Gateway:
    """The proxy's shared parts; one for the process."""

    options: ProxyOptions
    counters: Counters
    ids: IdSource
    trusted: TrustedPeers
    ship: Callable[[Exchange], None]
    """Hands a finished copy over; never blocks, never raises."""
    now: Callable[[], float]
    """The loop's time, in seconds."""
    upstream: Upstream | None
    admin: Upstream | None
    admin_prefix: bytes | None
    connections: set[OpenConnection] = field(default_factory=set)
    is_stopping: bool = False
    when_empty: Callable[[], None] | None = None
    """Called when the last connection has gone."""

    def route(self, target: bytes) -> Route | None:
        """Return where an origin-form target goes; None when nothing is served there."""
        if self.admin is not None and self.admin_prefix is not None and target.startswith(self.admin_prefix):
            rest = target[len(self.admin_prefix) :]
            if not rest or rest[:1] in (b"/", b"?"):
                return Route(self.admin, rest if rest.startswith(b"/") else b"/" + rest, is_captured=False)
        if self.upstream is None:
            return None
        base = self.upstream.base_path
        return Route(self.upstream, base + target if base and target != b"*" else target, is_captured=True)

    def add(self, connection: OpenConnection) -> None:
        """Count a connection in."""
        self.connections.add(connection)
        self.counters.open_connections += 1

    def remove(self, connection: OpenConnection) -> None:
        """Count a connection out."""
        self.connections.discard(connection)
        self.counters.open_connections -= 1
        if not self.connections and self.when_empty is not None:
            self.when_empty()

    def end_capture(self, capture: Capture, end: End) -> None:
        """Count what was wished for the copy, and hand it over unless it is none."""
        if capture.wish is Wish.OFF:
            self.counters.capture_opted_out += 1
        elif capture.wish is Wish.META:
            self.counters.capture_meta_only += 1
        copy = capture.finish(end, self.ids.now_us())
        if copy is not None:
            self.ship(copy)
