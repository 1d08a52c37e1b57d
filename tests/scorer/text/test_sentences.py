from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.text.sentences import SEGMENTED_CHARACTERS, iterate_sentences, split_sentences

ANY_TEXT = st.text(st.characters(), max_size=400)  # lone surrogates and NUL included


def texts(text: str, language: str = "en") -> list[str]:
    return [span.text for span in split_sentences(text, language)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Dr. Rao met Smt. Devi and Shri. Khan.",
        "The fee, viz. Rs. 10, is payable under Sec. 6 of the Act.",
        "Information is exempt under s. 8(1)(j) and Art. 21.",
        "It cost 3.5 lakh, i.e. Rs. 350000.",
        "See https://rti.example/a.b?c=1 for the form.",
        "Approx. 30 days remain.",
    ],
)
def test_split_sentences_keeps_abbreviations_and_figures_whole(sentence: str) -> None:
    assert texts(f"{sentence} It ends.") == [sentence, "It ends."]


def test_split_sentences_ends_at_no_when_no_number_follows() -> None:
    assert texts("The answer is no. The file is closed.") == ["The answer is no.", "The file is closed."]


def test_split_sentences_ends_at_the_danda() -> None:
    assert texts("यह पहला वाक्य है। यह दूसरा है।", "hi") == ["यह पहला वाक्य है।", "यह दूसरा है।"]


def test_split_sentences_takes_each_line_for_itself() -> None:
    assert texts("Fees:\n- ten rupees\n| a | b |\r\nEnd") == ["Fees:", "- ten rupees", "| a | b |", "End"]


def test_split_sentences_keeps_an_item_number_with_its_item() -> None:
    assert texts("1. Write to the officer. Pay the fee.") == ["1. Write to the officer.", "Pay the fee."]


def test_split_sentences_cuts_a_line_without_any_stop() -> None:
    spans = split_sentences("word " * SEGMENTED_CHARACTERS)

    assert len(spans) > 1
    assert max(span.end - span.start for span in spans) <= SEGMENTED_CHARACTERS


def test_split_sentences_cuts_a_long_paragraph_between_sentences() -> None:
    assert set(texts("The fee is ten rupees. " * SEGMENTED_CHARACTERS)) == {"The fee is ten rupees."}


def test_iterate_sentences_reads_no_further_than_asked() -> None:
    first = next(iterate_sentences("One. " * 1000))

    assert first.text == "One."


@given(ANY_TEXT)
def test_split_sentences_offsets_are_the_text_in_order(text: str) -> None:
    spans = split_sentences(text)

    assert all(text[span.start : span.end] == span.text != "" for span in spans)
    assert all(before.end <= after.start for before, after in pairwise(spans))


@given(ANY_TEXT)
def test_split_sentences_loses_no_letter_or_digit(text: str) -> None:
    covered = {place for span in split_sentences(text) for place in range(span.start, span.end)}

    assert all(place in covered for place, character in enumerate(text) if character.isascii() and character.isalnum())
