"""Chunk framing, and the layers of a body."""

import gzip
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.formats.base import UnreadableError
from scorer.formats.transfer import CHUNK_LINE_LIMIT_BYTES, BodyDecoder, Decoded, decode_body
from tests.fakes.copies import cut_anywhere

LIMIT = 1 << 20


def chunked(data: bytes, size: int = 5) -> bytes:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def unchunk(data: bytes) -> Decoded:
    return decode_body(data, [], LIMIT, is_chunked=True)


def test_body_without_framing_and_codings_is_itself_and_whole() -> None:
    assert decode_body(b"abc", [], LIMIT, is_chunked=False) == Decoded(b"abc", is_whole=True)


def test_chunks_are_joined() -> None:
    assert unchunk(chunked(b"The applicant may appeal.")) == Decoded(b"The applicant may appeal.", is_whole=True)


def test_chunk_extensions_and_trailers_are_left_out() -> None:
    framed = b'3;name="value"\r\nabc\r\n2 \r\nde\r\n0\r\nChecksum: 1\r\nMore: 2\r\n\r\n'

    assert unchunk(framed) == Decoded(b"abcde", is_whole=True)


def test_chunk_sizes_may_be_upper_case_and_zero_padded() -> None:
    assert unchunk(b"000A\r\n0123456789\r\n0\r\n\r\n") == Decoded(b"0123456789", is_whole=True)


def test_what_follows_the_last_chunk_is_ignored() -> None:
    assert unchunk(chunked(b"abc") + b"HTTP/1.1 200 OK") == Decoded(b"abc", is_whole=True)


def test_empty_copy_of_a_chunked_body_is_whole() -> None:
    assert unchunk(b"") == Decoded(b"", is_whole=True)


@pytest.mark.parametrize("end", range(1, len(chunked(b"hello world"))))
def test_chunks_cut_anywhere_give_what_came_and_are_not_whole(end: int) -> None:
    decoded = unchunk(chunked(b"hello world")[:end])

    assert b"hello world".startswith(decoded.data)
    assert not decoded.is_whole


@pytest.mark.parametrize(
    "framed",
    [
        b"\r\n",
        b"xyz\r\n",
        b"-1\r\n",
        b"+1\r\n",
        b"1_0\r\n",
        b"0x1\r\n",
        b"11111111111111111\r\n",
        b"1\r\nab\r\n0\r\n\r\n",
    ],
)
def test_damaged_framing_is_unreadable(framed: bytes) -> None:
    with pytest.raises(UnreadableError, match="chunk"):
        unchunk(framed)


def test_endless_size_line_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match=str(CHUNK_LINE_LIMIT_BYTES)):
        unchunk(b"1;" + b"a" * 10_000_000)


def test_endless_size_line_in_small_pieces_is_unreadable() -> None:
    decoder = BodyDecoder([], LIMIT, is_chunked=True)

    for _ in range(CHUNK_LINE_LIMIT_BYTES // 2):
        decoder.feed(b"11")

    with pytest.raises(UnreadableError, match=str(CHUNK_LINE_LIMIT_BYTES)):
        decoder.feed(b"1")


def test_codings_are_undone_last_one_first_inside_the_chunks() -> None:
    body = chunked(brotli.compress(gzip.compress(zlib.compress(b"abc" * 100))), 7)

    assert decode_body(body, ["deflate", "gzip", "br"], LIMIT, is_chunked=True) == Decoded(b"abc" * 100, is_whole=True)


def test_identity_and_empty_names_are_no_codings() -> None:
    assert decode_body(b"abc", ["identity", " ", "IDENTITY"], LIMIT, is_chunked=False).data == b"abc"


def test_names_of_codings_are_compared_without_case() -> None:
    assert decode_body(gzip.compress(b"abc"), [" X-GZIP "], LIMIT, is_chunked=False).data == b"abc"


def test_unknown_coding_is_unreadable_and_not_repeated_in_the_reason() -> None:
    with pytest.raises(UnreadableError) as caught:
        decode_body(b"abc", ["secret-coding"], LIMIT, is_chunked=False)

    assert "secret" not in str(caught.value)


def test_too_many_stacked_codings_are_unreadable() -> None:
    with pytest.raises(UnreadableError, match="at most 5 content codings, got 6"):
        decode_body(b"", ["gzip"] * 6, LIMIT, is_chunked=False)


def test_cut_inside_a_stack_is_not_whole() -> None:
    body = chunked(gzip.compress(b"abc" * 1000))

    assert not decode_body(body[:-12], ["gzip"], LIMIT, is_chunked=True).is_whole


@given(st.binary(max_size=200), st.integers(1, 50), st.data())
def test_body_fed_in_any_pieces_gives_the_same(plain: bytes, size: int, data: st.DataObject) -> None:
    body = chunked(gzip.compress(plain, mtime=0), size)
    decoder = BodyDecoder(["gzip"], LIMIT, is_chunked=True)

    decoded = b"".join(decoder.feed(piece) for piece in cut_anywhere(data, body))

    assert (decoded, decoder.is_whole()) == (plain, True)


@given(
    st.binary(max_size=100),
    st.lists(st.sampled_from(["gzip", "deflate", "br", "zstd", "x"]), max_size=6),
    st.booleans(),
)
def test_any_bytes_end_in_a_body_or_in_unreadable(data: bytes, codings: list[str], is_chunked: bool) -> None:
    try:
        decoded = decode_body(data, codings, LIMIT, is_chunked=is_chunked)
    except UnreadableError:
        return

    assert len(decoded.data) <= LIMIT
