"""Telephone numbers, whatever they are called."""

import pytest

from scorer.redact.phones import find_phones


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in find_phones(text)]


@pytest.mark.parametrize(
    "number",
    ["+91 98765 43210", "+442079460958", "9876543210", "98765 43210", "98765-43210", "987-654-3210", "09876543210",
     "0044 20 7946 0958"],
)  # fmt: skip
def test_a_number_that_can_only_be_a_telephones_needs_no_words(number: str) -> None:
    assert number in found(f"id {number}, as filed")


@pytest.mark.parametrize("cue", ["Phone No: ", "tel. ", "contact the office at "])
def test_a_number_in_groups_is_one_beside_its_word(cue: str) -> None:
    assert found(f"{cue}022-2345 6789.") == ["022-2345 6789"]
    assert found("of 022-2345 6789.") == []


def test_a_number_by_a_numbering_plan_is_one_beside_its_word() -> None:
    assert found("ring 02079460958 now") == ["02079460958"]
    assert found("sum 02079460958 now") == []


def test_the_number_of_a_chat_link_is_one() -> None:
    assert found("https://wa.me/14155550123") == ["14155550123"]


def test_neighbours_are_each_found() -> None:
    assert found("9876543210 9123456780") == ["9876543210", "9123456780"]


def test_beyond_a_thousand_other_numbers_it_is_still_found() -> None:
    assert found("1234567 " * 2000 + "9876543210") == ["9876543210"]


@pytest.mark.parametrize("text", ["call in 2024-2025", "phone 0000000000", "call 1,234,567,890", "call 3.14159265358"])
def test_years_repeated_digits_and_amounts_are_left(text: str) -> None:
    assert found(text) == []
