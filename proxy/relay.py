"""One exchange on its way: the request to the upstream, the answer back, both copied as they pass.

    client ──request_data──► Relay ──► upstream connection
    client ◄── write ─────── Relay ◄──answer_data── upstream connection

The rules. A body is passed on in the pieces it came in. Whoever is slow makes the other side wait. A client that leaves
ends the upstream's work; an upstream that breaks off leaves the client an incomplete answer, never a clean end. Only a
GET, HEAD or OPTIONS without a body, whose *reused* connection ended before any byte of an answer, is sent once more
(RFC 9110, section 9.2.2).
"""

from math import inf
from time import perf_counter_ns
from typing import Final

from proxy.answer import SWITCHING_PROTOCOLS, AnswerReader
from proxy.body import BodyReader
from proxy.capture import Capture
from proxy.ends import RelayClient
from proxy.framing import BodyKind, FramingError, RequestHead, ResponseHead
from proxy.gateway import Gateway, Route
from proxy.headers import Peer, asks_for_upgrade, forwarded_request, forwarded_response, keeps_client_open
from proxy.sockets import unread_bytes
from proxy.tunnel import Tunnel
from proxy.upstream import UpstreamConnection
from scorer.wire import End

_REPEATABLE: Final = (b"GET", b"HEAD", b"OPTIONS")
_WAITING_LIMIT_BYTES: Final = 64 * 1024
"""A body held for a connection that is still being made; beyond it the client is not read."""


