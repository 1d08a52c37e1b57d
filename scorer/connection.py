"""One connection that left HTTP: from its segments to the turns of a conversation. Pure.

    segment ──► Connection ──► turns, as exchanges of kind WEBSOCKET_TURN
                   │  ▲
                   ▼  │ encoded, bounded: what another process goes on from (kind CONNECTION)

What comes out follows from the segments alone, in whatever places they were cut and whoever reads them, so a segment
that is read again gives the same turns under the same names. A turn is told when the client speaks again, when nothing
has passed for a while, and at the end; told in a silence, it is told again if more of its answer comes. What cannot be
read, or misses a segment, tells nothing more: never a turn that was not said so.
"""

from dataclasses import dataclass, replace
from typing import Final

from pydantic import ValidationError

from scorer import wire
from scorer.formats.base import UnreadableError, headers_of
from scorer.formats.websocket import (
    NEW_CONVERSATION,
    ConversationDecoder,
    ConversationState,
    Turn,
    compression_of,
    is_websocket,
    may_be_chat,
)
from scorer.model import CaptureOutcome
from scorer.wire import Direction, End, ExchangeKind, Flag

TURNS_LIMIT: Final = 1000
"""Turns of one connection that are read: no chat has so many within the cap of its copy, and a game soon has."""
_SILENCE_US: Final = int(wire.SILENCE_SECONDS * 1_000_000)


@dataclass(frozen=True, slots=True)
class Loss:
    """Why nothing more of a connection is read."""

    outcome: CaptureOutcome
    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """What a segment brought."""

    turns: tuple[wire.Exchange, ...] = ()
    passed_over: int = 0
    """Turns that no format could read, by their look: binary on either side, or another protocol's words."""
    loss: Loss | None = None
    """Told once of a connection."""
    is_over: bool = False
    """Nothing follows: the connection may be forgotten."""


