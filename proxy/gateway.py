"""What all connections of the proxy process share, and which upstream a target goes to."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from proxy.capture import Capture, IdSource, Wish
from proxy.counters import Counters
from proxy.headers import TrustedPeers
from proxy.options import ProxyOptions
from proxy.prepared import PreparedRequest, Route
from proxy.sampling import CaptureRules
from proxy.segments import Segments
from proxy.upstream import Upstream
from scorer.wire import End

SWEEP_SECONDS: Final = 0.25
"""How often time limits are looked at: one pass over all connections costs less than a timer for each request."""


class OpenConnection(Protocol):
    """A client's connection, as the server sees it."""

    def sweep(self, now: float) -> None:
        """Act on what is overdue; `now` is the loop's time."""

    def stop(self) -> None:
        """Close at once when idle, else after the exchange that runs."""

    def abort(self) -> None:
        """Close at once."""


@dataclass(slots=True)
class Gateway:
    """The proxy's shared parts; one for the process."""

    options: ProxyOptions
    counters: Counters
    ids: IdSource
    trusted: TrustedPeers
    rules: CaptureRules
    ship: Callable[[bytes], bool]
    """Hands a finished copy over, encoded; False when it was dropped. Never blocks, never raises."""
    now: Callable[[], float]
    """The loop's time, in seconds."""
    upstream: Upstream | None
    admin: Upstream | None
    admin_prefix: bytes | None
    connections: set[OpenConnection] = field(default_factory=set)
    connections_by_peer: Counter[str] = field(default_factory=Counter)
    """Kept only while there is a cap."""
    is_stopping: bool = False
    when_empty: Callable[[], None] | None = None
    """Called when the last connection has gone."""
    limits_answers: bool = field(init=False)
    """An exchange has a limit also while only the upstream is waited for."""

    def __post_init__(self) -> None:
        options = self.options
        limits = options.total_timeout_seconds, options.first_byte_timeout_seconds
        self.limits_answers = any(limit is not None for limit in limits)

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

    def add(self, connection: OpenConnection, address: str | None) -> bool:
        """Count a connection in; False when its peer has more than its share. Either way `remove` follows."""
        self.connections.add(connection)
        self.counters.open_connections += 1
        limit = self.options.connections_per_peer
        if limit is None or address is None:
            return True
        self.connections_by_peer[address] += 1
        if self.connections_by_peer[address] <= limit:
            return True
        self.counters.connections_refused += 1
        return False

    def remove(self, connection: OpenConnection, address: str | None) -> None:
        """Count a connection out."""
        self.connections.discard(connection)
        self.counters.open_connections -= 1
        if self.options.connections_per_peer is not None and address is not None:
            self.connections_by_peer[address] -= 1
            if not self.connections_by_peer[address]:
                del self.connections_by_peer[address]
        if not self.connections and self.when_empty is not None:
            self.when_empty()

    def takes_copy(self, id_: bytes, request: PreparedRequest) -> bool:
        """Say whether the exchange is copied; why it is not is counted."""
        if not request.is_copied:
            self.counters.capture_filtered += request.is_filtered
            return False
        if self.rules.is_sampling and not self.rules.samples(request.conversation or id_):
            self.counters.capture_unsampled += 1
            return False
        if self.counters.held_bytes >= self.options.unacknowledged_limit_bytes:
            # The engine is away or behind: a copy would be dropped at its end, after it has cost its work.
            self.counters.capture_dropped += 1
            return False
        return True

    def end_capture(self, capture: Capture, end: End) -> None:
        """Count what was wished for the copy, and hand it over unless it is none."""
        copy = capture.finish(end, self.ids.clock_ns() // 1000)
        if copy is not None:
            self.ship(copy)
        if capture.wish:
            self._count_wish(capture.wish)
        elif copy is None:
            self.counters.capture_noise += 1

    def begin_segments(self, capture: Capture | None) -> Segments | None:
        """Return what goes on copying a connection that left HTTP; None when it is not copied, which is counted."""
        self.counters.capture_upgraded += 1
        if capture is None:
            return None
        if capture.wish:
            self._count_wish(capture.wish)
        elif capture.is_noise:
            self.counters.capture_noise += 1
        return capture.segments()

    def _count_wish(self, wish: Wish) -> None:
        if wish is Wish.OFF:
            self.counters.capture_opted_out += 1
        else:
            self.counters.capture_meta_only += 1
