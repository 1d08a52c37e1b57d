import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.text.reading import Reading
from scorer.text.refusal import find_not_found, find_reason, read_refusal


@pytest.mark.parametrize(
    "response",
    [
        "I'm sorry, but I can\u2019t assist with that.",
        "The information sought cannot be provided.",
        "I cannot fulfil your request. I'm just an AI.",
        "It is not appropriate to discuss this. It is never acceptable to hurt others.",
        "Your application was rejected.",
    ],
)
def test_refusal_is_read(response: str) -> None:
    assert read_refusal(Reading(response)).is_refusal


@pytest.mark.parametrize(
    "response",
    [
        "The fee is ten rupees and can be paid by postal order.",
        "Here are several ways: first, add milk. You cannot park in front of the gate.",
        "The officer must say why information cannot be found after a search in all rooms of the record office.",
        "",
    ],
)
def test_answer_is_no_refusal(response: str) -> None:
    assert not read_refusal(Reading(response)).is_refusal


def test_words_that_refuse_are_shown() -> None:
    refusal = read_refusal(Reading("We regret that this cannot be disclosed."))

    assert refusal.span is not None
    assert refusal.span.text == "cannot be disclosed"


def test_reason_is_found_where_there_is_one() -> None:
    assert find_reason(Reading("It cannot be given because it would harm the inquiry.")) is not None
    assert find_reason(Reading("It cannot be given.")) is None


@given(st.text())
def test_probability_is_one_for_any_text(text: str) -> None:
    assert 0 <= read_refusal(Reading(text)).probability <= 1


@pytest.mark.parametrize(
    ("response", "words"),
    [
        ("I could not find anything about this in the documents that I have.", "I could not find anything"),
        (
            "I cannot answer this, because the documents that I have say nothing about it.",
            "documents that I have say nothing",
        ),
        ("The provided context does not mention the fee.", "provided context does not mention"),
    ],
)
def test_honest_not_found_is_told_with_its_words(response: str, words: str) -> None:
    found = find_not_found(Reading(response))

    assert found is not None
    assert found.text == words


@pytest.mark.parametrize(
    "response",
    [
        "The information cannot be provided: the records are not available.",
        "I cannot help with that.",
        "The fee is ten rupees. " * 10 + "I could not find anything about postal orders.",
    ],
)
def test_refusal_and_late_gap_are_no_not_found(response: str) -> None:
    assert find_not_found(Reading(response)) is None
