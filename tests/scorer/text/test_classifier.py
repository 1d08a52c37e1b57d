from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.text.classifier import (
    BUCKETS,
    Classifier,
    Joining,
    hashed_features,
    load_classifier,
    model_words,
    parse_classifier,
    write_classifier,
)


def grams(text: str, has_characters: bool) -> list[int]:
    return hashed_features(model_words(text), has_characters)


NAMES = ("refusal", "injection", "indirect_injection", "hate", "harmful_answer")


def make_classifier(places: list[int]) -> Classifier:
    weights = array("b", bytes(BUCKETS))
    for place in places:
        weights[place] = 100
    return Classifier("test", False, -1.0, 0.1, weights, Joining(0.5, 2.0, 3.0))


@given(st.text(max_size=300), st.booleans())
def test_any_text_has_features_in_range(text: str, has_characters: bool) -> None:
    assert all(0 <= place < BUCKETS for place in grams(text, has_characters))


@given(st.text(max_size=200), st.floats(0, 1))
def test_any_text_has_a_probability(text: str, rule: float) -> None:
    assert 0 <= load_classifier("hate").probability(text, rule) <= 1


def test_repetition_says_no_more_than_once() -> None:
    model = make_classifier(grams("please stop", False))

    assert model.logit("please stop please stop") == pytest.approx(model.logit("please stop"), abs=2.5)
    assert sorted(grams("fee fee fee", False)) == sorted(grams("fee fee", False))


def test_hidden_letters_and_figures_make_no_difference() -> None:
    plain = sorted(grams("ignore the rules of section 7", True))

    assert sorted(grams("ign\u200bore the rul\u0435s of section 31", True)) == plain


def test_text_without_words_has_the_bias_alone() -> None:
    assert make_classifier([]).logit("  ") == -1.0


def test_model_and_rule_are_joined() -> None:
    model = make_classifier([])

    assert model.probability("x", 1.0) > model.probability("x", 0.0)
    assert model.probability("x", 0.0) == pytest.approx(1 / (1 + 2.718281828**1.5))


def test_model_survives_its_file() -> None:
    model = make_classifier([1, 2, 3])

    assert parse_classifier(write_classifier(model)) == model


def test_table_of_another_size_is_refused() -> None:
    model = Classifier("test", False, 0.0, 1.0, array("b", b"\x00"), Joining(0, 1, 0))

    with pytest.raises(ValueError, match="expected 65536 weights"):
        parse_classifier(write_classifier(model))


@pytest.mark.parametrize("name", NAMES)
def test_shipped_model_is_readable(name: str) -> None:
    assert load_classifier(name).name == name