class Relay:
    """One exchange; lives from a request's head to the end of both bodies."""

    __slots__ = (
        "_answer", "_capture", "_client", "_connection", "_gateway", "_head", "_is_over", "_keeps_client",
        "_overhead_ns", "_request", "_route", "_waiting", "_waiting_bytes", "_was_repeated", "_was_sent", "_wire_head",
    )  # fmt: skip

    def __init__(self, gateway: Gateway, client: RelayClient, head: RequestHead, route: Route, peer: Peer) -> None:
        ids = gateway.ids
        id_ = ids.next()
        asks_upgrade = asks_for_upgrade(head)
        self._gateway = gateway
        self._client = client
        self._head = head
        self._route = route
        self._capture = (
            Capture(id_, head, ids.now_us(), gateway.options.capture_limit_bytes, is_trusted=peer.is_trusted)
            if route.is_captured
            else None
        )
        self._wire_head = forwarded_request(
            head, route.target, peer, id_, route.upstream.host_header, asks_upgrade=asks_upgrade
        )
        self._request = BodyReader(head.body, head.length)
        self._answer = AnswerReader(head, is_upgrade_asked=asks_upgrade)
        self._connection: UpstreamConnection | None = None
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._keeps_client = False
        self._was_sent = False
        self._was_repeated = False
        self._is_over = False
        self._overhead_ns = 0
        gateway.counters.open_exchanges += 1

    def start(self, begun_ns: int) -> None:
        """Send the request's head, as soon as there is a connection; `begun_ns`: when its last byte was received.

        What came with the head has been handed over before: head and body leave in one write.
        """
        if self._is_over:
            return
        connection = self._route.upstream.take()
        if connection is None:
            self._route.upstream.connect(self)
        else:
            self._send_head(connection)
        self._overhead_ns = perf_counter_ns() - begun_ns
        self._set_deadline()

    # from the client

    def request_data(self, data: bytes) -> bytes:
        """Pass on what belongs to the request's body; return what follows it."""
        if self._request.is_done or self._is_over:
            return data
        try:
            passed, rest = self._request.feed(data)
        except FramingError as error:
            self._refuse_body(error)
            return b""
        if self._capture is not None:
            self._capture.request.write(passed)
        self._gateway.counters.bytes_request += len(passed)
        if self._connection is not None:
            self._connection.write(passed)
        elif passed:
            self._hold(passed)
        self._after_body()
        return rest

    def client_eof(self) -> bool:
        """The client closed its side: it has gone, since nobody half-closes HTTP and stays."""
        self.client_lost()
        return False

    def client_lost(self) -> None:
        """The client has gone: nobody waits for the answer, so the upstream is told at once."""
        if not self._is_over:
            self._end(End.COMPLETE if self._answer.is_done else End.CLIENT_GONE)

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
        if self._is_over:
            return
        if not self._request.is_done:
            if self._answer.head is None:
                self._fail(408, "The request's body stopped arriving; send it without long pauses.")
            else:
                self._cut(End.CLIENT_GONE)
        elif self._answer.head is None:
            self._fail(504, "The upstream took too long to begin its answer; try again, or raise the time limit.")

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
        if self._answer.head is None:
            self._read_heads(data)
            return
        try:
            passed = self._answer.read_body(data)
        except FramingError:
            self._cut(End.UPSTREAM_RESET)
            return
        self._pass_body(b"", passed)
        self._end_if_answered()

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
        if not self._request.is_done:
            self._client.pause_reading()
            self._client.deadline = inf  # it is not the client that is silent

    def resume_request(self) -> None:
        """It takes more again."""
        if not self._request.is_done:
            self._client.resume_reading()
            self._set_deadline()

    # inside

    def _set_deadline(self) -> None:
        options = self._gateway.options
        limit = None
        if not self._request.is_done:
            limit = options.body_idle_timeout_seconds
        elif self._answer.head is None and self._was_sent:
            limit = options.first_byte_timeout_seconds
        self._client.deadline = inf if limit is None else self._gateway.now() + limit

    def _after_body(self) -> None:
        if self._request.is_done and self._answer.is_done:
            self._finish()
        else:
            self._set_deadline()

    def _hold(self, data: bytes) -> None:
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes > _WAITING_LIMIT_BYTES:
            self._client.pause_reading()

    def _send_head(self, connection: UpstreamConnection) -> None:
        self._connection = connection
        self._was_sent = True
        connection.owner = self
        if self._client.is_write_paused:
            connection.pause_reading()
        connection.write(self._wire_head + b"".join(self._waiting) if self._waiting else self._wire_head)
        self._waiting.clear()
        self._waiting_bytes = 0

    def _read_heads(self, data: bytes) -> None:
        started_ns = perf_counter_ns()
        try:
            interim, head, rest = self._answer.read_heads(data)
            for early in interim:
                if self._head.minor:  # HTTP/1.0 knows no interim answers
                    self._client.write(forwarded_response(early, keeps_alive=True, client_minor=1))
            if head is None:
                return
            if head.status == SWITCHING_PROTOCOLS:
                self._switch(head, rest)
                return
            passed = self._answer.begin_body(head, rest)
        except FramingError as error:
            self._fail(502, f"The upstream's answer is not valid HTTP and was not passed on: {error}.")
            return
        self._begin_answer(head, passed)
        self._count(head, started_ns)
        self._set_deadline()
        self._end_if_answered()

    def _begin_answer(self, head: ResponseHead, passed: bytes) -> None:
        gateway, request = self._gateway, self._head
        if self._capture is not None:
            self._capture.answer(head, gateway.ids.now_us())
        will_read_on = self._request.is_done or head.is_keep_alive
        self._keeps_client = keeps_client_open(request, head) and will_read_on and not gateway.is_stopping
        block = forwarded_response(head, keeps_alive=self._keeps_client, client_minor=request.minor)
        self._pass_body(block, passed)

    def _pass_body(self, block: bytes, passed: bytes) -> None:
        """Send the client a head, if one is given, with a piece of the body, and copy the piece."""
        body = self._answer.body
        assert body is not None
        if passed:
            if self._capture is not None:
                self._capture.response.write(passed)
            self._gateway.counters.bytes_response += len(passed)
            passed = body.take_content(passed)
        if block or passed:
            self._client.write(block + passed if block else passed)

    def _count(self, head: ResponseHead, started_ns: int) -> None:
        counters = self._gateway.counters
        counters.count_answer(head.status)
        counters.count_overhead((self._overhead_ns + perf_counter_ns() - started_ns) // 1000)

    def _end_if_answered(self) -> None:
        head = self._answer.head
        if self._is_over or head is None or not self._answer.is_done:
            return
        if self._request.is_done or not head.is_keep_alive:
            self._finish()

    def _switch(self, head: ResponseHead, rest: bytes) -> None:
        connection = self._connection
        assert connection is not None
        self._is_over = True
        self._connection = None
        self._capture = None  # an upgraded connection is counted, and not copied
        counters = self._gateway.counters
        self._count(head, perf_counter_ns())
        counters.capture_upgraded += 1
        tunnel = Tunnel(self._client, connection, counters)
        self._client.write(forwarded_response(head, keeps_alive=True, client_minor=1))
        if rest:
            tunnel.answer_data(rest)
        self._client.switch(tunnel)

    def _upstream_ended(self, error: Exception | None) -> None:
        connection, body = self._connection, self._answer.body
        if self._is_over or connection is None:
            return
        if body is not None and self._answer.head is not None:
            if body.is_done or body.ends_with_connection(error):
                self._finish()
            else:
                self._cut(End.UPSTREAM_RESET)
        elif self._may_repeat(connection):
            self._was_repeated = True
            connection.owner = None
            self._connection = None
            self._route.upstream.connect(self)
        else:
            where = "in the middle of its answer's head" if self._answer.has_byte else "without an answer"
            self._fail(502, f"The upstream closed the connection {where}; look into its log, then try again.")

    def _may_repeat(self, connection: UpstreamConnection) -> bool:
        if not connection.is_reused or self._was_repeated or self._answer.has_byte:
            return False
        return self._head.method in _REPEATABLE and self._head.body is BodyKind.NONE

    def _refuse_body(self, error: FramingError) -> None:
        if self._answer.head is None:
            self._fail(error.status, f"The request's body is malformed: {error}.")
        else:
            self._cut(End.CLIENT_GONE)

    def _fail(self, status: int, detail: str) -> None:
        self._capture = None  # an answer of our own is nobody's to score
        self._end(End.COMPLETE)
        self._client.fail(status, detail, self._head, is_request_done=self._request.is_done)

    def _cut(self, end: End) -> None:
        head = self._answer.head
        assert head is not None
        self._end(end)
        # Where the connection's end is the body's, only a reset tells the client that this was not it.
        self._client.cut(by_reset=head.body is BodyKind.CLOSE or self._head.minor == 0)

    def _finish(self) -> None:
        is_request_done = self._request.is_done
        self._end(End.COMPLETE)
        self._client.finish(keeps_alive=self._keeps_client and is_request_done, is_request_done=is_request_done)

    def _end(self, end: End) -> None:
        """Let go of the upstream, and ship the copy."""
        self._is_over = True
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.owner = None
            if end is End.COMPLETE and self._request.is_done and self._answer.is_reusable():
                self._route.upstream.release(connection)
            elif self._answer.is_done:
                connection.transport.close()
            else:
                connection.transport.abort()
        self._gateway.counters.open_exchanges -= 1
        capture, self._capture = self._capture, None
        if capture is not None and self._was_sent:
            self._gateway.end_capture(capture, end)
