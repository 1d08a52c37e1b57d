"""A WebSocket's bytes of both directions: turns of a conversation made of each side's messages. Pure, incremental,
bounded.

The frames are read by `websocket_frames.py`; the bytes begin after the handshake. A turn is what the client says, then
what the server says until the client speaks again. Between two pieces everything that is known is a
`ConversationState`. What breaks the protocol, inflates beyond the limit, or comes in more pieces than any chat has,
raises `UnreadableError`.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import ConfigDict

from scorer.formats.base import HttpCopy, UnreadableError
from scorer.formats.websocket_frames import NEW_SIDE, MessageDecoder, SideState
from scorer.model import Value
from scorer.wire import Direction, Exchange, Flag, decode_pieces

MESSAGES_LIMIT: Final = 100_000
"""Messages of one connection, both sides; an answer of 10,000 tokens has about as many."""

ASKED_LIMIT: Final = 16
"""Messages of the client that are looked at, the last ones: what they were answered is read for each of them."""

_EXTENSION: Final = "permessage-deflate"
_BINARY: Final = "application/octet-stream"
_OPENING: Final = "¿¡\"'“‘«("
_ASKING: Final = ("?", "？", "؟")


@dataclass(frozen=True, slots=True)
class Compression:
    """What the handshake agreed on; a window needs no size here, since the largest reads all."""

    is_on: bool = False
    keeps_client_context: bool = True
    keeps_server_context: bool = True


def is_websocket(headers: Iterable[tuple[str, str]]) -> bool:
    """Say whether the handshake's answer switches to the WebSocket protocol; names are in lower case."""
    return any(name == "upgrade" and value.strip().lower() == "websocket" for name, value in headers)


def compression_of(headers: Iterable[tuple[str, str]]) -> Compression:
    """Return what the handshake's answer says under `sec-websocket-extensions`; names are in lower case."""
    values = (value for name, value in headers if name == "sec-websocket-extensions")
    for offer in (part for value in values for part in value.split(",")):
        name, *parameters = (word.strip().lower() for word in offer.split(";"))
        if name == _EXTENSION:
            return Compression(
                is_on=True,
                keeps_client_context="client_no_context_takeover" not in parameters,
                keeps_server_context="server_no_context_takeover" not in parameters,
            )
    return Compression()


@dataclass(frozen=True, slots=True)
class Turn:
    """What the client said, and what the server said to it, in order."""

    number: int
    """Counts from 0 within the connection; with the exchange's id it names the turn: `<exchange>.<number>`."""
    asked: tuple[bytes, ...]
    answered: tuple[bytes, ...]
    is_whole: bool
    """False for the last turn of a connection that broke off or whose copy ended."""
    asked_at: int = 0
    """When the first message came, as `feed` was told."""
    answered_at: int = 0
    """When the last one came."""


class ConversationState(Value):
    """What is known of a connection between two pieces; as JSON, its bytes are in base64."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    client: SideState = NEW_SIDE
    upstream: SideState = NEW_SIDE
    asked: tuple[bytes, ...] = ()
    """Of the turn that is open."""
    answered: tuple[bytes, ...] = ()
    asked_at: int = 0
    answered_at: int = 0
    told: int = 0
    """How many of its answer's messages were handed out already."""
    turns: int = 0
    """Turns that have ended."""
    messages: int = 0

    def size_bytes(self) -> int:
        """Return about how much memory it takes."""
        return self.client.size_bytes() + self.upstream.size_bytes() + sum(map(len, self.asked + self.answered))


NEW_CONVERSATION: Final = ConversationState()


