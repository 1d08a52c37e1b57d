"""One exchange on its way: the request to the upstream, the answer back, both copied as they pass.

    client ──request_data──► Relay ──► upstream connection
    client ◄── write ─────── Relay ◄──answer_data── upstream connection

The rules. A body is passed on in the pieces it came in. Whoever is slow makes the other side wait. A client that leaves
ends the upstream's work; an upstream that breaks off leaves the client an incomplete answer, never a clean end. Only a
GET, HEAD or OPTIONS without a body, whose *reused* connection ended before any byte of an answer, is sent once more
(RFC 9110, section 9.2.2).
"""

import time
from math import inf
from typing import Final, Protocol

from proxy.body import BodyReader
from proxy.capture import Capture, Wish
from proxy.framing import (
    BodyKind,
    FramingError,
    RequestHead,
    ResponseHead,
    find_head_end,
    parse_response_head,
)
from proxy.gateway import Gateway, Route
from proxy.headers import Peer, asks_for_upgrade, forwarded_request, forwarded_response, keeps_client_open
from proxy.sockets import unread_bytes
from proxy.tunnel import Tunnel, TunnelClient
from proxy.upstream import UpstreamConnection
from scorer.wire import End

_REPEATABLE: Final = (b"GET", b"HEAD", b"OPTIONS")
_WAITING_LIMIT_BYTES: Final = 64 * 1024
"""A body held for a connection that is still being made; beyond it the client is not read."""


class RelayClient(TunnelClient, Protocol):
    """The client's end of an exchange."""

    deadline: float
    is_write_paused: bool

    def fail(self, status: int, detail: str, head: RequestHead, *, is_request_done: bool) -> None:
        """Answer with an error of our own; the exchange is over."""

    def cut(self, *, by_reset: bool) -> None:
        """End the connection in the middle of an answer; the exchange is over."""

    def finish(self, *, keeps_alive: bool, is_request_done: bool) -> None:
        """The answer is whole; the exchange is over."""

    def switch(self, tunnel: Tunnel) -> None:
        """The connection has left HTTP: the tunnel takes over, beginning with what was received already."""


