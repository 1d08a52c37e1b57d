from hypothesis import given
from hypothesis import strategies as st

from scorer.text.reading import MINIMUM_LETTERS, Reading, detect_language

ENGLISH = "The officer shall provide the information within thirty days of the request."
HINDI = "लोक सूचना अधिकारी तीस दिनों के भीतर सूचना उपलब्ध कराता है।"


def test_language_is_told_of_a_sentence() -> None:
    assert (Reading(ENGLISH).language, Reading(HINDI).language) == ("en", "hi")


def test_language_is_unknown_below_the_minimum_of_letters() -> None:
    assert detect_language("a" * (MINIMUM_LETTERS - 1)) is None


def test_language_survives_surrogates_and_nul() -> None:
    assert detect_language("\ud800\x00 " + ENGLISH) == "en"


def test_words_keep_vowel_signs_of_hindi() -> None:
    assert [word.text for word in Reading("सूचना दी गई।").words] == ["सूचना", "दी", "गई"]


def test_sentences_are_spans_of_the_text() -> None:
    assert [span.text for span in Reading("One day. Two days.").sentences] == ["One day.", "Two days."]


@given(st.text(st.characters(), max_size=200))
def test_reading_takes_any_text(text: str) -> None:
    reading = Reading(text)

    assert all(text[word.start : word.end] == word.text for word in (*reading.words, *reading.sentences))
    assert reading.language is None or reading.language


def test_a_text_of_another_script_with_english_words_in_it_is_not_english() -> None:
    text = "सूचना का अधिकार अधिनियम के अनुसार आवेदन the RTI Act of India तीस दिनों में उत्तर पाता है"

    assert detect_language(text) == "hi"


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=200))
def test_words_of_plain_text_are_those_of_any_text(text: str) -> None:
    plain, other = Reading(text), Reading(f"{text} é")

    assert (*plain.bounds, (len(text) + 1, len(text) + 2)) == other.bounds
    assert (*plain.folded, "é") == other.folded