class ConversationDecoder:
    """One connection's decoder."""

    def __init__(self, limit_bytes: int, compression: Compression, state: ConversationState = NEW_CONVERSATION) -> None:
        """`limit_bytes`: of each side's messages together, decompressed. `state`: where an earlier one stopped."""
        self._sides = {
            Direction.CLIENT: MessageDecoder(
                limit_bytes,
                is_compressed=compression.is_on,
                keeps_context=compression.keeps_client_context,
                state=state.client,
            ),
            Direction.UPSTREAM: MessageDecoder(
                limit_bytes,
                is_compressed=compression.is_on,
                keeps_context=compression.keeps_server_context,
                state=state.upstream,
            ),
        }
        self._asked = list(state.asked)
        self._answered = list(state.answered)
        self._asked_at = state.asked_at
        self._answered_at = state.answered_at
        self._told = state.told
        self._turns = state.turns
        self._messages = state.messages

    def state(self) -> ConversationState:
        """Return what another decoder goes on from."""
        return ConversationState(
            client=self._sides[Direction.CLIENT].state(),
            upstream=self._sides[Direction.UPSTREAM].state(),
            asked=tuple(self._asked),
            answered=tuple(self._answered),
            asked_at=self._asked_at,
            answered_at=self._answered_at,
            told=self._told,
            turns=self._turns,
            messages=self._messages,
        )

    def feed(self, pieces: Iterable[tuple[Direction, bytes]], at: int = 0) -> list[Turn]:
        """Take the next pieces in their order, return the turns that they end. Raises UnreadableError.

        `at`: when they came, in whatever unit the caller counts.
        """
        turns: list[Turn] = []
        for direction, data in pieces:
            for message in self._sides[direction].feed(data):
                self._messages += 1
                if self._messages > MESSAGES_LIMIT:
                    raise UnreadableError(f"a connection has more than {MESSAGES_LIMIT} messages")
                turns += self._take(direction, message, at)
        return turns

    def pause(self) -> list[Turn]:
        """Nobody has spoken for a while: return the open turn, which stays open, if more was answered than was told."""
        return self._tell(is_whole=True) if self._is_between_messages() else []

    def finish(self, *, is_whole: bool) -> list[Turn]:
        """Return the last turn, if more was answered than was told.

        `is_whole`: the connection came to an orderly end; a server that closed in the protocol's own words did anyway.
        """
        has_closed = self._sides[Direction.UPSTREAM].state().is_closed
        return self._tell(is_whole=has_closed or (is_whole and self._is_between_messages()))

    @property
    def answered_at(self) -> int:
        """When the open turn was last answered; 0 while it is not."""
        return self._answered_at

    def _is_between_messages(self) -> bool:
        return all(side.state().is_between_messages() for side in self._sides.values())

    def _take(self, direction: Direction, message: bytes, at: int) -> list[Turn]:
        if direction is Direction.UPSTREAM:
            if self._asked:  # a greeting answers nobody
                self._answered.append(message)
                self._answered_at = at
            return []
        turns = self._tell(is_whole=True)
        if self._answered:
            self._turns += 1
            self._asked, self._answered, self._answered_at, self._told = [], [], 0, 0
        if not self._asked:
            self._asked_at = at
        self._asked.append(message)
        return turns

    def _tell(self, *, is_whole: bool) -> list[Turn]:
        if len(self._answered) == self._told:
            return []
        self._told = len(self._answered)
        asked, answered = tuple(self._asked), tuple(self._answered)
        return [Turn(self._turns, asked, answered, is_whole, self._asked_at, self._answered_at)]


def turn_of(copied: Exchange) -> Turn:
    """Return the turn that an exchange of kind WEBSOCKET_TURN holds. Raises WireError."""
    pieces = decode_pieces(copied.request_body)
    return Turn(
        number=copied.segment,
        asked=tuple(message for direction, message in pieces if direction is Direction.CLIENT),
        answered=tuple(message for direction, message in pieces if direction is Direction.UPSTREAM),
        is_whole=Flag.RESPONSE_TRUNCATED not in copied.flags,
    )


def may_be_chat(turn: Turn) -> bool:
    """Say whether a turn is worth reading: somebody may have asked in JSON or words, and JSON or text came back."""
    if not any(_is_json(message) or _question(message) for message in turn.asked[-ASKED_LIMIT:]):
        return False
    return _answers(turn.answered)[0][0] != _BINARY


def turn_copies(turn: Turn, path: str, query_string: str = "") -> Iterator[HttpCopy]:
    """Yield the turn as the formats read an exchange: copies for each message that may have asked, the last first.

    What the server said becomes a stream: of events where it is JSON, else of plain text; a single message of JSON is
    taken for a whole answer first. A question in plain words becomes the `message` of a JSON body.
    """
    answers = _answers(turn.answered)
    for message in reversed(turn.asked[-ASKED_LIMIT:]):
        question = message if _is_json(message) else _question(message)
        for media_type, answer in answers:
            yield HttpCopy(
                method="POST",
                path=path,
                query_string=query_string,
                request_headers=(("content-type", "application/json" if question else _BINARY),),
                response_headers=(("content-type", media_type),),
                request_body=question or message,
                response_body=answer,
                status=200,
                is_request_whole=True,
                is_response_whole=turn.is_whole,
            )


def _is_json(message: bytes) -> bool:
    return message.lstrip().startswith((b"{", b"["))


def _question(message: bytes) -> bytes | None:
    """Return words as a JSON body that asks them; None for what is no text of a person: a protocol's, or binary."""
    try:
        text = message.decode()
    except UnicodeDecodeError:
        return None
    return json.dumps({"message": text}).encode() if _is_words(text.strip()) else None


def _is_words(text: str) -> bool:
    """Say whether a person wrote it, and no other protocol inside (Socket.IO's `42[…]`, STOMP, a `ping`)."""
    if not text.lstrip(_OPENING)[:1].isalpha() or not text.replace("\n", " ").replace("\r", " ").isprintable():
        return False
    return " " in text or text.endswith(_ASKING) or not text.isascii()


def _answers(messages: Sequence[bytes]) -> list[tuple[str, bytes]]:
    """Return the media types and bodies that an answer's messages may stand for, the likeliest first."""
    if any(map(_is_json, messages)):
        # Line ends inside JSON stand between its values: none is lost when they become spaces.
        lines = (message.replace(b"\r", b" ").replace(b"\n", b" ") for message in messages)
        stream = "text/event-stream", b"".join(b"data: " + line + b"\n\n" for line in lines)
        return [("application/json", messages[0]), stream] if len(messages) == 1 else [stream]
    text = b"".join(messages)
    try:
        text.decode()
    except UnicodeDecodeError:
        return [(_BINARY, text)]
    return [("text/plain; charset=utf-8", text)]
