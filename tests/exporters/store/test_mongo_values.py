"""JSON values through BSON's limits and back."""

from typing import Any

import bson
from bson.codec_options import CodecOptions
from hypothesis import given
from hypothesis import strategies as st

from exporters.store.mongo_values import DEPTH_LIMIT, escape_key, from_bson, to_bson, unescape_key

KEYS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ["%json", "$where", "a.b", "\0", "%24", "%2"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | KEYS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_json_comes_back_through_bson(value: dict[str, Any]) -> None:
    encoded = bson.encode(to_bson(value))

    assert from_bson(bson.decode(encoded, CodecOptions(document_class=dict))) == value


@given(KEYS)
def test_a_key_has_no_character_that_means_something_to_the_server(key: str) -> None:
    escaped = escape_key(key)

    assert not set(escaped) & set(".$\0")
    assert unescape_key(escaped) == key


def test_what_is_nested_deeper_than_the_limit_is_kept_as_json() -> None:
    value: Any = "end"
    for _ in range(DEPTH_LIMIT + 40):
        value = [value]

    def depth(item: Any) -> int:
        return (
            1 + max(map(depth, item.values() if isinstance(item, dict) else item)) if not isinstance(item, str) else 0
        )

    assert depth(to_bson(value)) == DEPTH_LIMIT + 1
    assert from_bson(to_bson(value)) == value


def test_integers_are_plain_again_whatever_class_the_driver_gives() -> None:
    found = from_bson([bson.Int64(5), True])

    assert [type(item) for item in found] == [int, bool]
