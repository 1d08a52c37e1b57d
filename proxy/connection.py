"""A client's connection, the beginning of the data path: it reads a head, starts a relay, and reads on when it is done.

How an exchange goes on from here stands in `proxy/relay.py`; after an upgrade, in `proxy/tunnel.py`. Requests that a
client sends ahead (pipelining) wait here, bounded, and are served one after the other.
"""

import asyncio
from math import inf
from typing import Final, cast

from proxy.answer import KEPT_HEAD_BYTES
from proxy.answers import problem
from proxy.client_end import ClientEnd
from proxy.ends import ClientSide
from proxy.framing import HEAD_LIMIT_BYTES, BodyKind, FramingError, RequestHead, find_head_end, parse_request_head
from proxy.gateway import Gateway
from proxy.headers import Peer, peer_of
from proxy.prepared import PreparedRequest
from proxy.relay import Relay
from proxy.sockets import has_peer_left, write_at_once

_FIRST_PIECE_BYTES: Final = 16 * 1024
# Members of an enum are looked up through its metaclass: three times the cost of a name of this module.
_NONE: Final = BodyKind.NONE
_LENGTH: Final = BodyKind.LENGTH


class ClientConnection(ClientEnd):
    """One connection of a client."""

    __slots__ = ("_known", "_peer", "_relay", "_searched", "_side", "_start")

    def __init__(self, gateway: Gateway) -> None:
        super().__init__(gateway)
        self._side: ClientSide | None = None
        self._relay: Relay | None = None
        """What served the exchange before, free for the next one."""
        self._known: PreparedRequest | None = None
        """The request before: an equal head is not read again."""
        self._start = 0
        """Where in the buffer the bytes begin that no request has taken yet."""
        self._searched = 0
        self._peer: Peer

    # called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by shape, not by class
        write_at_once(self._transport)
        self.send = self._transport.write
        name = transport.get_extra_info("peername")
        self._peer = peer_of(name[0] if isinstance(name, tuple) else None, self._gateway.trusted)
        if not self._gateway.add(self, self._peer.address):
            self._is_ending = True
            self._transport.abort()
            return
        self.deadline = self._gateway.now() + self._gateway.options.head_timeout_seconds

    def data_received(self, data: bytes) -> None:
        """Bytes came from the client."""
        if self._is_ending:
            return
        if self._side is not None:
            data = self._side.request_data(data)
            if not data or self._is_ending:
                return
        elif self._known is not None and not self._buffer and data.startswith(self._known.raw):
            self._begin_equal(self._known, data)
            return
        if self._buffer:
            data = self._buffer[self._start :] + data
        self._buffer, self._start = data, 0
        if self._side is None:
            self._read_head()
        elif self._has_enough():
            self.pause_reading()

    def eof_received(self) -> bool:
        """The client sends no more."""
        if self._side is not None:
            return self._side.client_eof()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        self._is_ending = True
        self.deadline = inf
        side, self._side = self._side, None
        self._buffer = b""
        if side is not None:
            side.client_lost()
        self._gateway.remove(self, self._peer.address)

    def pause_writing(self) -> None:
        """The client does not keep up."""
        self.is_write_paused = True
        if self._side is not None:
            self._side.pause_answer()

    def resume_writing(self) -> None:
        """The client keeps up again."""
        self.is_write_paused = False
        if self._side is not None:
            self._side.resume_answer()

    # called by the server

    def sweep(self, now: float) -> None:
        """Act on what is overdue, and look after a client that is not being read."""
        if self._side is not None:
            self._side.sweep()
        if now >= self.deadline:
            self.deadline = inf
            self._expire()
        elif self._is_paused and has_peer_left(self._transport):
            self._transport.abort()
        elif self.deadline == inf and self._side is None:
            # Set here and not at the end of each exchange: few connections stay idle until a sweep.
            self.deadline = now + self._gateway.options.keep_alive_seconds

    def stop(self) -> None:
        """Close at once when idle, else after the exchange that runs."""
        if self._side is None and not self._is_ending:
            self._close()

    # called by the relay or the tunnel

    def fail(self, status: int, detail: str, head: RequestHead | None, *, is_request_done: bool) -> None:
        """Answer with an error of our own; the exchange is over."""
        self._relay = None
        keeps_alive = head is not None and head.is_keep_alive and is_request_done and not self._gateway.is_stopping
        is_head = head is not None and head.method == b"HEAD"
        self._gateway.counters.requests_error += 1
        self.write(problem(status, detail, is_head=is_head, keeps_alive=keeps_alive))
        self.finish(keeps_alive=keeps_alive, is_request_done=is_request_done)

    def cut(self, *, by_reset: bool) -> None:
        """End the connection in the middle of an answer; the exchange is over."""
        self._side = self._relay = None
        if by_reset:
            self._is_ending = True
            self.abort()
        else:
            self._close()

    def served(self) -> None:
        """A whole answer was sent, and the connection stays open; the exchange is over."""
        self._side = None
        if self._buffer or self._is_paused:
            self._read_on()

    def finish(self, *, keeps_alive: bool, is_request_done: bool) -> None:
        """The answer is whole; the exchange is over."""
        self._side = self._relay = None
        if not keeps_alive or self._gateway.is_stopping:
            if is_request_done and not self._buffer:
                self._close()
            else:
                self._linger()
            return
        self.deadline = inf
        self._read_on()

    def switch(self, tunnel: ClientSide) -> None:
        """The connection has left HTTP: the tunnel takes over, beginning with what was received already."""
        self._side, self._relay = tunnel, None
        if self.is_write_paused:
            tunnel.pause_answer()
        data, self._buffer, self._start = self._buffer[self._start :], b"", 0
        if data:
            tunnel.request_data(data)
        self.resume_reading()

    def tunnel_over(self, *, is_cut: bool) -> None:
        """Both directions have ended; `is_cut`: the upstream broke off."""
        self.cut(by_reset=is_cut)

    # inside

    def _read_on(self) -> None:
        """Serve what waits, now that the exchange before it is over."""
        if self._is_paused and not self._has_enough():
            self.resume_reading()
        if self._buffer:
            self._read_head()

    def _has_enough(self) -> bool:
        """A whole head at least waits to be served: nothing more is read for now."""
        return len(self._buffer) - self._start > HEAD_LIMIT_BYTES

    def _read_head(self) -> None:
        began_ns = self._gateway.ids.clock_ns()
        buffer, start = self._buffer, self._start
        if not self._searched:
            while buffer.startswith((b"\r", b"\n"), start):
                start += 1  # empty lines before a request: RFC 9112, section 2.2
        try:
            end = find_head_end(buffer, self._searched, start)
            if end < 0:
                self._wait_for_head(start)
                return
            head = parse_request_head(buffer[start:end])
        except FramingError as error:
            self.fail(error.status, f"{error}.", None, is_request_done=False)
            return
        self._searched = 0
        route = self._gateway.route(head.target)
        if route is None:
            detail = "No upstream is configured: only the admin prefix is served here."
            self.fail(404, detail, None, is_request_done=False)
            return
        prepared = PreparedRequest(buffer[start:end], head, route, self._peer, self._gateway.rules)
        self._known = prepared if end - start <= KEPT_HEAD_BYTES else None
        self._begin(prepared, buffer, end, began_ns)

    def _begin_equal(self, prepared: PreparedRequest, data: bytes) -> None:
        """Start an exchange whose head equals the one before."""
        began_ns = self._gateway.ids.clock_ns()
        relay = self._relay
        if relay is not None and len(data) == prepared.whole_bytes:
            self._side = relay
            relay.begin(prepared, data[len(prepared.raw) :], began_ns)
            relay.start()
        else:
            self._begin(prepared, data, len(prepared.raw), began_ns)

    def _begin(self, prepared: PreparedRequest, buffer: bytes, end: int, began_ns: int) -> None:
        """Start the exchange; `end`: where the head's bytes in the buffer end."""
        head = prepared.head
        body: bytes | None = None
        if head.body is _NONE:
            body = b""
        elif head.body is _LENGTH and len(buffer) - end == head.length:
            body, end = buffer[end:], len(buffer)
        self._buffer, self._start = (buffer, end) if end < len(buffer) else (b"", 0)
        if self._relay is None:
            self._relay = Relay(self._gateway, self)
        self._side = relay = self._relay
        relay.begin(prepared, body, began_ns)
        if body is None and self._buffer:
            self._pass_body(relay, buffer, end)
            if self._start == len(self._buffer):
                self._buffer, self._start = b"", 0
        relay.start()

    def _pass_body(self, relay: Relay, buffer: bytes, position: int) -> None:
        """Hand over what came with the head: a small piece first, so that many small requests in one buffer do not
        copy all of it for each."""
        for size in (_FIRST_PIECE_BYTES, len(buffer)):
            piece = buffer[position : position + size]
            rest = relay.request_data(piece)
            position += len(piece) - len(rest)
            if rest or position == len(buffer) or self._is_ending:
                break
        if not self._is_ending:
            self._start = position

    def _wait_for_head(self, start: int) -> None:
        is_new = not self._searched
        self._buffer, self._start = self._buffer[start:], 0
        self._searched = len(self._buffer)
        if is_new and self._searched:
            self.deadline = self._gateway.now() + self._gateway.options.head_timeout_seconds

    def _expire(self) -> None:
        if self._side is not None:
            self._side.expire()
        elif self._is_ending:
            self._transport.abort()
        elif self._buffer:
            self.fail(408, "The request's head did not arrive in time.", None, is_request_done=False)
        else:
            self._close()
