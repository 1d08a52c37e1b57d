"""What fuzzing asks of each decoder: any bytes end in values or in `UnreadableError`, however they are cut.

Each target takes bytes and raises AssertionError, or whatever the decoder raised, when that does not hold. The first
byte of an input chooses what the target needs beside the bytes, so that the fuzzer finds that choice too.
"""

import struct
from collections.abc import Callable, Iterable
from typing import Any
from zlib import crc32

import orjson

from config.settings import ServiceSettings
from scorer import wire
from scorer.connection import Connection
from scorer.formats.aws_event_stream import EventStreamDecoder
from scorer.formats.base import Extract, UnreadableError
from scorer.formats.json_body import read_cut_list, read_json
from scorer.formats.json_paths import compile_path
from scorer.formats.multipart import MultipartDecoder, boundary_of, parameters
from scorer.formats.ndjson import JsonLinesDecoder
from scorer.formats.registry import FORMATS, read_copy
from scorer.formats.sse import EventDecoder
from scorer.formats.transfer import BodyDecoder
from scorer.formats.websocket import Compression, ConversationDecoder, turn_copies
from scorer.formats.websocket_frames import MessageDecoder
from scorer.frames import FrameReader, decode_batch
from scorer.intake import Intake
from scorer.model import Exchange, Unscored
from scorer.policy import PolicyBook
from tests.fakes.chat_segments import Chat, extensions_of, make_segment
from tests.fakes.copies import TYPES, http_copy, load_samples
from tests.fakes.websocket_peer import COMPRESSIONS

LIMIT_BYTES = 64 * 1024
CODINGS = ("gzip", "deflate", "br", "zstd")
SAMPLES = load_samples()
INTAKE = Intake(PolicyBook(presets={}, services=(), default_service_id="default"), LIMIT_BYTES, guess=True)
BODY = {"a": [{"b": 1, "c": "x"}, {"b": [True, None]}], "é": {"a": "y"}}
UNREADABLE = "unreadable"


def event_stream(data: bytes) -> None:
    _same_in_pieces(EventDecoder, data)


def json_lines(data: bytes) -> None:
    _same_in_pieces(JsonLinesDecoder, data)


def aws_event_stream(data: bytes) -> None:
    _same_in_pieces(EventStreamDecoder, data)


def aws_headers(data: bytes) -> None:
    """Bytes as the headers of a message whose checksums are right, which no fuzzer would hit."""
    prelude = struct.pack("!II", 16 + len(data), len(data))
    message = prelude + crc32(prelude).to_bytes(4) + data
    _same_in_pieces(EventStreamDecoder, data[:1] + message + crc32(message).to_bytes(4))


