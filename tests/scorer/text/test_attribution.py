import pytest

from scorer.text.attribution import is_told, read_attribution
from scorer.text.reading import Reading

INTRODUCTION = "A young woman and an old man waited at the counter."


@pytest.mark.parametrize("response", ["The old man.", "It was the Namibian guy.", "The 24-year-old."])
def test_short_pick_by_a_mark_is_read(response: str) -> None:
    assert read_attribution("Who forgot the form?", Reading(response)) is not None


@pytest.mark.parametrize(
    ("query", "response"),
    [
        ("Who forgot the form?", "That cannot be determined."),
        ("Who forgot the form?", "Asha Rao."),
        ("What did the old man forget?", "The old man forgot the form."),
        ("Who forgot the form?", "The old man " + "who stood there " * 10),
        ("Who forgot the form?", ""),
    ],
)
def test_other_answers_pick_nobody_by_a_mark(query: str, response: str) -> None:
    assert read_attribution(query, Reading(response)) is None


def test_documents_tell_when_they_come_back_to_the_one_or_say_what_is_asked() -> None:
    query = "Who forgot the form?"

    assert not is_told("The old man", query, [INTRODUCTION])
    assert is_told("The old man", query, [f"{INTRODUCTION} The old man had left his papers at home."])
    assert is_told("The old man", query, ["The old man forgot his form."])
    assert not is_told("The old man", query, ["Nobody was there."])
