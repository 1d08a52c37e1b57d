"""Cursors: read back as written, and nothing else is one."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import InvalidInputError
from exporters.store.cursor import Cursor

CURSORS = st.builds(Cursor, st.integers(-(2**63), 2**63 - 1), st.text(st.characters(exclude_categories=["Cs"])))


@given(CURSORS)
def test_a_cursor_is_read_back_as_it_was_written(cursor: Cursor) -> None:
    assert Cursor.parse(str(cursor)) == cursor


@given(CURSORS, st.data())
def test_a_cursor_with_one_character_changed_is_bad_input(cursor: Cursor, data: st.DataObject) -> None:
    text = str(cursor)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(exclude_characters=text[place]))

    with pytest.raises(InvalidInputError):
        Cursor.parse(text[:place] + other + text[place + 1 :])


@given(st.text())
def test_any_text_is_a_cursor_of_ours_or_bad_input(text: str) -> None:
    with contextlib.suppress(InvalidInputError):
        assert str(Cursor.parse(text)) == text