class Relay:
    """One exchange; lives from a request's head to the end of both bodies."""

    __slots__ = (
        "_answer_body", "_answer_head_bytes", "_asks_upgrade", "_begun_ns", "_capture", "_client", "_connection",
        "_gateway", "_has_answer_byte", "_head", "_is_over", "_keeps_client", "_overhead_ns", "_request_body",
        "_response", "_route", "_searched", "_was_repeated", "_was_sent", "_wire_head", "_waiting", "_waiting_bytes",
    )  # fmt: skip

    def __init__(self, gateway: Gateway, client: RelayClient, head: RequestHead, route: Route, peer: Peer) -> None:
        self._gateway = gateway
        self._client = client
        self._head = head
        self._route = route
        exchange_id = gateway.ids.next()
        self._capture = self._begin_capture(exchange_id, peer) if route.is_captured else None
        self._asks_upgrade = asks_for_upgrade(head)
        self._wire_head = forwarded_request(
            head, route.target, peer, exchange_id, route.upstream.host_header, asks_upgrade=self._asks_upgrade
        )
        self._request_body = BodyReader(head.body, head.length)
        self._connection: UpstreamConnection | None = None
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._response: ResponseHead | None = None
        self._answer_body: BodyReader | None = None
        self._answer_head_bytes = b""
        self._searched = 0
        self._has_answer_byte = False
        self._keeps_client = False
        self._was_sent = False
        self._was_repeated = False
        self._is_over = False
        self._begun_ns = 0
        self._overhead_ns = 0

    @property
    def is_request_done(self) -> bool:
        """The request has been received whole."""
        return self._request_body.is_done

    def start(self, begun_ns: int) -> None:
        """Send the request's head, as soon as there is a connection; `begun_ns`: when its last byte was received."""
        self._gateway.counters.open_exchanges += 1
        self._begun_ns = begun_ns
        connection = self._route.upstream.take()
        if connection is None:
            self._overhead_ns = time.perf_counter_ns() - begun_ns
            self._route.upstream.connect(self)
        else:
            self._send_head(connection)
            self._overhead_ns = time.perf_counter_ns() - begun_ns
        self._set_deadline()

    # from the client

    def request_data(self, data: bytes) -> bytes:
        """Pass on what belongs to the request's body; return what follows it."""
        body = self._request_body
        if body.is_done or self._is_over:
            return data
        try:
            passed, rest = body.feed(data)
        except FramingError as error:
            self._refuse_body(error)
            return b""
        if self._capture is not None:
            self._capture.request.write(passed)
        self._gateway.counters.bytes_request += len(passed)
        if self._connection is not None:
            self._connection.write(passed)
        elif passed:
            self._waiting.append(passed)
            self._waiting_bytes += len(passed)
            if self._waiting_bytes > _WAITING_LIMIT_BYTES:
                self._client.pause_reading()
        if body.is_done and self._answer_body is not None and self._answer_body.is_done:
            self._finish()
        else:
            self._set_deadline()
        return rest

    def client_eof(self) -> bool:
        """The client closed its side: it has gone, since nobody half-closes HTTP and stays."""
        self.client_lost()
        return False

    def client_lost(self) -> None:
        """The client has gone: nobody waits for the answer, so the upstream is told at once."""
        if self._is_over:
            return
        is_answered = self._answer_body is not None and self._answer_body.is_done
        self._end(End.COMPLETE if is_answered else End.CLIENT_GONE)

    def pause_answer(self) -> None:
        """The client takes no more for now."""
        if self._connection is not None:
            self._connection.pause_reading()

    def resume_answer(self) -> None:
        """It takes more again."""
        if self._connection is not None:
            self._connection.resume_reading()

    def expire(self) -> None:
        """The client's deadline has passed."""
        if not self.is_request_done:
            if self._response is None:
                self._fail(408, "The request's body stopped arriving; send it without long pauses.")
            else:
                self._cut(End.CLIENT_GONE)
        elif self._response is None:
            self._fail(504, "The upstream took too long to begin its answer; try again, or raise the time-out.")

    # from the upstream

    def connected(self, connection: UpstreamConnection) -> None:
        """A new connection is there."""
        if self._is_over:
            self._route.upstream.release(connection)
            return
        self._send_head(connection)
        self._client.resume_reading()
        self._set_deadline()

    def connect_failed(self, error: OSError) -> None:
        """No connection could be made."""
        if self._is_over:
            return
        if isinstance(error, TimeoutError):
            self._fail(504, "The upstream could not be reached in time; check that it runs and its address is right.")
        else:
            self._fail(502, "The upstream could not be reached; check that it runs and its address is right.")

    def answer_data(self, data: bytes) -> None:
        """Pass on what the upstream sent."""
        if self._answer_body is None:
            self._has_answer_byte = True
            self._read_answer_head(data)
            return
        passed = self._read_answer_body(data)
        if passed:
            self._client.write(passed)
        self._end_answer_if_done()

    def upstream_eof(self) -> bool:
        """The upstream closed its side."""
        self._upstream_ended(None)
        return False

    def upstream_lost(self, error: Exception | None) -> None:
        """The upstream's connection is gone."""
        if self._is_over or self._connection is None:
            return
        if error is not None:
            unread = unread_bytes(self._connection.transport)
            if unread:
                self.answer_data(unread)
        self._upstream_ended(error)

    def pause_request(self) -> None:
        """The upstream takes no more for now."""
        if not self.is_request_done:
            self._client.pause_reading()
            self._client.deadline = inf  # it is not the client that is silent

    def resume_request(self) -> None:
        """It takes more again."""
        if not self.is_request_done:
            self._client.resume_reading()
            self._set_deadline()

    # inside

    def _begin_capture(self, exchange_id: bytes, peer: Peer) -> Capture:
        gateway = self._gateway
        limit = gateway.options.capture_limit_bytes
        return Capture(exchange_id, self._head, gateway.ids.now_us(), limit, is_trusted=peer.is_trusted)

    def _set_deadline(self) -> None:
        options = self._gateway.options
        if not self.is_request_done:
            limit = options.body_idle_timeout_seconds
        elif self._response is None and self._was_sent:
            limit = options.first_byte_timeout_seconds
        else:
            limit = None
        self._client.deadline = inf if limit is None else self._gateway.now() + limit

    def _send_head(self, connection: UpstreamConnection) -> None:
        self._connection = connection
        self._was_sent = True
        connection.owner = self
        if self._client.is_write_paused:
            connection.pause_reading()
        connection.write(self._wire_head + b"".join(self._waiting) if self._waiting else self._wire_head)
        self._waiting.clear()
        self._waiting_bytes = 0

    def _read_answer_head(self, data: bytes) -> None:
        started_ns = time.perf_counter_ns()
        data = self._answer_head_bytes + data if self._answer_head_bytes else data
        searched, self._answer_head_bytes = self._searched, b""
        while data:
            try:
                end = find_head_end(data, searched)
                if end < 0:
                    self._answer_head_bytes, self._searched = data, len(data)
                    return
                head = parse_response_head(data[:end], self._head.method)
                if head.status == 101 and not self._asks_upgrade:
                    raise FramingError("it switched protocols, and nobody had asked for it")
            except FramingError as error:
                self._fail(502, f"The upstream's answer is not valid HTTP and was not passed on: {error}.")
                return
            rest, searched = data[end:], 0
            if head.status == 101:
                self._switch(head, rest)
                return
            if head.status >= 200:
                self._begin_answer(head, rest, started_ns)
                return
            self._searched = 0
            if self._head.minor:  # HTTP/1.0 knows no interim answers
                self._client.write(forwarded_response(head, keeps_alive=True, client_minor=1))
            data = rest

    def _begin_answer(self, head: ResponseHead, rest: bytes, started_ns: int) -> None:
        gateway, request = self._gateway, self._head
        self._response = head
        self._answer_body = BodyReader(head.body, head.length, wants_content=request.minor == 0)
        if self._capture is not None:
            self._capture.answer(head, gateway.ids.now_us())
        will_read_on = self.is_request_done or head.is_keep_alive
        self._keeps_client = keeps_client_open(request, head) and will_read_on and not gateway.is_stopping
        block = forwarded_response(head, keeps_alive=self._keeps_client, client_minor=request.minor)
        self._client.write(block + self._read_answer_body(rest) if rest else block)
        gateway.counters.count_answer(head.status)
        self._overhead_ns += time.perf_counter_ns() - started_ns
        gateway.counters.count_overhead(self._overhead_ns // 1000)
        if not self._is_over:
            self._set_deadline()
            self._end_answer_if_done()

    def _read_answer_body(self, data: bytes) -> bytes:
        """Return what the client is sent of the answer's body."""
        body = self._answer_body
        assert body is not None
        if body.is_done:
            body.has_excess = True
            return b""
        try:
            passed, rest = body.feed(data)
        except FramingError:
            self._cut(End.UPSTREAM_RESET)
            return b""
        if rest:
            body.has_excess = True
        if self._capture is not None:
            self._capture.response.write(passed)
        self._gateway.counters.bytes_response += len(passed)
        return body.take_content(passed)

    def _end_answer_if_done(self) -> None:
        if self._is_over or self._answer_body is None or not self._answer_body.is_done:
            return
        assert self._response is not None
        if self.is_request_done or not self._response.is_keep_alive:
            self._finish()

    def _switch(self, head: ResponseHead, rest: bytes) -> None:
        connection = self._connection
        assert connection is not None
        self._is_over = True
        self._connection = None
        counters = self._gateway.counters
        counters.count_answer(head.status)
        counters.count_overhead((self._overhead_ns) // 1000)
        counters.capture_upgraded += 1
        tunnel = Tunnel(self._client, connection, counters)
        self._client.write(forwarded_response(head, keeps_alive=True, client_minor=1))
        if rest:
            tunnel.answer_data(rest)
        self._client.switch(tunnel)

    def _upstream_ended(self, error: Exception | None) -> None:
        connection = self._connection
        if self._is_over or connection is None:
            return
        if self._answer_body is None:
            if self._may_repeat(connection):
                self._was_repeated = True
                connection.owner = None
                self._connection = None
                self._route.upstream.connect(self)
                return
            what = "in the middle of its answer's head" if self._has_answer_byte else "without an answer"
            self._fail(502, f"The upstream closed the connection {what}; look into its log, then try again.")
        elif self._answer_body.is_done or self._answer_body.ends_with_connection(error):
            self._finish()
        else:
            self._cut(End.UPSTREAM_RESET)

    def _may_repeat(self, connection: UpstreamConnection) -> bool:
        return (
            connection.is_reused
            and not self._was_repeated
            and not self._has_answer_byte
            and self._head.method in _REPEATABLE
            and self._head.body is BodyKind.NONE
        )

    def _refuse_body(self, error: FramingError) -> None:
        if self._response is None:
            self._fail(error.status, f"The request's body is malformed: {error}.")
        else:
            self._cut(End.CLIENT_GONE)

    def _fail(self, status: int, detail: str) -> None:
        is_request_done = self.is_request_done
        self._capture = None  # an answer of our own is nobody's to score
        self._end(End.COMPLETE)
        self._client.fail(status, detail, self._head, is_request_done=is_request_done)

    def _cut(self, end: End) -> None:
        response = self._response
        assert response is not None
        self._end(end)
        # Where the connection's end is the body's, only a reset tells the client that this was not it.
        self._client.cut(by_reset=response.body is BodyKind.CLOSE or self._head.minor == 0)

    def _finish(self) -> None:
        is_request_done = self.is_request_done
        self._end(End.COMPLETE)
        self._client.finish(keeps_alive=self._keeps_client and is_request_done, is_request_done=is_request_done)

    def _end(self, end: End) -> None:
        """Let go of the upstream, and ship the copy."""
        self._is_over = True
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.owner = None
            if end is End.COMPLETE and self._may_reuse():
                self._route.upstream.release(connection)
            elif self._answer_body is None or not self._answer_body.is_done:
                connection.transport.abort()
            else:
                connection.transport.close()
        self._gateway.counters.open_exchanges -= 1
        capture, self._capture = self._capture, None
        if capture is not None and self._was_sent:
            self._ship(capture, end)

    def _may_reuse(self) -> bool:
        body, response = self._answer_body, self._response
        return (
            body is not None
            and response is not None
            and body.is_done
            and not body.has_excess
            and response.is_keep_alive
            and self.is_request_done
        )

    def _ship(self, capture: Capture, end: End) -> None:
        counters = self._gateway.counters
        if capture.wish is Wish.OFF:
            counters.capture_opted_out += 1
        elif capture.wish is Wish.META:
            counters.capture_meta_only += 1
        copy = capture.finish(end, self._gateway.ids.now_us())
        if copy is not None:
            self._gateway.ship(copy)