class Connection:
    """What is known between two segments."""

    def __init__(self, head: wire.Exchange, conversation: ConversationState | None) -> None:
        """`head`: of kind CONNECTION; `conversation`: None where nothing of it is read."""
        self._head = head
        self._conversation = conversation

    @classmethod
    def begin(cls, segment: wire.Exchange) -> "Connection":
        """Return the connection whose first segment this is; `advance` then takes it."""
        is_read = not segment.segment and is_websocket(headers_of(segment.response_head))
        head = replace(
            segment, kind=ExchangeKind.CONNECTION, end=End.OPEN, segment=0, request_body=b"",
            request_body_bytes=0, response_body_bytes=0,
        )  # fmt: skip
        return cls(head, NEW_CONVERSATION if is_read else None)

    @classmethod
    def restore(cls, kept: wire.Exchange) -> "Connection":
        """Return the connection that was kept. Raises UnreadableError when it is not of this version."""
        try:
            state = ConversationState.model_validate_json(kept.request_body) if kept.request_body else None
        except ValidationError:
            raise UnreadableError("what was kept of a connection is not of this version") from None
        return cls(replace(kept, request_body=b""), state)

    def kept(self) -> bytes:
        """Return what another process goes on from, encoded: the open turn, and what its bytes refer to."""
        state = b"" if self._conversation is None else self._conversation.model_dump_json().encode()
        return wire.encode_exchange(replace(self._head, request_body=state))

    @property
    def id(self) -> bytes:
        """The connection's own exchange id."""
        return self._head.id

    @property
    def started_us(self) -> int:
        """When its handshake began, microseconds since the epoch."""
        return self._head.started_us

    @property
    def heard_us(self) -> int:
        """When the last segment was cut, microseconds since the epoch."""
        return self._head.ended_us

    def has_taken(self, segment: wire.Exchange) -> bool:
        """Say whether the segment was read before."""
        return segment.segment < self._head.segment

    def size_bytes(self) -> int:
        """Return about how much memory it takes."""
        return 1024 + (0 if self._conversation is None else self._conversation.size_bytes())

    def advance(self, segment: wire.Exchange, limit_bytes: int) -> Step:
        """Take the next segment. `limit_bytes`: of each side's messages together, decompressed."""
        if self.has_taken(segment):
            return Step()
        is_first_known, is_next = not self._head.segment, segment.segment == self._head.segment
        self._head = replace(self._head, segment=segment.segment + 1, ended_us=segment.ended_us)
        is_over = segment.end in wire.LAST_SEGMENTS
        if not is_next:
            is_news = is_first_known or self._conversation is not None
            if not is_news:
                return Step(is_over=is_over)
            return self.give_up("a segment of the connection was dropped", is_over=is_over)
        if self._conversation is None:
            return Step(is_over=is_over)
        turns: list[Turn] = []
        try:
            self._read(segment, limit_bytes, turns)
        except (UnreadableError, wire.WireError) as error:
            loss = self.give_up(str(error)).loss
            return self._step(turns, End.OPEN, loss, is_over=is_over)
        if turns and turns[-1].number >= TURNS_LIMIT:
            loss = self.give_up(f"a connection has more than {TURNS_LIMIT} turns", CaptureOutcome.NOT_CHAT).loss
            turns = [turn for turn in turns if turn.number < TURNS_LIMIT]
            return self._step(turns, End.OPEN, loss, is_over=is_over)
        return self._step(turns, segment.end, is_over=is_over)

    def end(self) -> Step:
        """No segment comes any more, and none said so: tell what was answered, as cut."""
        if self._conversation is None:
            return Step(is_over=True)
        turns = self._decoder(0).finish(is_whole=False)
        return self._step(turns, End.UPSTREAM_RESET, is_over=True)

    def give_up(
        self, reason: str, outcome: CaptureOutcome = CaptureOutcome.UNREADABLE, *, is_over: bool = False
    ) -> Step:
        """Read nothing more of it."""
        self._conversation = None
        return Step(loss=Loss(outcome, reason), is_over=is_over)

    def _decoder(self, limit_bytes: int) -> ConversationDecoder:
        assert self._conversation is not None
        compression = compression_of(headers_of(self._head.response_head))
        return ConversationDecoder(limit_bytes, compression, self._conversation)

    def _read(self, segment: wire.Exchange, limit_bytes: int, turns: list[Turn]) -> None:
        """Add the turns that the segment ends; those before a fault count."""
        decoder = self._decoder(limit_bytes)
        for piece in wire.decode_pieces(segment.request_body):
            turns += decoder.feed([piece], segment.ended_us)
        if segment.end in wire.LAST_SEGMENTS:
            turns += decoder.finish(is_whole=segment.end is End.COMPLETE)
        elif segment.end is End.SILENT or segment.ended_us - decoder.answered_at >= _SILENCE_US:
            # Bytes came, and no message for as long: pings that keep an idle connection open.
            turns += decoder.pause()
        self._conversation = decoder.state()

    def _step(self, turns: list[Turn], end: End, loss: Loss | None = None, *, is_over: bool = False) -> Step:
        """Return what to do with the turns; `end` is how the last of them ended, if the connection has."""
        last = len(turns) - 1
        ended = [(turn, end if place == last else End.OPEN) for place, turn in enumerate(turns) if may_be_chat(turn)]
        told = tuple(self._exchange(turn, its_end) for turn, its_end in ended)
        return Step(told, len(turns) - len(told), loss, is_over=is_over)

    def _exchange(self, turn: Turn, end: End) -> wire.Exchange:
        pieces = [(Direction.CLIENT, message) for message in turn.asked]
        pieces += [(Direction.UPSTREAM, message) for message in turn.answered]
        return replace(
            self._head,
            kind=ExchangeKind.WEBSOCKET_TURN,
            end=End.COMPLETE if turn.is_whole else end,
            flags=self._head.flags if turn.is_whole else self._head.flags | Flag.RESPONSE_TRUNCATED,
            segment=turn.number,
            started_us=0,  # segments are cut by the second: how long an answer took is not known so exactly
            first_byte_us=0,
            ended_us=turn.answered_at,
            request_body_bytes=sum(map(len, turn.asked)),
            response_body_bytes=sum(map(len, turn.answered)),
            request_body=b"".join(wire.encode_piece(direction, message) for direction, message in pieces),
        )
