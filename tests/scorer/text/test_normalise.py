import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.text.normalise import join_spaced_letters, normalise, plain_quotes, undo_leetspeak


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ign\u200bore  ALL", "ignore all"),
        ("\uff49\uff47\uff4e\uff4f\uff52\uff45", "ignore"),
        ("ignоre all previous", "ignore all previous"),  # a Cyrillic o
        ("don\u2019t", "don't"),
    ],
)
def test_normalise_undoes_hiding(written: str, read: str) -> None:
    assert normalise(written) == read


def test_normalise_keeps_text_of_another_script() -> None:
    assert normalise("совет министров") == "совет министров"


@pytest.mark.parametrize(("written", "read"), [("h4ck", "hack"), ("p@ssw0rd", "password"), ("inst3ad", "instead")])
def test_leetspeak_is_read_as_letters(written: str, read: str) -> None:
    assert undo_leetspeak(written) == read


@pytest.mark.parametrize("word", ["covid19", "2nd", "2024", "ordinary", "well!", "8a"])
def test_leetspeak_leaves_ordinary_words(word: str) -> None:
    assert undo_leetspeak(word) == word


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)

    assert normalise(once) == normalise(normalise(once))


@given(st.text())
def test_plain_quotes_keep_every_offset(text: str) -> None:
    assert len(plain_quotes(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("I want to k i l l them", "I want to kill them"),
        ("he is a m o r o n", "he is a moron"),
        ("what an a s s h o l e", "what an asshole"),
        ("plan a b now", "plan a b now"),
        ("it's a t-shirt", "it's a t-shirt"),
    ],
)
def test_letters_apart_are_put_together(text: str, plain: str) -> None:
    assert join_spaced_letters(text) == plain
