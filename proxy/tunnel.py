"""A connection that left HTTP (WebSocket and the like): bytes are passed both ways as they come.

Each direction ends on its own: a half that one side closes is closed towards the other, and the rest goes on.
"""

from math import inf
from typing import Final

from proxy.ends import TunnelClient, UpstreamEnd
from proxy.gateway import Gateway
from proxy.segments import Segments
from scorer.wire import SILENCE_SECONDS, Direction, End

SEGMENT_SECONDS: Final = 1.0
"""How long a segment waits for more before it is shipped: an answer is scored while its connection stays open."""


class Tunnel:
    """Both ends, after the upstream's 101."""

    __slots__ = (
        "_client", "_connection", "_counters", "_gateway", "_is_client_done", "_is_over", "_is_quiet",
        "_is_upstream_done", "_segments",
    )  # fmt: skip

    def __init__(
        self, client: TunnelClient, connection: UpstreamEnd, gateway: Gateway, segments: Segments | None
    ) -> None:
        """`segments`: the copy; None where there is none."""
        self._client = client
        self._connection = connection
        self._gateway = gateway
        self._counters = gateway.counters
        self._segments = segments
        self._is_client_done = False
        self._is_upstream_done = False
        self._is_over = False
        self._is_quiet = False
        """Everything that passed was shipped: what the deadline brings next is silence."""
        connection.owner = self

    def request_data(self, data: bytes) -> bytes:
        """Pass on what the client sent; nothing is left over."""
        self._counters.bytes_request += len(data)
        self._connection.write(data)
        self._copy(Direction.CLIENT, data)
        return b""

    def answer_data(self, data: bytes) -> None:
        """Pass on what the upstream sent."""
        self._counters.bytes_response += len(data)
        self._client.write(data)
        self._copy(Direction.UPSTREAM, data)

    def client_eof(self) -> bool:
        """The client sends no more; True while the upstream may still speak."""
        self._is_client_done = True
        transport = self._connection.transport
        if self._is_upstream_done or not transport.can_write_eof():
            self._end(is_cut=False)
            return False
        if not transport.is_closing():
            transport.write_eof()
        return True

    def upstream_eof(self) -> bool:
        """The upstream sends no more; True while the client may still speak."""
        self._is_upstream_done = True
        if self._is_client_done or not self._connection.transport.can_write_eof():
            self._end(is_cut=False)
            return False
        self._client.end_writing()
        return True

    def client_lost(self) -> None:
        """The client's connection is gone."""
        if not self._is_over:
            self._let_go(End.CLIENT_GONE)

    def upstream_lost(self, error: Exception | None) -> None:
        """The upstream's connection is gone."""
        self._end(is_cut=error is not None)

    def sweep(self) -> None:
        """Nothing passes here without being told."""

    def expire(self) -> None:
        """A tunnel has no time limit of its own: what was copied waited long enough, or nothing has passed since."""
        segments = self._segments
        if segments is None or segments.is_over:
            self._client.deadline = inf
        elif self._is_quiet:
            self._ship(End.SILENT)
        else:
            self._ship(End.OPEN)

    def pause_request(self) -> None:
        """The upstream takes no more for now."""
        self._client.pause_reading()

    def resume_request(self) -> None:
        """It takes more again."""
        self._client.resume_reading()

    def pause_answer(self) -> None:
        """The client takes no more for now."""
        self._connection.pause_reading()

    def resume_answer(self) -> None:
        """It takes more again."""
        self._connection.resume_reading()

    def _end(self, *, is_cut: bool) -> None:
        if self._is_over:
            return
        self._let_go(End.UPSTREAM_RESET if is_cut else End.COMPLETE)
        self._client.tunnel_over(is_cut=is_cut)

    def _copy(self, direction: Direction, data: bytes) -> None:
        segments = self._segments
        if segments is None or segments.is_over or self._is_over:
            return
        if segments.is_empty:
            self._client.deadline = self._gateway.now() + SEGMENT_SECONDS
        self._is_quiet = False
        segments.write(direction, data)
        if segments.is_due:
            self._ship(End.OPEN)

    def _ship(self, end: End) -> None:
        """Hand a segment over, and set when the next one is due: soon after a loss, else when it has been silent."""
        segments, gateway = self._segments, self._gateway
        self._client.deadline = inf
        if segments is None:
            return
        data = segments.take(end, gateway.ids.now_us())
        if data is not None and not gateway.ship(data):
            segments.lost()
            self._client.deadline = gateway.now() + SEGMENT_SECONDS
        elif not segments.is_over and end is not End.SILENT:
            self._is_quiet = True
            self._client.deadline = gateway.now() + SILENCE_SECONDS

    def _let_go(self, end: End) -> None:
        self._is_over = True
        self._ship(end)
        self._client.deadline = inf
        self._counters.open_exchanges -= 1
        self._connection.owner = None
        self._connection.transport.close()
