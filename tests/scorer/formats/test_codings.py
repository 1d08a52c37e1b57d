"""gzip, deflate, br and zstd: whole, cut, damaged, and as bombs."""

import gzip
import random
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.formats.base import UnreadableError
from scorer.formats.codings import coding_decoder, zstd
from tests.fakes.copies import cut_anywhere

LIMIT = 1 << 20


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


COMPRESSORS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", lambda data: gzip.compress(data, mtime=0)),
    "gzip members": ("gzip", lambda data: b"".join(gzip.compress(p, mtime=0) for p in (data[:9], b"", data[9:]))),
    "gzip padded": ("gzip", lambda data: gzip.compress(data, mtime=0) + bytes(7)),
    "deflate zlib": ("deflate", zlib.compress),
    "deflate raw": ("deflate", raw_deflate),
    "br": ("br", brotli.compress),
    "zstd": ("zstd", zstd.compress),
    "zstd frames": ("zstd", lambda data: zstd.compress(data[:9]) + zstd.compress(data[9:])),
    "zstd skippable": ("zstd", lambda data: bytes.fromhex("502a4d1803000000") + b"abc" + zstd.compress(data)),
    "zstd padded": ("zstd", lambda data: zstd.compress(data) + b"padding"),
}
ALL = pytest.mark.parametrize("kind", COMPRESSORS)
TEXT = "".join(random.Random(7).choices("एक दो तीन The applicant may appeal. ", k=3000)).encode()


def decode(name: str, *pieces: bytes, limit_bytes: int = LIMIT) -> tuple[bytes, bool]:
    decoder = coding_decoder(name, limit_bytes)
    decoded = b"".join(decoder.feed(piece) for piece in pieces)
    return decoded, decoder.is_whole()


@ALL
def test_coding_is_undone(kind: str) -> None:
    name, compress = COMPRESSORS[kind]

    assert decode(name, compress(TEXT)) == (TEXT, True)


@ALL
def test_coding_fed_byte_by_byte_gives_the_same(kind: str) -> None:
    name, compress = COMPRESSORS[kind]

    pieces = [bytes([byte]) for byte in compress(TEXT)]

    assert decode(name, *pieces) == (TEXT, True)


@ALL
def test_coding_cut_anywhere_gives_a_prefix(kind: str) -> None:
    name, compress = COMPRESSORS[kind]
    body = compress(TEXT[:60])

    results = [decode(name, body[:end]) for end in range(len(body))]

    assert all(TEXT[:60].startswith(data) for data, _ in results)


@pytest.mark.parametrize("kind", ["gzip", "deflate zlib", "deflate raw", "br", "zstd"])
def test_coding_cut_before_its_end_is_not_whole(kind: str) -> None:
    name, compress = COMPRESSORS[kind]
    body = compress(TEXT)

    assert not any(decode(name, body[:end])[1] for end in range(1, len(body), 13))


@pytest.mark.parametrize("kind", ["gzip", "deflate zlib", "deflate raw"])
def test_cut_stream_gives_most_of_what_came(kind: str) -> None:
    name, compress = COMPRESSORS[kind]
    body = compress(TEXT)

    decoded, _ = decode(name, body[: len(body) // 2])

    assert len(decoded) > len(TEXT) // 3


@ALL
def test_empty_body_is_whole(kind: str) -> None:
    assert decode(COMPRESSORS[kind][0], b"") == (b"", True)


@ALL
def test_body_of_exactly_the_limit_is_read(kind: str) -> None:
    name, compress = COMPRESSORS[kind]

    assert decode(name, compress(TEXT), limit_bytes=len(TEXT))[0] == TEXT


@ALL
def test_one_byte_over_the_limit_is_unreadable(kind: str) -> None:
    name, compress = COMPRESSORS[kind]

    with pytest.raises(UnreadableError, match=f"exceeds {len(TEXT) - 1} bytes"):
        decode(name, compress(TEXT), limit_bytes=len(TEXT) - 1)


@pytest.mark.parametrize("kind", ["gzip", "deflate zlib", "deflate raw", "br", "zstd"])
def test_bomb_is_stopped_in_little_memory(kind: str) -> None:
    name, compress = COMPRESSORS[kind]
    bomb = compress(bytes(64 << 20))
    tracemalloc.start()

    with pytest.raises(UnreadableError, match="exceeds"):
        decode(name, bomb)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20


def test_many_empty_members_end() -> None:
    assert decode("gzip", gzip.compress(b"", mtime=0) * 5000) == (b"", True)


@pytest.mark.parametrize("kind", [kind for kind in COMPRESSORS if kind != "deflate raw"])  # which has no checksum
def test_damage_is_unreadable(kind: str) -> None:
    name, compress = COMPRESSORS[kind]
    body = bytearray(compress(TEXT))
    body[len(body) // 2 : len(body) // 2 + 40] = b"\xff" * 40

    with pytest.raises(UnreadableError, match="damaged"):
        decode(name, bytes(body))


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_body_that_is_not_compressed_at_all_is_unreadable(name: str) -> None:
    with pytest.raises(UnreadableError, match="damaged"):
        decode(name, b'{"response": "This body was never compressed."}')


def test_bytes_after_a_deflate_stream_are_ignored() -> None:
    assert decode("deflate", zlib.compress(b"abc"), b"more") == (b"abc", True)


@pytest.mark.parametrize("pieces", [1, 2])
def test_bytes_after_a_brotli_stream_are_damage(pieces: int) -> None:
    body = brotli.compress(b"abc")

    with pytest.raises(UnreadableError, match="damaged"):
        decode("br", *([body + b"x"] if pieces == 1 else [body, b"x"]))


def test_zstd_window_beyond_eight_mebibytes_is_refused() -> None:
    options = {zstd.CompressionParameter.window_log: 24, zstd.CompressionParameter.content_size_flag: 0}
    compressor = zstd.ZstdCompressor(options=options)
    body = compressor.compress(TEXT) + compressor.flush()

    with pytest.raises(UnreadableError, match="damaged"):
        decode("zstd", body)


@given(st.sampled_from(sorted(COMPRESSORS)), st.binary(max_size=300), st.data())
def test_coding_fed_in_any_pieces_gives_the_same(kind: str, plain: bytes, data: st.DataObject) -> None:
    name, compress = COMPRESSORS[kind]

    pieces = cut_anywhere(data, compress(plain))

    assert decode(name, *pieces) == (plain, True)


@given(st.sampled_from(["gzip", "deflate", "br", "zstd"]), st.binary(max_size=300))
def test_any_bytes_decode_or_are_unreadable(name: str, data: bytes) -> None:
    try:
        decoded, _ = decode(name, data, limit_bytes=1000)
    except UnreadableError:
        return

    assert len(decoded) <= 1000
