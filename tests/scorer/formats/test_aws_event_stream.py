"""Amazon's binary event stream, as the specification lays it out."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.formats.aws_event_stream import (
    MESSAGE_LIMIT_BYTES,
    MESSAGES_LIMIT,
    EventMessage,
    EventStreamDecoder,
    is_aws_event_stream,
    read_messages,
)
from scorer.formats.base import UnreadableError
from tests.fakes.aws_events import aws_event, header, message
from tests.fakes.copies import cut_anywhere, http_copy

# The two examples of the specification, section "Examples of encoded messages": an empty one, and one with a payload.
EMPTY = bytes.fromhex("00000010 00000000 05c248eb 7d98c8ff")
JSON_AND_HEADER = bytes.fromhex(
    "0000003d 00000020 07fd8396 0c 636f6e74656e742d74797065 07 0010 6170706c69636174696f6e2f6a736f6e"
    "7b27666f6f273a27626172277d 8d9c08b1"
)


def prelude(total: int, headers: int) -> bytes:
    lengths = struct.pack("!II", total, headers)
    return lengths + struct.pack("!I", zlib.crc32(lengths))


def test_examples_of_the_specification_are_read() -> None:
    stream = read_messages(EMPTY + JSON_AND_HEADER)

    assert stream.messages == [
        EventMessage({}, b""),
        EventMessage({"content-type": "application/json"}, b"{'foo':'bar'}"),
    ]
    assert not stream.is_cut


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (0, b""),
        (1, b""),
        (2, b"\x01"),
        (3, b"\x01\x02"),
        (4, b"\0" * 4),
        (5, b"\0" * 8),
        (6, b"\0\x03abc"),
        (8, b"\0" * 8),
        (9, b"\0" * 16),
    ],
)
def test_values_that_are_no_strings_are_passed_over(kind: int, value: bytes) -> None:
    headers = b"\x01x" + bytes([kind]) + value + header(":event-type", "chunk")

    assert read_messages(message(headers, b"p")).messages == [EventMessage({":event-type": "chunk"}, b"p")]


@pytest.mark.parametrize(
    "headers",
    [b"\x05ab", b"\x01x", b"\x01x\x07\0", b"\x01x\x07\0\x09ab", b"\x01x\x05\0", b"\x01x\x09\0\0"],
)
def test_header_that_ends_outside_is_damage(headers: bytes) -> None:
    with pytest.raises(UnreadableError, match="a header is longer"):
        read_messages(message(headers, b"p"))


def test_header_of_an_unknown_type_is_damage() -> None:
    with pytest.raises(UnreadableError, match="a header is longer"):
        read_messages(message(b"\x01x\x0b\xff\xff", b"p"))


def test_wrong_checksum_of_the_lengths_is_damage() -> None:
    with pytest.raises(UnreadableError, match="lengths does not fit"):
        read_messages(EMPTY[:8] + b"\0\0\0\0" + EMPTY[12:])


def test_wrong_checksum_of_a_message_is_damage() -> None:
    with pytest.raises(UnreadableError, match="a message's checksum does not fit"):
        read_messages(EMPTY[:12] + b"\0\0\0\0")


@pytest.mark.parametrize(("total", "headers"), [(15, 0), (20, 5), (MESSAGE_LIMIT_BYTES + 1, 0), (2**20, 2**18)])
def test_lengths_beyond_the_limits_are_refused_before_their_bytes_come(total: int, headers: int) -> None:
    with pytest.raises(UnreadableError, match=str(MESSAGE_LIMIT_BYTES)):
        read_messages(prelude(total, headers))


def test_too_many_messages_are_unreadable() -> None:
    assert len(read_messages(EMPTY * MESSAGES_LIMIT).messages) == MESSAGES_LIMIT
    with pytest.raises(UnreadableError, match=f"{MESSAGES_LIMIT} messages"):
        read_messages(EMPTY * (MESSAGES_LIMIT + 1))


def test_stream_is_told_by_its_media_type() -> None:
    headers = [("content-type", "application/vnd.amazon.eventstream")]

    assert is_aws_event_stream(http_copy(response_headers=headers))
    assert not is_aws_event_stream(http_copy())


MESSAGES = st.lists(st.builds(aws_event, st.text(max_size=8), st.dictionaries(st.text(max_size=3), st.integers())))


@given(MESSAGES, st.data())
def test_stream_fed_in_any_pieces_gives_the_same_messages(messages: list[bytes], data: st.DataObject) -> None:
    body = b"".join(messages)
    decoder = EventStreamDecoder()

    found = [one for piece in cut_anywhere(data, body) for one in decoder.feed(piece)]

    assert (found, len(found)) == (read_messages(body).messages, len(messages))
    assert decoder.is_between_messages()


@given(MESSAGES, st.data())
def test_cut_stream_gives_its_whole_messages(messages: list[bytes], data: st.DataObject) -> None:
    body = b"".join(messages)
    end = data.draw(st.integers(0, len(body)))

    cut = read_messages(body[:end])

    assert cut.messages == read_messages(body).messages[: len(cut.messages)]
    assert cut.is_cut is (end != sum(map(len, messages[: len(cut.messages)])))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_unreadable(body: bytes) -> None:
    try:
        stream = read_messages(body)
    except UnreadableError:
        return

    assert len(stream.messages) <= len(body) // 16


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), min_size=1, max_size=3))
def test_damaged_message_is_never_read_as_another(changes: list[tuple[int, int]]) -> None:
    body = bytearray(JSON_AND_HEADER)
    for place, value in changes:
        body[place] = value

    try:
        stream = read_messages(bytes(body))
    except UnreadableError:
        return

    assert stream.is_cut or bytes(body) == JSON_AND_HEADER
