"""A client's connection as a place to write to: what the data path asks of it, and how it closes.

What comes from the client, and in which order it is served, stands in `proxy/connection.py`, which builds on this.
"""

import asyncio
from collections.abc import Callable
from math import inf
from typing import Final

from proxy.gateway import Gateway
from proxy.sockets import reset

_LINGER_SECONDS: Final = 2.0
"""How long what a client still sends is read and thrown away after a last answer: closing on unread bytes would reset
the connection, and the client would lose the answer (RFC 9112, section 9.6)."""


class ClientEnd(asyncio.Protocol):
    """The transport of a client, and what waits of what it sent."""

    __slots__ = ("_buffer", "_gateway", "_is_ending", "_is_paused", "_transport", "deadline", "is_write_paused", "send")

    def __init__(self, gateway: Gateway) -> None:
        self.deadline = inf
        """The loop's time at which something is overdue."""
        self.is_write_paused = False
        self._gateway = gateway
        self._buffer = b""
        self._is_paused = False
        self._is_ending = False
        """Nothing more is served; what comes is thrown away."""
        self._transport: asyncio.Transport
        self.send: Callable[[bytes], None]

    def abort(self) -> None:
        """Close at once, in a way that cannot be taken for the end of an answer."""
        reset(self._transport)

    def write(self, data: bytes) -> None:
        """Send to the client."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def end_writing(self) -> None:
        """Send no more, after what was written."""
        if not self._transport.is_closing():
            self._transport.write_eof()

    def pause_reading(self) -> None:
        """Take nothing more from the client for now."""
        if not self._is_paused and not self._is_ending:
            self._is_paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take from the client again."""
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()

    # inside

    def _close(self) -> None:
        """Close when what was written has been sent, which has its limit too."""
        self._is_ending = True
        self._buffer = b""
        self.deadline = self._gateway.now() + self._gateway.options.keep_alive_seconds
        self._transport.close()

    def _linger(self) -> None:
        self._is_ending = True
        self._buffer = b""
        self.resume_reading()
        self.deadline = self._gateway.now() + _LINGER_SECONDS
        self.end_writing()
