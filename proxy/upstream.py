"""The connections to one upstream: opened when needed, kept while idle, plain or TLS by the same path.

There is no cap on connections and no back-off after a failed connect: a request is worth a try.
"""

import asyncio
import contextlib
import socket
import ssl
from collections import deque
from typing import Final, Protocol, cast
from urllib.parse import urlsplit

from config.logging import get_logger
from proxy.answer import PreparedAnswer
from proxy.dialing import Begun, Dialer
from proxy.ends import Answering
from proxy.sockets import write_at_once
from proxy.started import Started
from proxy.tokens import TokenWay

IDLE_SECONDS: Final = 4.0
"""How long an unused connection is kept: below the 5 s after which uvicorn and Node close theirs, since a request that
crosses with that close cannot always be sent again."""
_IDLE_LIMIT: Final = 1024
"""Idle connections kept; more are closed when they fall idle."""

_EARLY_BYTES: Final = 64 * 1024

_log = get_logger("proxy.upstream")


class UpstreamConnection(TokenWay):
    """One connection: in the pool while it has no owner."""

    __slots__ = (
        "early", "idle_since", "is_read_paused", "is_reused", "is_write_paused", "known", "owner", "transport",
        "waiting",
    )  # fmt: skip

    def __init__(self, waiting: "Waiting | None" = None, known: PreparedAnswer | None = None) -> None:
        """`waiting`: who is given the connection when it is made; `known`: an answer's head seen on another one."""
        super().__init__()
        self.transport: asyncio.Transport
        self.owner: Answering | None = None
        self.is_reused = False
        self.is_write_paused = False
        self.idle_since = 0.0
        self.known = known
        """The head of the answer before."""
        self.is_read_paused = False
        self.waiting = waiting
        """None once the connection was handed over."""
        self.early: socket.socket | None = None
        """Where an answer may have come before the loop reads this connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one by shape, not by class
        write_at_once(self.transport)
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.connected(self)
            self._read_early()

    def received(self, data: bytes) -> None:
        """Bytes came that no way was open for."""
        if self.owner is None:
            self.transport.abort()  # an answer that nobody asked for: the connection is out of step
        else:
            self.owner.answer_data(data)

    def eof_received(self) -> bool:
        """Called by asyncio."""
        return self.owner is not None and self.owner.upstream_eof()

    def connection_lost(self, error: Exception | None) -> None:
        """Called by asyncio."""
        owner, self.owner = self.owner, None
        if owner is not None:
            owner.upstream_lost(error)

    def pause_writing(self) -> None:
        """Called by asyncio."""
        self.is_write_paused = True
        if self.owner is not None:
            self.owner.pause_request()

    def resume_writing(self) -> None:
        """Called by asyncio."""
        self.is_write_paused = False
        if self.owner is not None:
            self.owner.resume_request()

    def _read_early(self) -> None:
        """Take what has come already, instead of after everything that the loop finds readable in its next turn."""
        early, self.early = self.early, None
        if early is not None:
            with contextlib.suppress(OSError):  # nothing yet, or the connection's end, which will be told
                data = early.recv(_EARLY_BYTES)
                if data:
                    self.data_received(data)

    def write(self, data: bytes) -> None:
        """Send, unless the connection is ending: its loss is told apart."""
        if not self.transport.is_closing():
            self.transport.write(data)

    def pause_reading(self) -> None:
        """Take nothing more from the upstream for now."""
        if not self.is_read_paused:
            self.is_read_paused = True
            self.transport.pause_reading()

    def pause_again(self) -> None:
        """Pause where that was asked for while the connection was being made: reading began after it all the same."""
        if self.is_read_paused:
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Take from the upstream again."""
        if self.is_read_paused:
            self.is_read_paused = False
            self.transport.resume_reading()


class Waiting(Protocol):
    """Who waits for a connection."""

    def opening(self) -> bytes:
        """What is to be sent first; asked for once, when it can be sent."""

    def left_over(self, data: bytes) -> None:
        """So much of the opening could not be sent yet; it is for `connected`."""

    def connected(self, connection: UpstreamConnection) -> None:
        """Here it is; whoever needs it no longer releases it."""

    def connect_failed(self, error: OSError) -> None:
        """No address of the upstream could be reached; TimeoutError when the time ran out."""