def codings(data: bytes) -> None:
    named = CODINGS[data[0] % 4] if data else "gzip"
    chosen = [named, CODINGS[data[0] // 4 % 4]] if data and data[0] >= 128 else [named]
    output = _same_in_pieces(lambda: BodyDecoder(chosen, LIMIT_BYTES, is_chunked=False), data)
    assert len(output) <= LIMIT_BYTES


def chunks(data: bytes) -> None:
    output = _same_in_pieces(lambda: BodyDecoder([], LIMIT_BYTES, is_chunked=True), data)
    assert len(output) <= LIMIT_BYTES


def multipart(data: bytes) -> None:
    _same_in_pieces(lambda: MultipartDecoder(boundary_of(TYPES[".multipart"])), data)
    _readable(lambda: boundary_of(data.decode(errors="replace")))
    parameters(data.decode("latin-1"))


def websocket(data: bytes) -> None:
    is_compressed, keeps_context = bool(data and data[0] & 1), bool(data and data[0] & 2)
    output = _same_in_pieces(
        lambda: MessageDecoder(LIMIT_BYTES, is_compressed=is_compressed, keeps_context=keeps_context), data
    )
    assert sum(map(len, output)) <= LIMIT_BYTES


def websocket_turns(data: bytes) -> None:
    """Both sides' bytes, cut where a zero byte stands; each turn is read by guessing."""
    decoder = ConversationDecoder(LIMIT_BYTES, Compression(is_on=bool(data and data[0] & 1)))
    pieces = [(wire.Direction(place % 2), piece) for place, piece in enumerate(data[1:].split(b"\0"))]
    turns = _readable(lambda: [*decoder.feed(pieces), *decoder.finish(is_whole=True)])
    for turn in [] if turns is UNREADABLE else turns:
        for copy in turn_copies(turn, "/chat"):
            _check_read(copy, ServiceSettings(id="default"))


def websocket_segments(data: bytes) -> None:
    """A segment for each piece: who goes on from what was kept tells the same turns as who read them all."""
    is_compressed = bool(data and data[0] & 1)
    head = extensions_of(Compression(is_on=is_compressed))
    segments = [
        make_segment(number, [(wire.Direction(number % 2), piece)], response_head=head if not number else b"")
        for number, piece in enumerate(data[1:].split(b"\0"))
    ]
    steps = []
    for restores in (False, True):
        connection = Connection.begin(segments[0])
        steps.append([])
        for segment in segments:
            steps[-1].append(connection.advance(segment, LIMIT_BYTES))
            if restores:
                connection = Connection.restore(wire.decode_exchange(connection.kept()))
    assert steps[0] == steps[1]
    for turn in (turn for step in steps[0] for turn in step.turns):
        wire_exchange(wire.encode_exchange(turn))


def json_body(data: bytes) -> None:
    """What is read can be written again: no lone surrogate and no depth that a writer cannot take."""
    for read in (read_json, read_cut_list):
        value = _readable(lambda read=read: read(data))
        if value is not UNREADABLE:
            orjson.dumps(value)


def json_path(data: bytes) -> None:
    find = _readable(lambda: compile_path(data.decode(errors="replace")))
    if find is not UNREADABLE:
        _readable(lambda: find(BODY))


def copied_answer(data: bytes) -> None:
    """Bytes in the place of a sample's answer, read for that sample's service and by guessing."""
    sample = SAMPLES[data[0] % len(SAMPLES)] if data else SAMPLES[0]
    for service in (sample.service(), ServiceSettings(id="default")):
        _check_read(sample.copy(response_body=data[1:]), service)


def copied_request(data: bytes) -> None:
    sample = SAMPLES[data[0] % len(SAMPLES)] if data else SAMPLES[0]
    for service in (sample.service(), ServiceSettings(id="default")):
        _check_read(sample.copy(request_body=data[1:]), service)


def named_format(data: bytes) -> None:
    """Both bodies from the fuzzer, for a service that names one of the formats."""
    format_ = FORMATS[data[0] % len(FORMATS)] if data else FORMATS[0]
    request, _, answer = data[1:].partition(b"\0")
    copy = http_copy(path="/model/m:generateContent/converse", request_body=request, response_body=answer)
    _check_read(copy, ServiceSettings(id="default", format=format_.name))


def wire_exchange(data: bytes) -> None:
    result = INTAKE.read(data)
    assert isinstance(result, Unscored | Exchange)


def wire_frames(data: bytes) -> None:
    reader = FrameReader()
    try:
        for _, _, payload in reader.feed(data):
            decode_batch(payload)
    except wire.WireError:
        return


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        event_stream, json_lines, aws_event_stream, aws_headers, codings, chunks, multipart, websocket, websocket_turns,
        websocket_segments, json_body, json_path, copied_answer, copied_request, named_format, wire_exchange,
        wire_frames,
    )
}  # fmt: skip


def seeds(name: str) -> list[bytes]:
    """Return inputs to begin with: bodies and copies of the samples, behind their choosing byte."""
    if name == "wire_exchange":
        return [wire.encode_exchange(sample.wire_exchange()) for sample in SAMPLES]
    if name == "copied_request":
        return [bytes([place % 256]) + sample.request for place, sample in enumerate(SAMPLES)]
    if name.startswith("websocket"):
        return [bytes([place]) + chat for place, chat in enumerate(_chats())]
    if name == "json_path":
        return [b"$.a[0].b", b"$..c", b"$.a[?@.b == 1]", b"$['\xc3\xa9'][*]", b"$.a[0:2:1]"]
    if name == "multipart":
        return [b"\0" + sample.request for sample in SAMPLES if sample.request_type == TYPES[".multipart"]]
    return [bytes([place % 256]) + sample.response for place, sample in enumerate(SAMPLES)]


def _chats() -> list[bytes]:
    """Return conversations over a WebSocket, their pieces parted by a zero byte."""
    chats = []
    for compression in COMPRESSIONS[:2]:
        chat = Chat(compression)
        pieces = [chat.asks("Who may apply?"), chat.answers("Any "), chat.asks("Why?"), chat.pings(), chat.closes()]
        chats.append(b"\0".join(piece for _, piece in pieces))
    return chats


def _check_read(copy: Any, service: ServiceSettings) -> None:
    _, result = read_copy(copy, service, guess=True)
    assert not isinstance(result, Extract) or (result.query.strip() and result.response.strip())


def _readable(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except UnreadableError:
        return UNREADABLE


def _same_in_pieces(decoder: Callable[[], Any], data: bytes) -> Any:
    """Feed all bytes but the first at once and in pieces; return what came out, nothing where they are unreadable."""
    size, body = 1 + (data[0] % 61 if data else 0), data[1:]
    whole = _readable(lambda: _fed(decoder(), [body]))
    pieces = _readable(lambda: _fed(decoder(), (body[start : start + size] for start in range(0, len(body), size))))
    assert whole == pieces
    return [] if whole is UNREADABLE else whole


def _fed(decoder: Any, pieces: Iterable[bytes]) -> list[Any]:
    return [item for piece in pieces for item in decoder.feed(piece)]
