"""Whom a pronoun stands for, sentence by sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.claims.reference import Kind, find_subject, pronoun_kind, put_in_place


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("It was built in 1632.", Kind.THING),
        ("they answer within 30 days", Kind.SEVERAL),
        ("She leads the board.", Kind.PERSON),
        ("Items are free.", None),
        ("It's free.", None),
        ("This was built in 1632.", None),
        ("It is important to note the date.", None),
        ("It is clear that the fee is due.", None),
        ("It may take a week for the reply to come.", Kind.THING),
        ("It is the third time they won.", None),
        ("It depends on the state.", None),
        ("It is worth a visit.", None),
    ],
)
def test_a_pronoun_is_known_and_an_empty_it_is_none(sentence: str, kind: Kind | None) -> None:
    assert pronoun_kind(sentence) is kind


@pytest.mark.parametrize(
    ("sentence", "text", "kinds"),
    [
        ("The portal was opened in 2007.", "The portal", {Kind.THING}),
        ("The Ministry of Roads has 40 offices.", "The Ministry of Roads", {Kind.THING}),
        ("Members of the board are elected.", "Members of the board", {Kind.SEVERAL}),
        ("These offices are closed.", "These offices", {Kind.SEVERAL}),
        ("The officer must reply.", "The officer", {Kind.PERSON}),
        ("Asha Rao was born in Pune.", "Asha Rao", {Kind.THING, Kind.PERSON}),
        ("Rao and Menon were elected.", "Rao and Menon", {Kind.SEVERAL}),
        ("However, the scheme has ended.", "the scheme", {Kind.THING}),
    ],
)
def test_a_subject_is_what_stands_before_the_verb(sentence: str, text: str, kinds: set[Kind]) -> None:
    subject = find_subject(sentence)

    assert subject is not None
    assert (subject.text, subject.kinds) == (text, kinds)


@pytest.mark.parametrize(
    "sentence",
    [
        "There are two forms.",
        "It was built in 1632.",
        "What was said is not known.",
        "In the city was a fort.",
        "Studies have found that cats are at risk.",
        "The form, once filed, is kept.",
        "The proposed scheme is new.",
        "The man who wrote the letter to the officer of the district of Pune was heard.",
        "Pay the fee first.",
        "",
    ],
)
def test_no_subject_is_better_than_a_wrong_one(sentence: str) -> None:
    assert find_subject(sentence) is None


def test_a_subject_stands_in_place_of_the_pronoun() -> None:
    assert put_in_place("The portal", "It was opened.") == "The portal was opened."
    assert put_in_place("The portal", "Items were free.") == "Items were free."


@given(st.text(max_size=200) | st.text("ItThe hasiwrtey,.\n", max_size=200))
def test_a_subject_of_any_text_is_a_piece_of_it(sentence: str) -> None:
    subject = find_subject(sentence)

    assert subject is None or (subject.text in sentence and subject.kinds)
