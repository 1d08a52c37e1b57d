"""The request's half of an exchange: from the client to the upstream, copied as it passes.

A body is passed on in the pieces it came in. Whoever is slow makes the other side wait. What belongs to the answer's
half stands in `proxy/relay.py`, which builds on this one.
"""

from abc import ABC, abstractmethod
from math import inf
from time import perf_counter_ns
from typing import Final

from proxy.answer import AnswerReader
from proxy.body import BodyReader
from proxy.ends import RelayClient
from proxy.framing import FramingError, ResponseHead
from proxy.gateway import Gateway
from proxy.headers import end_of_head
from proxy.prepared import PreparedRequest
from proxy.upstream import UpstreamConnection

_WAITING_LIMIT_BYTES: Final = 64 * 1024
"""A body held for a connection that is still being made; beyond it the client is not read."""


class Upload(ABC):
    """The request on its way."""

    __slots__ = (
        "_answer_head", "_capture", "_client", "_connection", "_gateway", "_has_excess", "_id", "_is_answer_done",
        "_is_over", "_is_request_done", "_keeps_client", "_overhead_ns", "_prepared", "_reader", "_request",
        "_total_deadline", "_waiting", "_waiting_bytes", "_was_repeated", "_was_sent",
    )  # fmt: skip

    def __init__(
        self, gateway: Gateway, client: RelayClient, prepared: PreparedRequest, body: bytes | None, begun_ns: int
    ) -> None:
        """`body`: what came whole with the head, empty for none; None when it comes piece by piece.

        `begun_ns`: when the head's last byte was received. One constructor for both halves: it runs for each request.
        """
        now_us = gateway.ids.clock_ns() // 1000
        self._id = id_ = gateway.ids.next(now_us)
        self._gateway = gateway
        self._client = client
        self._prepared = prepared
        self._capture = capture = gateway.begin_capture(id_, prepared, now_us)
        self._connection: UpstreamConnection | None = None
        self._was_sent = False
        self._was_repeated = False
        self._is_over = False
        self._overhead_ns = begun_ns
        self._total_deadline = inf
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._request: BodyReader | None = None
        """None for a body that came whole with its head, and for none."""
        self._is_request_done = True
        self._answer_head: ResponseHead | None = None
        self._reader: AnswerReader | None = None
        """None for an answer that came whole, in one piece."""
        self._is_answer_done = False
        self._has_excess = False
        self._keeps_client = False
        counters = gateway.counters
        counters.open_exchanges += 1
        if body:
            if capture is not None:
                capture.request.write(body)
            counters.bytes_request += len(body)
            self._waiting.append(body)
        elif body is None:
            self._request = BodyReader(prepared.head.body, prepared.head.length)
            self._is_request_done = False

    def start(self) -> None:
        """Send the request's head, as soon as there is a connection.

        What came with the head has been handed over before: head and body leave in one write.
        """
        if self._is_over:
            return
        gateway = self._gateway
        options = gateway.options
        if options.total_timeout_seconds is not None:
            self._total_deadline = gateway.now() + options.total_timeout_seconds
        upstream = self._prepared.upstream
        connection = upstream.take()
        if connection is None:
            upstream.connect(self)
        else:
            self._send_head(connection)
        self._overhead_ns = perf_counter_ns() - self._overhead_ns
        if self._is_request_done and options.first_byte_timeout_seconds is None:
            self._client.deadline = self._total_deadline
        else:
            self._set_deadline()

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
        if self._connection is not None:
            self._connection.write(passed)
        elif passed:
            self._hold(passed)
        self._after_piece()
        return rest

    def connected(self, connection: UpstreamConnection) -> None:
        """A new connection is there."""
        if self._is_over:
            self._prepared.upstream.release(connection)
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

    def pause_request(self) -> None:
        """The upstream takes no more for now."""
        if not self._is_request_done:
            self._client.pause_reading()
            self._client.deadline = self._total_deadline  # it is not the client that is silent

    def resume_request(self) -> None:
        """It takes more again."""
        if not self._is_request_done:
            self._client.resume_reading()
            self._set_deadline()

    # inside

    def _hold(self, data: bytes) -> None:
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes > _WAITING_LIMIT_BYTES:
            self._client.pause_reading()

    def _send_head(self, connection: UpstreamConnection) -> None:
        prepared = self._prepared
        self._connection = connection
        self._was_sent = True
        connection.owner = self
        if self._client.is_write_paused:
            connection.pause_reading()
        end = b"" if prepared.has_trace else end_of_head(self._id)
        if self._waiting:
            connection.write(b"".join((prepared.wire, end, *self._waiting)))
            self._waiting.clear()
            self._waiting_bytes = 0
        else:
            connection.write(prepared.wire + end)

    def _set_deadline(self) -> None:
        """Set the client's deadline to when the next limit of this exchange is reached."""
        limit = self._limit_seconds()
        deadline = inf if limit is None else self._gateway.now() + limit
        total = self._total_deadline
        self._client.deadline = deadline if deadline < total else total

    # the other half's

    @abstractmethod
    def answer_data(self, data: bytes) -> None:
        """Bytes came from the upstream."""

    @abstractmethod
    def upstream_eof(self) -> bool:
        """The upstream closed its side."""

    @abstractmethod
    def upstream_lost(self, error: Exception | None) -> None:
        """The upstream's connection is gone."""

    @abstractmethod
    def _limit_seconds(self) -> float | None: ...

    @abstractmethod
    def _after_piece(self) -> None: ...

    @abstractmethod
    def _refuse_body(self, error: FramingError) -> None: ...

    @abstractmethod
    def _fail(self, status: int, detail: str) -> None: ...
