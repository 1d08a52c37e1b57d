"""The request's half of an exchange: from the client to the upstream, copied as it passes.

A body is passed on in the pieces it came in. Whoever is slow makes the other side wait. What both halves share stands
in `proxy/exchange.py`; the answer's half, in `proxy/relay.py`, builds on this one.
"""

from abc import abstractmethod
from math import inf
from typing import Final

from proxy.exchange import RunningExchange
from proxy.framing import FramingError
from proxy.headers import with_trace
from proxy.sockets import reset
from proxy.upstream import UpstreamConnection

_WAITING_LIMIT_BYTES: Final = 64 * 1024
"""A body held for a connection that is still being made; beyond it the client is not read."""


class Upload(RunningExchange):
    """The request on its way."""

    __slots__ = ()

    def start(self) -> None:
        """Send the request's head, as soon as there is a connection.

        What came with the head has been handed over before: head and body leave in one write.
        """
        if self._is_over:
            return
        gateway, prepared = self._gateway, self._prepared
        if not self._is_request_done:
            self._renew_body_deadline()
        connection = prepared.upstream.take()
        if connection is None:
            prepared.upstream.connect(self)
        else:
            self._send_head(connection)
        if gateway.limits_answers:
            total_seconds = gateway.options.total_timeout_seconds
            if total_seconds is not None:
                self._total_deadline = gateway.now() + total_seconds
        if gateway.limits_answers or not self._is_request_done:
            self._set_deadline()
        else:
            self._client.deadline = inf
        # Of the same clock as ids and copies: one that was set in this moment spoils one sample, no more.
        self._overhead_ns = gateway.ids.clock_ns() - self._began_ns

    def request_data(self, data: bytes) -> bytes:
        """Pass on what belongs to the request's body; return what follows it."""
        body = self._request
        if self._is_request_done or self._is_over or body is None:
            return data
        try:
            passed, rest = body.feed(data)
        except FramingError as error:
            self._refuse_body(error)
            return b""
        self._is_request_done = body.is_done
        if self._capture is not None:
            self._capture.request.write(passed)
        self._gateway.counters.bytes_request += len(passed)
        self._body_bytes += len(passed)
        if self._body_bytes >= self._gateway.options.body_idle_bytes:
            self._renew_body_deadline()
        if self._connection is not None:
            self._connection.write(passed)
        elif passed:
            self._hold(passed)
        self._after_piece()
        return rest

    def opening(self) -> bytes:
        """Return the head with what there is of the body; it counts as sent."""
        self._was_sent = True
        prepared = self._prepared
        body = self._take_waiting() if self._waiting else self._body
        return prepared.wire + body if prepared.has_trace else with_trace(prepared.wire, self._id, body)

    def left_over(self, data: bytes) -> None:
        """So much of the opening could not be sent yet."""
        self._hold(data)

    def connected(self, connection: UpstreamConnection) -> None:
        """A new connection is there."""
        if self._is_over and self._was_sent:
            reset(connection.transport)  # nobody waits for the answer
            return
        if self._is_over:
            self._prepared.upstream.release(connection)
            return
        if connection.transport.is_closing():
            self._fail(502, "The upstream closed the connection at once; look into its log, then try again.")
            return
        self._renew_body_deadline()
        self._send_head(connection)
        self._set_deadline()

    def connect_failed(self, error: OSError) -> None:
        """No connection could be made."""
        if self._is_over:
            return
        if isinstance(error, TimeoutError):
            self._fail(504, "The upstream could not be reached in time; check that it runs and its address is right.")
        else:
            self._fail(502, "The upstream could not be reached; check that it runs and its address is right.")

    def pause_request(self) -> None:
        """The upstream takes no more for now."""
        if not self._is_request_done:
            self._client.pause_reading()
            self._body_deadline = inf  # it is not the client that is silent
            self._set_deadline()

    def resume_request(self) -> None:
        """It takes more again."""
        if not self._is_request_done:
            self._client.resume_reading()
            self._renew_body_deadline()
            self._set_deadline()

    # inside

    def _hold(self, data: bytes) -> None:
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes > _WAITING_LIMIT_BYTES:
            self._client.pause_reading()

    def _send_head(self, connection: UpstreamConnection) -> None:
        self._connection = connection
        connection.owner = self
        if self._client.is_write_paused:
            connection.pause_reading()
        data = self._take_waiting() if self._was_sent else self.opening()
        if data:
            connection.transport.write(data)
        if not self._is_request_done and not connection.is_write_paused:
            self._client.resume_reading()  # what was held for this connection may have paused it

    def _take_waiting(self) -> bytes:
        data = b"".join(self._waiting)
        self._waiting.clear()
        self._waiting_bytes = 0
        return data

    # the other half's

    @abstractmethod
    def _after_piece(self) -> None: ...

    @abstractmethod
    def _refuse_body(self, error: FramingError) -> None: ...
