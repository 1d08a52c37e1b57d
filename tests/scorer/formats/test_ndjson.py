"""Lines of JSON, as the specification reads them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.formats.base import UnreadableError
from scorer.formats.ndjson import (
    LINE_LIMIT_BYTES,
    LINES_LIMIT,
    JsonLinesDecoder,
    LineStream,
    is_json_lines,
    read_lines,
)
from tests.fakes.copies import cut_anywhere, http_copy


def fed(pieces: list[bytes]) -> LineStream:
    decoder = JsonLinesDecoder()
    values = [value for piece in pieces for value in decoder.feed(piece)]
    last = decoder.finish()
    return LineStream([*values, *last.values], last.is_cut)


@pytest.mark.parametrize(
    ("body", "values", "is_cut"),
    [
        (b"", [], False),
        (b'{"a": 1}\n[2]\r\n"x"\n', [{"a": 1}, [2], "x"], False),
        (b"\n\r\n 7 \n\n", [7], False),
        (b'{"a": 1}\n{"b": 2}', [{"a": 1}, {"b": 2}], False),
        (b'{"a": 1}\n{"b": ', [{"a": 1}], True),
        ('"ten ₹"\n'.encode(), ["ten ₹"], False),
    ],
)
def test_lines_are_read(body: bytes, values: list[object], is_cut: bool) -> None:
    assert read_lines(body) == LineStream(values, is_cut)  # type: ignore[arg-type] - any JSON


def test_line_that_is_no_json_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="expected JSON"):
        read_lines(b'{"a": 1}\nhello\n{"b": 2}\n')


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_line_of_ten_megabytes_is_unreadable(end: bytes) -> None:
    with pytest.raises(UnreadableError, match=str(LINE_LIMIT_BYTES)):
        read_lines(b'"' + b"a" * 10_000_000 + b'"' + end)


def test_long_line_in_small_pieces_takes_linear_time() -> None:
    pieces = [b'"', *[b"abcdefgh"] * 200_000, b'"\n']  # quadratic work would copy 160 GB

    assert len(fed(pieces).values[0]) == 1_600_000  # type: ignore[arg-type] - a text


def test_a_million_lines_are_unreadable() -> None:
    with pytest.raises(UnreadableError, match=f"{LINES_LIMIT} lines"):
        read_lines(b"1\n" * 1_000_000)


def test_lines_that_come_one_by_one_are_counted_too() -> None:
    decoder = JsonLinesDecoder()
    decoder.feed(b"\n" * LINES_LIMIT)

    with pytest.raises(UnreadableError, match=f"{LINES_LIMIT} lines"):
        decoder.feed(b"\n")


@pytest.mark.parametrize(
    ("type_", "body", "wanted"),
    [
        ("application/x-ndjson", b"", True),
        ("application/jsonl; charset=utf-8", b"", True),
        ("application/json", b'{"a": 1}\n{"b": 2}', True),
        ("application/json", b'{"a": {\n}\n}', False),
        ("", b'{"a": 1}\n', False),
    ],
)
def test_stream_is_told_by_media_type_or_by_a_second_object(type_: str, body: bytes, wanted: bool) -> None:
    assert is_json_lines(http_copy(response_headers=[("content-type", type_)], response_body=body)) is wanted


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(JSON, max_size=6), st.data())
def test_stream_fed_in_any_pieces_gives_the_same_values(values: list[object], data: st.DataObject) -> None:
    body = b"".join(
        json.dumps(value).encode() + data.draw(st.sampled_from([b"\n", b"\r\n", b"\n\n"])) for value in values
    )

    assert fed(cut_anywhere(data, body)) == LineStream(values, is_cut=False)  # type: ignore[arg-type] - any JSON


@given(st.lists(st.dictionaries(st.text(max_size=3), JSON, max_size=3), max_size=5), st.data())
def test_cut_stream_gives_its_first_values(values: list[object], data: st.DataObject) -> None:
    body = b"".join(json.dumps(value).encode() + b"\n" for value in values)
    end = data.draw(st.integers(0, len(body)))

    cut = read_lines(body[:end])

    assert cut.values == values[: len(cut.values)]


@given(st.binary(max_size=100), st.data())
def test_any_bytes_are_read_or_unreadable_however_they_are_cut(body: bytes, data: st.DataObject) -> None:
    pieces = cut_anywhere(data, body)
    try:
        stream = read_lines(body)
    except UnreadableError:
        with pytest.raises(UnreadableError):
            fed(pieces)
        return

    assert fed(pieces) == stream
