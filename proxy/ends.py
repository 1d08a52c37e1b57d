"""What the parts of the data path ask of one another: the ends of a connection, as protocols. Does no I/O.

client's connection ◄─ RelayClient ─ Relay ─ Answering ─► upstream's connection
                    ── ClientSide ──►      ◄─ UpstreamEnd ──
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from proxy.framing import RequestHead


class Answering(Protocol):
    """Who an upstream connection speaks to while it is in use."""

    def answer_data(self, data: bytes) -> None:
        """Bytes came."""

    def upstream_eof(self) -> bool:
        """The upstream sends no more; True keeps our half open."""

    def upstream_lost(self, error: Exception | None) -> None:
        """The connection is gone; `error` is None when it was closed in order."""

    def pause_request(self) -> None:
        """The upstream takes no more for now."""

    def resume_request(self) -> None:
        """It takes more again."""


class UpstreamEnd(Protocol):
    """A connection to the upstream, in use."""

    transport: asyncio.Transport
    owner: Answering | None
    is_reused: bool

    def write(self, data: bytes) -> None:
        """Send, unless the connection is ending."""

    def pause_reading(self) -> None:
        """Take nothing more from the upstream for now."""

    def resume_reading(self) -> None:
        """Take from the upstream again."""


class ClientSide(Protocol):
    """Whom a client's connection speaks to while a request runs: a relay, or a tunnel after an upgrade."""

    def request_data(self, data: bytes) -> bytes:
        """Bytes came; returns those that belong to the next request."""

    def client_eof(self) -> bool:
        """The client sends no more; True keeps our half open."""

    def client_lost(self) -> None:
        """The client's connection is gone."""

    def pause_answer(self) -> None:
        """The client takes no more for now."""

    def resume_answer(self) -> None:
        """It takes more again."""

    def sweep(self) -> None:
        """Called several times a second, before the deadline is looked at."""

    def expire(self) -> None:
        """The client's deadline has passed."""


class TunnelClient(Protocol):
    """The client's end."""

    deadline: float

    def write(self, data: bytes) -> None:
        """Send to the client."""

    def end_writing(self) -> None:
        """Send no more, after what was written."""

    def pause_reading(self) -> None:
        """Take nothing more from the client for now."""

    def resume_reading(self) -> None:
        """Take from the client again."""

    def tunnel_over(self, *, is_cut: bool) -> None:
        """Both directions have ended; `is_cut`: the upstream broke off."""


class RelayClient(TunnelClient, Protocol):
    """The client's end of an exchange."""

    is_write_paused: bool
    send: Callable[[bytes], None]
    """Writes without asking whether the connection is closing: to one that is, it does nothing."""

    def fail(self, status: int, detail: str, head: RequestHead, *, is_request_done: bool) -> None:
        """Answer with an error of our own; the exchange is over."""

    def cut(self, *, by_reset: bool) -> None:
        """End the connection in the middle of an answer; the exchange is over."""

    def finish(self, *, keeps_alive: bool, is_request_done: bool) -> None:
        """The answer is whole; the exchange is over."""

    def served(self) -> None:
        """A whole answer was sent, and the connection stays open; the exchange is over."""

    def switch(self, tunnel: ClientSide) -> None:
        """The connection has left HTTP: the tunnel takes over, beginning with what was received already."""