def send_at_once(sock: socket.socket, waiting: Waiting) -> None:
    """Send the opening while the loop does not know of the connection yet.

    With 1,000 token streams a turn of the loop takes up to a millisecond, and it takes two to make a transport.
    """
    data = waiting.opening()
    sent = 0
    with contextlib.suppress(OSError):  # nothing was taken, or the connection's end will tell
        sent = sock.send(data)
    if sent < len(data):
        waiting.left_over(data[sent:])


class Upstream:
    """One upstream: its addresses, its idle connections, and whether it was last reached."""

    def __init__(self, url: str, connect_timeout_seconds: float, tasks: asyncio.TaskGroup) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self.url = url
        self.base_path = parts.path.rstrip("/").encode()
        self.host_header = parts.netloc.encode()
        tls = _tls_context() if parts.scheme == "https" else None
        self._dialer = Dialer(parts.hostname, parts.port or (443 if tls else 80), tls, connect_timeout_seconds)
        self._tasks = tasks
        self._loop = asyncio.get_running_loop()
        self._idle: deque[UpstreamConnection] = deque()
        self._swept_at = self._loop.time()
        """The time to a quarter of a second: an idle connection may close that much early."""
        self._is_down = False
        self.known: PreparedAnswer | None = None
        """The last answer's head that was read: that of a new connection's first answer may equal it."""

    def take(self) -> UpstreamConnection | None:
        """Return an idle connection, the last used first; None when there is none."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.transport.is_closing():
                return connection
        return None

    def release(self, connection: UpstreamConnection) -> None:
        """Take back a connection whose last answer ended whole."""
        connection.owner = None
        connection.is_reused = True
        connection.idle_since = self._swept_at
        if len(self._idle) >= _IDLE_LIMIT or connection.is_write_paused:
            connection.transport.close()
            return
        if connection.is_read_paused:
            connection.resume_reading()
        self._idle.append(connection)

    def connect(self, waiting: Waiting) -> None:
        """Open a new connection and hand it over."""
        begun = self._dialer.begin()
        if begun is not None and self._dialer.is_there(begun):
            send_at_once(begun[1], waiting)
            connection = UpstreamConnection(waiting, self.known)
            connection.early = begun[1]
            self._tasks.create_task(self._adopt_for(waiting, connection, self._dialer.adopt(begun, connection)))
        else:
            self._tasks.create_task(self._connect_for(waiting, begun))

    def sweep(self, now: float) -> None:
        """Close what has been idle for too long; `now` is the loop's time. Called several times a second."""
        self._swept_at = now
        while self._idle and now - self._idle[0].idle_since > IDLE_SECONDS:
            self._idle.popleft().transport.close()

    def close(self) -> None:
        """Close every idle connection."""
        while self._idle:
            self._idle.pop().transport.close()

    async def _connect_for(self, waiting: "Waiting", begun: Begun | None) -> None:
        try:
            try:
                connection = await self._dialer.open(self._make_connection, begun)
            except OSError as error:
                self._note_down(error)
                waiting.connect_failed(error)
            else:
                self._note_up()
                waiting.connected(connection)
        except Exception:  # noqa: BLE001 # task boundary: one exchange's fault must not end the others
            _log.exception("an exchange failed on its new connection")

    async def _adopt_for(
        self, waiting: "Waiting", connection: UpstreamConnection, adopted: Started[UpstreamConnection]
    ) -> None:
        """Look after a connection that hands itself over."""
        try:
            try:
                await adopted
            except OSError as error:
                if connection.waiting is not None:
                    waiting.connect_failed(error)
            else:
                self._note_up()
                connection.pause_again()
        except Exception:  # noqa: BLE001 # task boundary: one exchange's fault must not end the others
            _log.exception("an exchange failed on its new connection")

    def _make_connection(self) -> UpstreamConnection:
        return UpstreamConnection(known=self.known)

    def _note_down(self, error: OSError) -> None:
        if not self._is_down:
            self._is_down = True
            _log.warning("upstream down", upstream=self.url, error=str(error) or type(error).__name__)

    def _note_up(self) -> None:
        if self._is_down:
            self._is_down = False
            _log.info("upstream up", upstream=self.url)


def _tls_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
