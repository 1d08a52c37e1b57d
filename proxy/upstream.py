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
from proxy.ends import Answering
from proxy.sockets import probe_when_silent

IDLE_SECONDS: Final = 4.0
"""How long an unused connection is kept: below the 5 s after which uvicorn and Node close theirs, since a request that
crosses with that close cannot always be sent again."""
_IDLE_LIMIT: Final = 1024
"""Idle connections kept; more are closed when they fall idle."""
_LOOKUP_SECONDS: Final = 30.0
"""How long the addresses of a name are used without asking again."""

_log = get_logger("proxy.upstream")


class UpstreamConnection(asyncio.Protocol):
    """One connection: in the pool while it has no owner."""

    __slots__ = ("idle_since", "is_read_paused", "is_reused", "is_write_paused", "known", "owner", "transport")

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.owner: Answering | None = None
        self.is_reused = False
        self.is_write_paused = False
        self.idle_since = 0.0
        self.known: PreparedAnswer | None = None
        """The head of the answer before."""
        self.is_read_paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one by shape, not by class
        probe_when_silent(self.transport.get_extra_info("socket"))

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
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

    def write(self, data: bytes) -> None:
        """Send, unless the connection is ending: its loss is told apart."""
        if not self.transport.is_closing():
            self.transport.write(data)

    def pause_reading(self) -> None:
        """Take nothing more from the upstream for now."""
        if not self.is_read_paused:
            self.is_read_paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Take from the upstream again."""
        if self.is_read_paused:
            self.is_read_paused = False
            self.transport.resume_reading()


class Waiting(Protocol):
    """Who waits for a connection."""

    def connected(self, connection: UpstreamConnection) -> None:
        """Here it is; whoever needs it no longer releases it."""

    def connect_failed(self, error: OSError) -> None:
        """No address of the upstream could be reached; TimeoutError when the time ran out."""


class Upstream:
    """One upstream: its addresses, its idle connections, and whether it was last reached."""

    def __init__(self, url: str, connect_timeout_seconds: float, tasks: asyncio.TaskGroup) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self.url = url
        self.base_path = parts.path.rstrip("/").encode()
        self.host_header = parts.netloc.encode()
        self._name = parts.hostname
        self._tls = _tls_context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._timeout_seconds = connect_timeout_seconds
        self._tasks = tasks
        self._loop = asyncio.get_running_loop()
        self._idle: deque[UpstreamConnection] = deque()
        self._addresses: list[str] = []
        self._looked_up_at = 0.0
        self._is_down = False

    def take(self) -> UpstreamConnection | None:
        """Return an idle connection, the last used first; None when there is none."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.transport.is_closing():
                connection.is_reused = True
                return connection
        return None

    def release(self, connection: UpstreamConnection) -> None:
        """Take back a connection whose last answer ended whole."""
        connection.owner = None
        connection.idle_since = self._loop.time()
        if len(self._idle) >= _IDLE_LIMIT or connection.is_write_paused:
            connection.transport.close()
            return
        if connection.is_read_paused:
            connection.resume_reading()
        self._idle.append(connection)

    def connect(self, waiting: Waiting) -> None:
        """Open a new connection and hand it over."""
        self._tasks.create_task(self._connect_for(waiting))

    def sweep(self, now: float) -> None:
        """Close what has been idle for too long; `now` is the loop's time."""
        while self._idle and now - self._idle[0].idle_since > IDLE_SECONDS:
            self._idle.popleft().transport.close()

    def close(self) -> None:
        """Close every idle connection."""
        while self._idle:
            self._idle.pop().transport.close()

    async def _connect_for(self, waiting: Waiting) -> None:
        try:
            try:
                connection = await self._open()
            except OSError as error:
                self._note_down(error)
                waiting.connect_failed(error)
            else:
                self._note_up()
                waiting.connected(connection)
        except Exception:  # noqa: BLE001 # task boundary: one exchange's fault must not end the others
            _log.exception("an exchange failed on its new connection")

    async def _open(self) -> UpstreamConnection:
        """Try every address once, those of a fresh look-up too. Raises OSError, of which TimeoutError is one."""
        deadline = self._loop.time() + self._timeout_seconds
        failure: OSError = OSError("the name has no address")
        tried: set[str] = set()
        if len(self._addresses) == 1 and self._is_known():
            # The common case, with one time limit in place of three: each costs as much as the connection itself.
            address = self._addresses[0]
            try:
                async with asyncio.timeout_at(deadline):
                    return await self._dial(address)
            except OSError as error:
                failure = error
                tried.add(address)
        for is_last in (False, True):
            async with asyncio.timeout_at(deadline):
                addresses, is_fresh = await self._look_up(forced=is_last)
            untried = [address for address in addresses if address not in tried]
            for count, address in enumerate(untried):
                tried.add(address)
                # Each gets its share of the time left: a silent address leaves room for the next.
                share = (deadline - self._loop.time()) / (len(untried) - count)
                try:
                    async with asyncio.timeout(share):
                        connection = await self._dial(address)
                except OSError as error:
                    failure = error
                else:
                    self._prefer(address)
                    return connection
            if is_fresh:
                break
        raise failure

    def _is_known(self) -> bool:
        return bool(self._addresses) and self._loop.time() - self._looked_up_at < _LOOKUP_SECONDS

    async def _look_up(self, *, forced: bool) -> tuple[list[str], bool]:
        """Return the upstream's addresses, and whether they were asked for just now."""
        if self._is_known() and not forced:
            return list(self._addresses), False
        found = await self._loop.getaddrinfo(self._name, self._port, type=socket.SOCK_STREAM)
        self._addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        self._looked_up_at = self._loop.time()
        return list(self._addresses), True

    async def _dial(self, address: str) -> UpstreamConnection:
        name = self._name if self._tls is not None else None
        _, connection = await self._loop.create_connection(
            UpstreamConnection, address, self._port, ssl=self._tls, server_hostname=name
        )
        return connection

    def _prefer(self, address: str) -> None:
        if self._addresses and self._addresses[0] != address:
            with contextlib.suppress(ValueError):  # another look-up may have replaced the list meanwhile
                self._addresses.remove(address)
            self._addresses.insert(0, address)

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
