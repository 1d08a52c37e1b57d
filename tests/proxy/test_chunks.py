"""The walk through a chunked body."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.chunks import ChunkWalker
from proxy.framing import FramingError
from tests.proxy.pieces import cut

contents = st.lists(st.binary(min_size=1, max_size=40), max_size=8)
extensions = st.sampled_from([b"", b";a", b" ; a=b", b';q="x"'])
trailers = st.sampled_from([b"", b"X: 1\r\n", b"X-A: 1\r\nx-b:\r\n"])


def feed_all(walker: ChunkWalker, pieces: list[bytes]) -> None:
    for piece in pieces:
        walker.feed(piece)


def encoded(pieces: list[bytes], extension: bytes, trailer: bytes) -> bytes:
    chunks = [b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces]
    return b"".join(chunks) + b"000" + extension + b"\r\n" + trailer + b"\r\n"


@given(contents, extensions, trailers, st.binary(max_size=10), st.lists(st.integers(0, 400)))
def test_body_passes_unchanged_wherever_it_is_cut(
    pieces: list[bytes], extension: bytes, trailer: bytes, after: bytes, cuts: list[int]
) -> None:
    data = encoded(pieces, extension, trailer)
    walker = ChunkWalker(wants_content=True)
    passed, rest = b"", b""

    for piece in cut(data + after, cuts):
        if walker.is_done:
            rest += piece
        else:
            forwarded, left = walker.feed(piece)
            passed, rest = passed + forwarded, rest + left

    assert walker.is_done
    assert (passed, rest) == (data, after)
    assert walker.content is not None
    assert b"".join(walker.content) == b"".join(pieces)


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n", b"x\r\n", b"-1\r\n", b"+1\r\n", b"0x1\r\n", b"1 \n", b"1\n", b"1\r\nab\r\n", b"1\r\na\n",
        b"1;\x00\r\n", b"1234567890abcdef\r\n", b"1_0\r\n", b" 1\r\n", b"0\r\nbad\r\n\r\n", b"0\r\nX: 1\n\n",
        b"0\r\n folded: 1\r\n\r\n", b"0\r\nX : 1\r\n\r\n", b"1;" + b"x" * 5000, b"0\r\nX: " + b"x" * 70_000,
    ],
)  # fmt: skip
@given(st.lists(st.integers(0, 20)))
def test_malformed_body_is_refused_wherever_it_is_cut(data: bytes, cuts: list[int]) -> None:
    walker = ChunkWalker()

    with pytest.raises(FramingError):
        feed_all(walker, cut(data, cuts))


def test_size_line_is_held_back_until_it_is_whole() -> None:
    walker = ChunkWalker()

    assert walker.feed(b"5;ext") == (b"", b"")
    assert walker.feed(b"\r\nab") == (b"5;ext\r\nab", b"")


def test_large_chunk_passes_without_a_copy() -> None:
    walker = ChunkWalker()
    walker.feed(b"100000\r\n")
    data = b"x" * 1000

    assert walker.feed(data)[0] is data


@given(st.lists(st.integers(0, 60)))
def test_our_own_trailers_are_removed_wherever_they_are_cut(cuts: list[int]) -> None:
    data = b"1\r\na\r\n0\r\nX-Endurance-A: 1\r\nKept: x-endurance-b\r\nx-endurance-c: 2\r\n\r\nafter"
    walker, passed, rest = ChunkWalker(), b"", b""

    for piece in cut(data, cuts):
        if walker.is_done:
            rest += piece
        else:
            forwarded, left = walker.feed(piece)
            passed, rest = passed + forwarded, rest + left

    assert passed == b"1\r\na\r\n0\r\nKept: x-endurance-b\r\n\r\n"
    assert rest == b"after"


def test_one_chunk_in_one_piece_passes_without_a_copy() -> None:
    walker, data = ChunkWalker(), b"a;x\r\n0123456789\r\n"

    assert walker.feed(data)[0] is data
    assert walker.feed(b"0\r\n\r\nx") == (b"0\r\n\r\n", b"x")


def test_next_byte_begins_a_chunk_at_the_start_and_after_a_whole_one() -> None:
    walker = ChunkWalker()
    at_the_start = walker.is_between_chunks

    walker.feed(b"1\r\na\r\n")

    assert at_the_start
    assert walker.is_between_chunks


@pytest.mark.parametrize("before", [b"a\r\n0123", b"1\r\na\r", b"a", b"0\r\n", b"0\r\n\r\n"])
def test_inside_something_else_no_chunk_begins(before: bytes) -> None:
    walker = ChunkWalker()

    walker.feed(before)

    assert not walker.is_between_chunks


def test_chunks_whose_content_is_wanted_are_never_passed_by() -> None:
    assert not ChunkWalker(wants_content=True).is_between_chunks
