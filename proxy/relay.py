"""One exchange on its way: the request to the upstream, the answer back, both copied as they pass.

    client ──request_data──► Upload ──────────► upstream connection
    client ◄── write ─────── Relay(Upload) ◄──answer_data── upstream connection

The rules. A client that leaves ends the upstream's work; an upstream that breaks off leaves the client an incomplete
answer, never a clean end. Only a GET, HEAD or OPTIONS without a body, whose *reused* connection ended before any byte
of an answer, is sent once more (RFC 9110, section 9.2.2). The request's half stands in `proxy/upload.py`.
"""

from math import inf
from typing import Final

from proxy.answer import KEPT_HEAD_BYTES, SWITCHING_PROTOCOLS, AnswerReader, PreparedAnswer
from proxy.capture import encode_whole
from proxy.framing import BodyKind, FramingError, ResponseHead
from proxy.headers import forwarded_response, keeps_client_open
from proxy.sockets import unread_bytes
from proxy.tee import Tee
from proxy.tunnel import Tunnel
from proxy.upload import Upload
from proxy.upstream import UpstreamConnection
from scorer.wire import End

# Members of an enum are looked up through its metaclass: three times the cost of a name of this module.
_COMPLETE: Final = End.COMPLETE
_LENGTH: Final = BodyKind.LENGTH
_REPEATABLE: Final = (b"GET", b"HEAD", b"OPTIONS")


