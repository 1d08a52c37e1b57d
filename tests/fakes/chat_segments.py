"""Segments of a WebSocket chat as the proxy cuts them, for the tests of those who read them."""

from collections.abc import Sequence

from websockets.frames import Opcode

from scorer import wire
from scorer.formats.websocket import Compression
from scorer.wire import Direction, End, encode_piece
from tests.fakes.copies import STARTED_US, wire_exchange
from tests.fakes.websocket_peer import PLAIN, Peer

CLIENT, UPSTREAM = Direction.CLIENT, Direction.UPSTREAM
ID = bytes.fromhex("0192f3c47a10700080000000000000ab")
ID_TEXT = "0192f3c4-7a10-7000-8000-0000000000ab"
Piece = tuple[Direction, bytes]


def make_segment(
    number: int,
    pieces: Sequence[Piece] = (),
    end: End = End.OPEN,
    *,
    at_seconds: float | None = None,
    **changes: object,
) -> wire.Exchange:
    """One segment; `at_seconds`: when it was cut, after the handshake, by default a second for each number."""
    head = b"Upgrade: websocket\r\n" if not number else b""
    given: dict[str, object] = {
        "id": ID,
        "kind": wire.ExchangeKind.WEBSOCKET_SEGMENT,
        "segment": number,
        "end": end,
        "status": 101,
        "method": b"GET" if not number else b"",
        "target": b"/chat" if not number else b"",
        "request_head": b"Host: bot.example\r\nUpgrade: websocket\r\n" if not number else b"",
        "response_head": head,
        "request_body": b"".join(encode_piece(direction, data) for direction, data in pieces),
        "response_body": b"",
        "ended_us": STARTED_US + int((number + 1 if at_seconds is None else at_seconds) * 1_000_000),
    }
    return wire_exchange(**given | changes)


class Chat:
    """A conversation as it passes: what each side says, with all that its frames depend on."""

    def __init__(self, compression: Compression = PLAIN) -> None:
        self._client = Peer(is_client=True, compression=compression)
        self._server = Peer(is_client=False, compression=compression)

    def asks(self, text: str) -> Piece:
        return CLIENT, self._client.frame(text.encode())

    def answers(self, text: str) -> Piece:
        return UPSTREAM, self._server.frame(text.encode())

    def pings(self) -> Piece:
        return UPSTREAM, self._server.frame(b"", Opcode.PING)

    def closes(self) -> Piece:
        return UPSTREAM, self._server.frame(b"", Opcode.CLOSE)


def extensions_of(compression: Compression) -> bytes:
    """The line of the handshake's answer that agrees on the compression, after the others."""
    if not compression.is_on:
        return b"Upgrade: websocket\r\n"
    words = [b"permessage-deflate"]
    words += [] if compression.keeps_client_context else [b"client_no_context_takeover"]
    words += [] if compression.keeps_server_context else [b"server_no_context_takeover"]
    return b"Upgrade: WebSocket\r\nSec-WebSocket-Extensions: " + b"; ".join(words) + b"\r\n"


def said_in(turn: wire.Exchange) -> tuple[list[str], str]:
    """What a turn's client asked, and what it was answered, joined."""
    pieces = wire.decode_pieces(turn.request_body)
    return (
        [data.decode() for direction, data in pieces if direction is CLIENT],
        "".join(data.decode() for direction, data in pieces if direction is UPSTREAM),
    )
