"""Runs of groups of digits, each offered apart from its neighbours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.redact.digits import DIGITS_LIMIT, GROUPS_LIMIT, candidates, plain


def offered(text: str) -> list[str]:
    return [text[one.start : one.end] for one in candidates(text)]


def test_every_run_of_neighbouring_groups_is_offered() -> None:
    assert offered("8 98765 43210.") == ["8", "8 98765", "8 98765 43210", "98765", "98765 43210", "43210"]


def test_a_closing_bracket_parts_two_numbers() -> None:
    assert offered("(1) 98765") == ["1", "98765"]


def test_joints_are_the_same_all_along_but_for_spaces() -> None:
    assert "12-34-56" in offered("12-34-56")
    assert "12-34/56" not in offered("12-34/56")
    assert "710319/2745" in offered("710319/2745")


@pytest.mark.parametrize("text", ["x123456", "123456x", "_123456", "no-123456", "Rs 1,234", "7,12.5x"])
def test_what_touches_a_letter_or_is_an_amount_is_not_a_number(text: str) -> None:
    assert offered(text) == []


def test_runs_are_bounded() -> None:
    runs = list(candidates("1 " * 100)) + list(candidates("1234567890 " * 5))

    assert max(len(one.digits) for one in runs) <= DIGITS_LIMIT
    assert len(list(candidates("1 " * 100))) <= 100 * GROUPS_LIMIT


def test_digits_of_any_script_are_read_where_they_stand() -> None:
    assert plain("फ़ोन ९८७६५४३२१० ａ＠ｂ") == "फ़ोन 9876543210 a@b"


@given(st.text(max_size=40))
def test_reading_a_text_plainly_moves_nothing(text: str) -> None:
    read = plain(text)

    assert len(read) == len(text)
    assert plain(read) == read


@given(st.text("0123456789 -/.+x,", max_size=40))
def test_a_candidate_holds_its_digits_alone(text: str) -> None:
    for one in candidates(text):
        assert "".join(filter(str.isdigit, text[one.start : one.end])) == one.digits
        assert not text[one.end : one.end + 1].isalnum()