class Relay(Upload):
    """One exchange; lives from a request's head to the end of both bodies."""

    __slots__ = ()

    # from the client

    def client_eof(self) -> bool:
        """The client closed its side: it has gone, since nobody half-closes HTTP and stays."""
        self.client_lost()
        return False

    def pause_answer(self) -> None:
        """The client takes no more for now."""
        if self._connection is not None:
            self._connection.pause_reading()
            self._set_deadline()

    def resume_answer(self) -> None:
        """It takes more again."""
        if self._connection is not None:
            self._connection.resume_reading()
            self._set_deadline()

    # from the upstream

    def answer_data(self, data: bytes) -> None:
        """Pass on what the upstream sent."""
        if self._way is not None:
            self._close_way()
        if self._answer_head is None:
            known = self._connection.known if self._connection is not None else None
            if known is not None and len(data) == known.whole_bytes and self._passes_whole(known, data):
                self._pass_whole(known, data)
            else:
                self._read_heads(data)
        elif self._reader is None:
            self._has_excess = True
        else:
            self._pass_piece(self._reader, self._answer_head, data)

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

    # inside

    def _open_way(self) -> None:
        """Let chunks that are tokens pass by themselves, if the next byte begins one."""
        chunks, connection, capture = self._chunks, self._connection, self._capture
        if chunks is not None and connection is not None and chunks.is_between_chunks:
            self._way = copy = capture.response if capture is not None else Tee(0)
            connection.open_way(self._client.send, *copy.open_tail())

    def _pass_piece(self, reader: AnswerReader, head: ResponseHead, data: bytes) -> None:
        try:
            passed = reader.read_body(data)
        except FramingError:
            self._cut(End.UPSTREAM_RESET)
            return
        self._pass_body(passed)
        self._is_answer_done = reader.is_done
        if not self._is_answer_done:
            self._set_deadline()
            self._open_way()
        elif self._is_request_done or not head.is_keep_alive:
            self._finish()

    def _passes_whole(self, answer: PreparedAnswer, data: bytes) -> bool:
        """Say whether this is a whole answer with an equal head, and nobody wants more than that it passes."""
        prepared, gateway = self._prepared, self._gateway
        return (
            prepared.is_ordinary
            and self._is_request_done
            and self._reader is None
            and answer.method == prepared.head.method
            and data.startswith(answer.raw)
            and not gateway.is_stopping
            and (
                not self._is_copied
                or (
                    self._capture is None
                    and answer.facts.is_whole
                    and answer.whole_bytes <= gateway.options.capture_limit_bytes
                )
            )
        )

    def _pass_whole(self, answer: PreparedAnswer, data: bytes) -> None:
        """Pass on a whole answer, then ship the copy, and be as new.

        Most exchanges end here. It does what `_read_heads`, `_finish` and `_end` do, at a third of their cost.
        """
        gateway, prepared, connection = self._gateway, self._prepared, self._connection
        assert connection is not None
        counters, clock_ns = gateway.counters, gateway.ids.clock_ns
        came_ns = clock_ns()
        body = data[len(answer.raw) :]
        self._connection = None
        self._was_sent = False
        prepared.upstream.release(connection)
        self._client.send(data if answer.is_same else answer.kept_open + body)
        counters.count_exchange(answer.head.status, self._overhead_ns + clock_ns() - came_ns)
        counters.open_exchanges -= 1
        counters.bytes_response += len(body)
        if self._is_copied:
            times_us = self._began_ns // 1000, came_ns // 1000
            gateway.ship(encode_whole(self._id, prepared.facts(), answer.facts, times_us, self._body, body))
        self._client.served()

    def _after_piece(self) -> None:
        if self._is_request_done and self._is_answer_done:
            self._finish()
        else:
            self._set_deadline()

    def _read_heads(self, data: bytes) -> None:
        came_ns = self._gateway.ids.clock_ns()
        connection, reader = self._connection, self._reader
        answer = connection.known if connection is not None and reader is None else None
        try:
            # An equal head to a request of the same method is not read again.
            if answer is not None and data.startswith(answer.raw) and answer.method == self._prepared.head.method:
                rest = data[len(answer.raw) :]
            else:
                found = self._parse_heads(data)
                if found is None:
                    return
                answer, rest = found
            head = answer.head
            if head.status == SWITCHING_PROTOCOLS:
                self._switch(answer, rest)
                return
            if head.length == len(rest) and head.body <= _LENGTH:
                self._reader, self._is_answer_done = None, True
            else:
                self._reader = reader = self._reader or self._make_reader()
                rest = reader.begin_body(head, rest)
                self._is_answer_done = reader.is_done
                if self._is_request_done:
                    self._chunks = reader.chunks
        except FramingError as error:
            self._fail(502, f"The upstream's answer is not valid HTTP and was not passed on: {error}.")
            return
        self._answer_head = head
        self._begin_answer(answer, rest, came_ns)
        overhead_ns = self._overhead_ns + self._gateway.ids.clock_ns() - came_ns
        self._gateway.counters.count_exchange(head.status, overhead_ns)
        if not self._is_answer_done:
            self._set_deadline()
            self._open_way()
        elif self._is_request_done or not head.is_keep_alive:
            self._finish()

    def _parse_heads(self, data: bytes) -> tuple[PreparedAnswer, bytes] | None:
        self._reader = reader = self._reader or self._make_reader()
        interim, head, rest = reader.read_heads(data)
        for early in interim:
            if self._prepared.head.minor:  # HTTP/1.0 knows no interim answers
                self._client.write(forwarded_response(early, keeps_alive=True, client_minor=1))
        if head is None:
            return None
        answer = PreparedAnswer(reader.raw_head, head, self._prepared.head.method, self._gateway.rules)
        if self._connection is not None and head.status >= 200 and len(reader.raw_head) <= KEPT_HEAD_BYTES:
            self._connection.known = self._prepared.upstream.known = answer
        return answer, rest

    def _make_reader(self) -> AnswerReader:
        return AnswerReader(self._prepared.head, is_upgrade_asked=self._prepared.asks_upgrade)

    def _begin_answer(self, answer: PreparedAnswer, passed: bytes, came_ns: int) -> None:
        gateway, request, head = self._gateway, self._prepared.head, answer.head
        reads_on = (self._is_request_done or head.is_keep_alive) and not gateway.is_stopping
        self._keeps_client = keeps = reads_on and keeps_client_open(request, head)
        if keeps and request.minor:
            block = answer.kept_open
        else:
            block = forwarded_response(head, keeps_alive=keeps, client_minor=request.minor)
        # The client first: its copy costs as much again.
        self._client.write(block + self._content_of(passed))
        self._open_capture()
        if self._capture is not None:
            self._capture.answer(answer.facts, came_ns // 1000)
        self._copy(passed)

    def _pass_body(self, passed: bytes) -> None:
        """Send the client a piece of the body, and copy it."""
        content = self._content_of(passed)
        if content:
            self._client.write(content)
        self._copy(passed)

    def _content_of(self, passed: bytes) -> bytes:
        """Return what the client is sent for a piece of the body."""
        reader = self._reader
        return reader.take_content(passed) if passed and reader is not None and reader.wants_content else passed

    def _copy(self, passed: bytes) -> None:
        if self._capture is not None:
            self._capture.response.write(passed)
        self._gateway.counters.bytes_response += len(passed)

    def _switch(self, answer: PreparedAnswer, rest: bytes) -> None:
        connection, gateway = self._connection, self._gateway
        assert connection is not None
        self._is_over = True
        self._connection = None
        gateway.counters.count_exchange(SWITCHING_PROTOCOLS, self._overhead_ns)
        self._open_capture()
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.answer(answer.facts, gateway.ids.now_us())
        self._client.deadline = inf
        tunnel = Tunnel(self._client, connection, gateway, gateway.begin_segments(capture))
        self._client.write(answer.kept_open)
        if rest:
            tunnel.answer_data(rest)
        self._client.switch(tunnel)

    def _upstream_ended(self, error: Exception | None) -> None:
        connection, reader = self._connection, self._reader
        if self._is_over or connection is None:
            return
        if self._answer_head is not None:
            body = reader.body if reader is not None else None
            if self._is_answer_done or (body is not None and body.ends_with_connection(error)):
                self._is_answer_done = True
                self._finish()
            else:
                self._cut(End.UPSTREAM_RESET)
        elif self._may_repeat(connection):
            self._was_repeated, self._was_sent = True, False
            connection.owner = None
            self._connection = None
            self._prepared.upstream.connect(self)
        else:
            where = "in the middle of its answer's head" if reader is not None else "without an answer"
            self._fail(502, f"The upstream closed the connection {where}; look into its log, then try again.")

    def _may_repeat(self, connection: UpstreamConnection) -> bool:
        head = self._prepared.head
        is_untouched = connection.is_reused and not self._was_repeated and self._reader is None
        return is_untouched and head.method in _REPEATABLE and head.body is BodyKind.NONE

    def _refuse_body(self, error: FramingError) -> None:
        if self._answer_head is None:
            self._fail(error.status, f"The request's body is malformed: {error}.")
        else:
            self._cut(End.CLIENT_GONE)
