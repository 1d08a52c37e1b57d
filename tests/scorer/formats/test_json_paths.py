"""Both ways of following a path find the same, and what is no path is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.formats.base import UnreadableError
from scorer.formats.json_body import Json
from scorer.formats.json_paths import compile_path, compile_whole

NAMES = st.sampled_from(["a", "b", "é", "0", "-1", "*", "", "it's"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", '{"a": 1}', "[0]"])
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4))
BODIES = st.lists(VALUES, max_size=4) | st.dictionaries(NAMES, VALUES, max_size=4)
MEMBERS = NAMES.map(lambda name: "['" + name.replace("'", "\\'") + "']")
STEPS = (
    MEMBERS | st.integers(-5, 5).map("[{}]".format) | st.sampled_from([".a", ".b", ".*", "[*]", "['a', 'b']", "..a"])
)
PATHS = st.lists(STEPS, max_size=5).map(lambda steps: "$" + "".join(steps))


@given(PATHS, BODIES)
def test_every_path_finds_what_the_library_finds(path: str, body: Json) -> None:
    found = compile_path(path)(body)

    assert repr(found) == repr(compile_whole(path).findall(body))  # repr: 1, 1.0 and True are told apart


@pytest.mark.parametrize("path", ["$.a[0].b", "$['a'][*]", "$.*.b", "$[-1]", "$"])
def test_chain_is_walked_without_the_library(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    find = compile_path(path)
    monkeypatch.setattr("jsonpath.JSONPath.findall", None)

    assert isinstance(find({"a": [{"b": 1}]}), list)


@pytest.mark.parametrize("path", ["$..a", "$.a[0:2]", "$.a[?@.b]", "$['a','b']"])
def test_other_paths_find_nothing_in_a_value_that_is_no_body(path: str) -> None:
    assert compile_path(path)('{"a": [{"b": 1}]}') == []


@pytest.mark.parametrize(
    "path", ["", "a.b", "$.a[", "$['a", "$.a | $.b", "$.a[?nope(@.x)]", "$.a & $.b", "$" + "[?@" * 500]
)
def test_path_outside_the_standard_is_refused(path: str) -> None:
    with pytest.raises(UnreadableError, match="RFC 9535"):
        compile_path(path)


def test_value_deeper_than_a_path_can_follow_is_unreadable() -> None:
    value: Json = "end"
    for _ in range(200):  # no body is so deep, see DEPTH_LIMIT
        value = [value]

    with pytest.raises(UnreadableError, match="cannot be followed"):
        compile_path("$..a")(value)
