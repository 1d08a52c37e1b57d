"""A connection that left HTTP (WebSocket and the like): bytes are passed both ways as they come.

Each direction ends on its own: a half that one side closes is closed towards the other, and the rest goes on.
"""

from proxy.counters import Counters
from proxy.ends import TunnelClient, UpstreamEnd


class Tunnel:
    """Both ends, after the upstream's 101."""

    __slots__ = ("_client", "_connection", "_counters", "_is_client_done", "_is_over", "_is_upstream_done")

    def __init__(self, client: TunnelClient, connection: UpstreamEnd, counters: Counters) -> None:
        self._client = client
        self._connection = connection
        self._counters = counters
        self._is_client_done = False
        self._is_upstream_done = False
        self._is_over = False
        connection.owner = self

    def request_data(self, data: bytes) -> bytes:
        """Pass on what the client sent; nothing is left over."""
        self._counters.bytes_request += len(data)
        self._connection.write(data)
        return b""

    def answer_data(self, data: bytes) -> None:
        """Pass on what the upstream sent."""
        self._counters.bytes_response += len(data)
        self._client.write(data)

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
            self._let_go()

    def upstream_lost(self, error: Exception | None) -> None:
        """The upstream's connection is gone."""
        self._end(is_cut=error is not None)

    def expire(self) -> None:
        """A tunnel has no time limit of its own."""

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
        self._let_go()
        self._client.tunnel_over(is_cut=is_cut)

    def _let_go(self) -> None:
        self._is_over = True
        self._counters.open_exchanges -= 1
        self._connection.owner = None
        self._connection.transport.close()
