"""The stream of frames between proxy and engine."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer import frames
from scorer.frames import FrameKind, FrameReader
from scorer.wire import PROTOCOL_VERSION, WireError

sent_frames = st.lists(
    st.tuples(st.sampled_from(FrameKind), st.integers(0, 2**64 - 1), st.binary(max_size=40)), max_size=6
)


@given(st.lists(st.binary(max_size=30), max_size=6))
def test_batch_survives_its_bytes(encoded: list[bytes]) -> None:
    assert frames.decode_batch(frames.encode_batch(encoded)) == encoded


@given(st.lists(st.binary(max_size=30), max_size=6), st.data())
def test_batch_cut_anywhere_is_refused(encoded: list[bytes], data: st.DataObject) -> None:
    payload = frames.encode_batch(encoded)
    place = data.draw(st.integers(0, len(payload) - 1))

    with pytest.raises(WireError):
        frames.decode_batch(payload[:place])


def test_batch_with_bytes_behind_it_is_refused() -> None:
    with pytest.raises(WireError):
        frames.decode_batch(frames.encode_batch([b"a"]) + b"b")


@given(st.text(max_size=20).filter(lambda text: text.isascii()))
def test_hello_survives_its_bytes(build: str) -> None:
    read = FrameReader().feed(frames.encode_hello(build))

    assert [(kind, sequence) for kind, sequence, _ in read] == [(FrameKind.HELLO, 0)]
    assert frames.decode_hello(read[0][2]) == (PROTOCOL_VERSION, build)


@pytest.mark.parametrize("payload", [b"", b"ENDR", b"ENDR\x00", b"HTTP\x00\x01x"])
def test_hello_that_is_short_or_not_ours_is_refused(payload: bytes) -> None:
    with pytest.raises(WireError):
        frames.decode_hello(payload)


@given(sent_frames, st.lists(st.integers(0, 400)))
def test_frames_are_read_wherever_the_stream_is_cut(sent: list[tuple[FrameKind, int, bytes]], cuts: list[int]) -> None:
    stream = b"".join(frames.encode_frame(*frame) for frame in sent)
    edges = sorted({0, len(stream), *(place for place in cuts if place < len(stream))})
    reader = FrameReader()

    received = []
    for start, end in pairwise(edges):
        received += reader.feed(stream[start:end])

    assert received == sent


@pytest.mark.parametrize("length", [0, 8, frames.FRAME_LIMIT_BYTES + 1, 2**32 - 1])
def test_frame_of_an_impossible_length_is_refused_at_its_head(length: int) -> None:
    with pytest.raises(WireError):
        FrameReader().feed(length.to_bytes(4) + bytes(9))


def test_frame_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(WireError):
        FrameReader().feed((9).to_bytes(4) + b"\xff" + bytes(8))


def test_batch_frame_is_the_frame_of_the_batch() -> None:
    exchanges = [b"one", b"", b"three"]

    frame = frames.encode_batch_frame(7, exchanges, sum(len(data) + 4 for data in exchanges))

    assert frame == frames.encode_frame(FrameKind.BATCH, 7, frames.encode_batch(exchanges))
