"""What a word is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.store.terms import QUERY_TERM_LIMIT, TERM_CHARACTERS, TERM_LIMIT, query_terms, terms_of, words_of
from tests.fakes.evaluations import make_evaluation


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The fee, the FEE!", ("the", "fee")),
        ("Straße", ("strasse",)),
        ("सूचना का अधिकार", ("सूचना", "का", "अधिकार")),
        ("क\u200dष", ("कष",)),
        ("e\u0301t\u00e9", ("été",)),
        ("snake_case a-b 12.5", ("snake_case", "a", "b", "12", "5")),
        ("👍 …", ()),
        ("\ud800a", ("a",)),
        ("", ()),
    ],
)
def test_words_are_whole_folded_and_distinct(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


@given(st.text())
def test_a_word_holds_nothing_that_ends_or_quotes_a_search_term(text: str) -> None:
    for word in words_of(text):
        assert not set(word) & set(' "\0\t\n')
        assert len(word) <= TERM_CHARACTERS


@given(st.text(), st.text())
def test_texts_side_by_side_have_the_words_of_both(first: str, second: str) -> None:
    assert set(words_of(f"{first}\n{second}")) == set(words_of(first)) | set(words_of(second))


@given(st.text())
def test_a_text_has_the_same_words_in_any_case_and_composition(text: str) -> None:
    assert words_of(unicodedata.normalize("NFD", text)) == words_of(text)


def test_long_words_are_told_apart_by_all_of_their_characters() -> None:
    first, second = words_of("x" * 100 + " " + "x" * 101)

    assert first != second
    assert max(len(first), len(second)) <= TERM_CHARACTERS


def test_a_session_has_the_words_of_id_query_and_response() -> None:
    found = terms_of(make_evaluation(1, session_id="id-7", query="Which fee?", response="Ten."))

    assert found == ("id", "7", "which", "fee", "ten")


def test_words_and_search_terms_are_bounded() -> None:
    text = " ".join(f"w{number}" for number in range(TERM_LIMIT + 5))

    assert len(words_of(text)) == TERM_LIMIT
    assert len(query_terms(text)) == QUERY_TERM_LIMIT
