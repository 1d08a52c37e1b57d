"""One exchange while it runs: its state, its time limits, its copy and its ends.

How the request passes stands in `proxy/upload.py`, how the answer does in `proxy/relay.py`; both build on this.
"""

from abc import ABC, abstractmethod
from math import inf
from typing import Final

from proxy.answer import AnswerReader
from proxy.body import BodyReader
from proxy.capture import Capture
from proxy.chunks import ChunkWalker
from proxy.ends import RelayClient
from proxy.framing import BodyKind, ResponseHead
from proxy.gateway import Gateway
from proxy.prepared import PreparedRequest
from proxy.sockets import reset
from proxy.tee import Tee
from proxy.upstream import UpstreamConnection
from scorer.wire import End

# Members of an enum are looked up through its metaclass: three times the cost of a name of this module.
_COMPLETE: Final = End.COMPLETE


class RunningExchange(ABC):
    """What both halves share."""

    __slots__ = (
        "_answer_head", "_began_ns", "_body", "_body_bytes", "_body_deadline", "_capture", "_chunks", "_client",
        "_connection", "_gateway", "_has_excess", "_id", "_is_answer_done", "_is_copied", "_is_over",
        "_is_request_done", "_keeps_client", "_overhead_ns", "_prepared", "_reader", "_request", "_total_deadline",
        "_waiting", "_waiting_bytes", "_was_repeated", "_was_sent", "_way",
    )  # fmt: skip

    def __init__(self, gateway: Gateway, client: RelayClient) -> None:
        """One constructor for both halves. An exchange that passes whole (`Relay._pass_whole`) leaves everything as it
        is here, and the next one of its connection takes the same object."""
        self._gateway = gateway
        self._client = client
        self._connection: UpstreamConnection | None = None
        self._capture: Capture | None = None
        """Made when the exchange is not one that passes whole."""
        self._was_sent = False
        self._was_repeated = False
        self._is_over = False
        self._total_deadline = inf
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._request: BodyReader | None = None
        """None for a body that came whole with its head, and for none."""
        self._is_request_done = True
        self._body_deadline = inf
        """When the client has taken too long over its body."""
        self._body_bytes = 0
        """Received since that deadline was set."""
        self._answer_head: ResponseHead | None = None
        self._reader: AnswerReader | None = None
        """None for an answer that came whole, in one piece."""
        self._chunks: ChunkWalker | None = None
        """Of an answer whose chunks are all that is waited for."""
        self._way: Tee | None = None
        """The copy of the tokens while they pass by themselves (`proxy/tokens.py`)."""
        self._is_answer_done = False
        self._has_excess = False
        self._keeps_client = False

    def begin(self, prepared: PreparedRequest, body: bytes | None, began_ns: int) -> None:
        """Take a request. `body`: what came whole with the head, empty for none; None when it comes piece by piece.

        `began_ns`: when the head's last byte was received, in nanoseconds since the epoch.
        """
        gateway = self._gateway
        self._id = id_ = gateway.ids.next(began_ns)
        self._began_ns = began_ns
        self._prepared = prepared
        self._is_copied = gateway.takes_copy(id_, prepared)
        counters = gateway.counters
        counters.open_exchanges += 1
        if body is None:
            self._body = b""
            self._request = BodyReader(prepared.head.body, prepared.head.length)
            self._is_request_done = False
            self._open_capture()
        else:
            self._body = body
            size = len(body)
            counters.bytes_request += size
            if prepared.has_wish or size > gateway.options.capture_limit_bytes:
                self._open_capture()

    def sweep(self) -> None:
        """Count what passed by itself since the sweep before; the deadline moves by it."""
        if self._way is not None:
            passed_bytes = self._way.count_tail()
            if passed_bytes:
                self._gateway.counters.bytes_response += passed_bytes
                self._set_deadline()

    def client_lost(self) -> None:
        """The client has gone: nobody waits for the answer, so the upstream is told at once."""
        if not self._is_over:
            self._end(End.COMPLETE if self._is_answer_done else End.CLIENT_GONE)

    def expire(self) -> None:
        """The client's deadline has passed."""
        if self._is_over:
            return
        is_total = self._gateway.now() >= self._total_deadline
        if self._answer_head is not None:
            is_client_late = not is_total and (self._client.is_write_paused or not self._is_request_done)
            self._cut(End.CLIENT_GONE if is_client_late else End.UPSTREAM_RESET, by_reset=self._client.is_write_paused)
        elif is_total:
            self._fail(504, "The exchange took longer than its limit; try again, or raise the time limit.")
        elif not self._is_request_done:
            self._fail(408, "The request's body stopped arriving; send it without long pauses.")
        else:
            self._fail(504, "The upstream took too long to begin its answer; try again, or raise the time limit.")

    # from the upstream, for the answer's half

    @abstractmethod
    def answer_data(self, data: bytes) -> None:
        """Bytes came from the upstream."""

    @abstractmethod
    def upstream_eof(self) -> bool:
        """The upstream closed its side."""

    @abstractmethod
    def upstream_lost(self, error: Exception | None) -> None:
        """The upstream's connection is gone."""

    # inside

    def _open_capture(self) -> None:
        """Begin the copy piece by piece, of what is not an exchange that passes whole."""
        if self._is_copied and self._capture is None:
            gateway, facts = self._gateway, self._prepared.facts()
            self._capture = Capture(self._id, facts, self._began_ns // 1000, gateway.options.capture_limit_bytes)
            if self._body:
                self._capture.request.write(self._body)

    def _close_way(self) -> None:
        """Let the next bytes come here."""
        copy, self._way = self._way, None
        if copy is not None and self._connection is not None:
            self._connection.close_way()
            self._gateway.counters.bytes_response += copy.count_tail()

    def _renew_body_deadline(self) -> None:
        """Give the client new time for its body."""
        limit = self._gateway.options.body_idle_timeout_seconds
        self._body_deadline = inf if limit is None else self._gateway.now() + limit
        self._body_bytes = 0

    def _limit_seconds(self) -> float | None:
        """Return the limit of an exchange whose request is whole."""
        options = self._gateway.options
        if self._answer_head is None:
            return options.first_byte_timeout_seconds if self._was_sent else None
        if self._client.is_write_paused:
            return options.client_stall_timeout_seconds
        return options.answer_idle_timeout_seconds

    def _set_deadline(self) -> None:
        """Set the client's deadline to when the next limit of this exchange is reached."""
        if self._is_request_done:
            limit = self._limit_seconds()
            deadline = inf if limit is None else self._gateway.now() + limit
        else:
            deadline = self._body_deadline
        total = self._total_deadline
        self._client.deadline = deadline if deadline < total else total

    def _fail(self, status: int, detail: str) -> None:
        self._is_copied, self._capture = False, None  # an answer of our own is nobody's to score
        self._end(_COMPLETE)
        self._client.fail(status, detail, self._prepared.head, is_request_done=self._is_request_done)

    def _cut(self, end: End, *, by_reset: bool = False) -> None:
        head = self._answer_head
        assert head is not None
        self._end(end)
        # Where the connection's end is the body's, only a reset tells the client that this was not it.
        self._client.cut(by_reset=by_reset or head.body is BodyKind.CLOSE or self._prepared.head.minor == 0)

    def _finish(self) -> None:
        self._end(_COMPLETE)
        done = self._is_request_done
        self._client.finish(keeps_alive=self._keeps_client and done, is_request_done=done)

    def _end(self, end: End) -> None:
        """Let go of the upstream, and ship the copy."""
        self._is_over = True
        self._close_way()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.owner = None
            if end is _COMPLETE and self._is_request_done and self._is_reusable():
                self._prepared.upstream.release(connection)
            elif self._is_answer_done:
                connection.transport.close()
            else:
                # By a reset: an orderly end would wait behind bytes that an upstream which reads nothing never takes.
                reset(connection.transport)
        self._gateway.counters.open_exchanges -= 1
        if self._was_sent:
            self._open_capture()
            if self._capture is not None:
                self._gateway.end_capture(self._capture, end)
        self._capture = None

    def _is_reusable(self) -> bool:
        """Say whether the connection may serve another request: the answer ended whole, and nothing followed."""
        if self._reader is not None:
            return self._reader.is_reusable()
        head = self._answer_head
        return head is not None and head.is_keep_alive and self._is_answer_done and not self._has_excess
