"""Replacements move the places after them, and widen the spans that cut them."""

from hypothesis import given
from hypothesis import strategies as st

from scorer.redact.edited import Edit, Edited


def test_a_place_before_a_replacement_stays_and_one_after_it_moves() -> None:
    edited = Edited("call 12345 now").with_edits([Edit(5, 10, "[x]")])

    assert edited.text == "call [x] now"
    assert edited.span(0, 4) == (0, 4)
    assert edited.span(11, 14) == (9, 12)
    assert edited.span(5, 10) == (5, 8)


def test_a_span_that_cuts_a_replacement_covers_all_of_it() -> None:
    edited = Edited("call 12345 now").with_edits([Edit(5, 10, "[x]")])

    assert edited.span(0, 7) == (0, 8)
    assert edited.span(7, 14) == (5, 12)
    assert edited.span(6, 8) == (5, 8)


def test_a_replacement_of_the_same_length_moves_nothing() -> None:
    edited = Edited("call 12345 now").with_edits([Edit(5, 10, "*****")])

    assert edited.span(0, 7) == (0, 7)
    assert edited.span(7, 14) == (7, 14)


def test_rounds_follow_each_other() -> None:
    edited = Edited("ab 12 cd 34 ef").with_edits([Edit(3, 5, "[one]")]).with_edits([Edit(12, 14, "[]")])

    assert edited.text == "ab [one] cd [] ef"
    assert edited.span(12, 14) == (15, 17)
    assert edited.is_changed


def test_a_text_without_replacements_is_unchanged() -> None:
    assert not Edited("as it was").is_changed
    assert Edited("as it was").span(3, 5) == (3, 5)


@st.composite
def edited_texts(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    text = draw(st.text("abc", max_size=30))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    return text, [Edit(start, end, draw(st.sampled_from(["", "#", "##", "######"]))) for start, end in pairs]


@given(edited_texts(), st.integers(0, 30), st.integers(0, 30))
def test_what_stands_outside_replacements_is_found_at_its_new_place(
    case: tuple[str, list[Edit]], one: int, other: int
) -> None:
    text, edits = case
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    edited = Edited(text).with_edits(edits)
    expected = "".join(edit.text if isinstance(edit, Edit) else text[edit] for edit in _pieces(text, edits, start, end))

    new_start, new_end = edited.span(start, end)

    assert 0 <= new_start <= new_end <= len(edited.text)
    if all(len(edit.text) != edit.end - edit.start for edit in edits):
        assert edited.text[new_start:new_end] == expected


def _pieces(text: str, edits: list[Edit], start: int, end: int) -> list[Edit | int]:
    """The replacements that the span touches, and the characters of it that none replaces, in order."""
    pieces: list[Edit | int] = []
    for position in range(start, end):
        edit = next((edit for edit in edits if edit.start <= position < edit.end), None)
        piece = position if edit is None else edit
        if piece not in pieces:
            pieces.append(piece)
    return pieces
