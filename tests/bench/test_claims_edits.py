"""False statements made by rule: what changes, and what stays true."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.train.claims_edits import (
    EDITS,
    add_detail,
    change_alike,
    change_name,
    change_number,
    change_provision,
    changed_number,
    contradict,
    deny,
    reverse_word,
    swap_names,
)


def rng() -> random.Random:
    return random.Random(7)


@pytest.mark.parametrize("number", ["7", "1984", "1,250", "18.6", "250000", "0"])
def test_changed_number_has_another_value_and_the_same_look(number: str) -> None:
    changed = [changed_number(number, random.Random(seed)) for seed in range(50)]

    assert number not in changed
    assert all(("." in one) is ("." in number) for one in changed)


def test_number_is_not_changed_to_one_that_the_evidence_holds() -> None:
    held = " ".join(map(str, range(100)))

    assert change_number("It has 7 rooms.", held, rng()) is None


def test_section_is_changed_in_its_number_alone() -> None:
    changed = change_provision("Under section 8 of the Act.", "section 8", rng())

    assert changed is not None
    assert changed.startswith("Under section ")
    assert changed.endswith(" of the Act.")
    assert "section 8 " not in changed


def test_name_is_replaced_by_another_of_the_evidence() -> None:
    changed = change_name("The prize went to Asha Rao.", "In 1990 Asha Rao met Vikram Seth.", rng())

    assert changed == "The prize went to Vikram Seth."


def test_names_change_places_but_not_in_a_list() -> None:
    assert swap_names("Asha beat Vikram in the final.", "", rng()) == "Vikram beat Asha in the final."
    assert swap_names("Asha and Vikram came.", "", rng()) is None


def test_denial_is_added_and_taken_away() -> None:
    assert deny("The road is open.", "", rng()) == "The road is not open."
    assert deny("The road was not open.", "", rng()) == "The road was open."


def test_comparative_is_reversed() -> None:
    assert reverse_word("It is higher than before the war.", "", random.Random(2)) in {
        "It is lower than before the war.",
        "It is higher than after the war.",
    }


def test_pair_changed_alike_still_agrees() -> None:
    alike = change_alike("It has 42 rooms.", "The house of 42 rooms stood for 420 years.", rng())

    assert alike is not None
    claim, evidence = alike
    number = claim.split()[2]
    assert number != "42"
    assert evidence == f"The house of {number} rooms stood for 420 years."


def test_added_detail_keeps_the_statement_and_adds_the_end_of_another() -> None:
    added = add_detail("The road is open.", "The bridge was built by seven engineers in May.", rng())

    assert added is not None
    assert added.startswith("The road is open, ")
    assert added.endswith("in May.")


@given(st.text(max_size=200), st.text(max_size=200), st.integers(0, 99))
def test_edit_of_any_text_changes_it_or_is_none(claim: str, evidence: str, seed: int) -> None:
    edited = contradict(claim, evidence, random.Random(seed))

    assert edited is None or edited != claim


def test_same_seed_makes_the_same_edits() -> None:
    claim, evidence = "Asha Rao won 3 of 7 matches before Vikram Seth.", "Asha Rao, Vikram Seth and Meena Das met."

    first = [edit(claim, evidence, rng()) for edit in EDITS]

    assert first == [edit(claim, evidence, rng()) for edit in EDITS]
