"""JSON bodies, bounded and with valid text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.formats.base import UnreadableError
from scorer.formats.json_body import (
    DEPTH_LIMIT,
    VALUES_LIMIT,
    read_answer,
    read_cut_list,
    read_json,
    read_json_text,
    read_object,
    read_request,
)
from tests.fakes.copies import http_copy


@pytest.mark.parametrize("body", [b'{"a": [1, 2.5, null, true]}', b'"text"', b"3", b"[]", b" null "])
def test_json_is_read(body: bytes) -> None:
    assert read_json(body) == json.loads(body)


def test_last_of_two_equal_names_counts() -> None:
    assert read_json(b'{"a": 1, "a": 2}') == {"a": 2}


def test_byte_order_mark_is_skipped() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_invalid_utf_8_becomes_the_replacement_character() -> None:
    assert read_json(b'{"a": "x\xffy"}') == {"a": "x\ufffdy"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (r'"a\ud83d"', "a\ufffd"),
        (r'"\ude00b"', "\ufffdb"),
        (r'"\ud83d\ud83d\ude00"', "\ufffd😀"),
        (r'"\ude00\ud83d"', "\ufffd\ufffd"),
        (r'"\uD83D\uDE00 \udfff"', "😀 \ufffd"),
        (r'"\\ud83d \ud83d"', "\\ud83d \ufffd"),
        (r'"\\\ud83d"', "\\\ufffd"),
    ],
)
def test_lone_surrogates_become_the_replacement_character(text: str, wanted: str) -> None:
    assert read_json(text.encode()) == wanted


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": 1} x', b"{'a': 1}", b"NaN", b"1e999", b"\xff\xfe", b"secret text"])
def test_other_bytes_are_unreadable_and_not_repeated(body: bytes) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_json(body)

    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None  # the decoder's own error carries the body


def nested(depth: int) -> bytes:
    return b'{"a":[' * (depth // 2) + b"]}" * (depth // 2)


def test_nesting_up_to_the_limit_is_read() -> None:
    assert isinstance(read_json(nested(DEPTH_LIMIT)), dict)


@pytest.mark.parametrize("depth", [DEPTH_LIMIT + 2, 1000, 2_000_000])
def test_deeper_nesting_is_unreadable(depth: int) -> None:
    with pytest.raises(UnreadableError):
        read_json(nested(depth))


def test_many_shallow_objects_are_no_deep_nesting() -> None:
    assert len(read_json(json.dumps([{"a": []}] * 1000).encode())) == 1000  # type: ignore[arg-type]  # a list


def test_more_values_than_the_limit_are_unreadable() -> None:
    with pytest.raises(UnreadableError, match=f"at most {VALUES_LIMIT} values"):
        read_json(b"[" + b"[]," * VALUES_LIMIT + b"[]]")


def test_long_text_is_one_value() -> None:
    assert read_json(b'"' + b"word " * 1_000_000 + b'"') == "word " * 1_000_000


def test_brackets_in_a_text_are_no_nesting() -> None:
    assert read_json(b'"' + b"{[" * DEPTH_LIMIT + b'"') == "{[" * DEPTH_LIMIT


def test_text_is_read_like_a_body() -> None:
    assert read_json_text('{"a": "₹"}') == {"a": "₹"}


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"7", b"oops"])
def test_object_is_asked_for_and_the_body_named(body: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"^the request: expected"):
        read_object(body, "the request")


def test_cut_request_is_unreadable_though_its_beginning_parses() -> None:
    with pytest.raises(UnreadableError, match="cut"):
        read_request(http_copy(request_body=b"{}", is_request_whole=False))


def test_reason_of_a_cut_answer_says_that_it_is_cut() -> None:
    with pytest.raises(UnreadableError, match="the answer, whose copy is cut"):
        read_answer(http_copy(response_body=b'{"response": "Ten', is_response_whole=False))


def test_answer_without_its_end_is_read_where_its_json_is_whole() -> None:
    assert read_answer(http_copy(response_body=b'{"a": 1}', is_response_whole=False)) == {"a": 1}


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b'[{"a": 1}, {"b": [2, {"c": 3}]}]', [{"a": 1}, {"b": [2, {"c": 3}]}]),
        (b'[{"a": 1}, {"b": [2', [{"a": 1}]),
        (b' [[1], {"a": "]}\\""}, {"b": "}]', [[1], {"a": ']}"'}]),
        (b'[{"a": 1}] [{"b": 2}]', [{"a": 1}]),
        (b"[", []),
        (b"[1, 2", []),
        (b'[{"a": "\\', []),
    ],
)
def test_cut_list_gives_the_objects_that_are_whole(body: bytes, wanted: object) -> None:
    assert read_cut_list(body) == wanted


@pytest.mark.parametrize("body", [b"", b"{}", b"7", b'[{"a": }, {'])
def test_what_is_no_list_is_unreadable_as_a_cut_one(body: bytes) -> None:
    with pytest.raises(UnreadableError, match="expected"):
        read_cut_list(body)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_any_json_value_comes_back(value: object) -> None:
    assert read_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=60) | st.text(alphabet='\\ud8fDEc0"{}[]:,1').map(str.encode))
def test_any_bytes_are_valid_text_or_unreadable(body: bytes) -> None:
    try:
        value = read_json(body)
    except UnreadableError:
        return

    assert json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate would not encode


@given(st.lists(st.dictionaries(st.text(max_size=3), VALUES, max_size=2), max_size=4), st.data())
def test_list_cut_anywhere_gives_its_first_objects(values: list[object], data: st.DataObject) -> None:
    body = json.dumps(values).encode()
    end = data.draw(st.integers(1, len(body)))

    found = read_cut_list(body[:end])

    assert found == values[: len(found)]
    assert end < len(body) or len(found) == len(values)


def test_long_cut_string_takes_linear_time() -> None:
    assert read_cut_list(b'[{"a": 1}, {"b": "' + b"a\\n" * 1_000_000) == [{"a": 1}]  # backtracking would never end
