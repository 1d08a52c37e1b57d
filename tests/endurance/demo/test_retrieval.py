"""Search finds the passage that holds the question's rare terms, and nothing where none is shared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endurance.demo.documents import Passage
from endurance.demo.retrieval import Library, terms


def passage(source: str, *sentences: str) -> Passage:
    return Passage(source, "Title", "Heading", 1, sentences)


WELLS = passage("wells.md", "The repair of wells costs money.", "Wells are deep.")
BOATS = passage("boats.md", "The repair of boats is slow.")
BIRDS = passage("birds.md", "Birds fly over the water.")


def test_terms_drop_words_that_occur_everywhere() -> None:
    assert terms("What is the fee for inspection?") == ["fee", "inspection"]


@pytest.mark.parametrize("word", ["section 8(1)(j)", "2025-26", "RW/2025/014"])
def test_an_identifier_stays_one_term(word: str) -> None:
    assert terms(word)[-1] == word.split()[-1].casefold()


@pytest.mark.parametrize(("one", "other"), [("awarded", "award"), ("files", "filed"), ("rejected", "rejects")])
def test_forms_of_a_word_meet(one: str, other: str) -> None:
    assert terms(one) == terms(other)


def test_the_passage_with_the_rarer_term_comes_first() -> None:
    hits = Library([BOATS, WELLS, BIRDS]).search("repair of wells", 3)

    assert [hit.passage for hit in hits] == [WELLS, BOATS]


def test_a_repeated_term_counts_more_but_not_without_bound() -> None:
    once = passage("once.md", "Wells and other things that fill this up.")
    often = passage("often.md", "Wells wells wells wells wells wells wells wells.")

    best, second = Library([once, often, BIRDS]).search("wells", 2)

    assert best.passage is often
    assert best.score < 3 * second.score


def test_a_question_without_a_shared_term_finds_nothing() -> None:
    assert Library([WELLS, BOATS]).search("cricket in Melbourne", 3) == []


def test_an_empty_library_finds_nothing() -> None:
    assert Library([]).search("wells", 3) == []


def test_coverage_falls_with_terms_that_the_passage_lacks() -> None:
    library = Library([WELLS, BOATS, BIRDS])

    whole = library.search("wells", 1)[0].coverage_ratio
    part = library.search("wells of Melbourne", 1)[0].coverage_ratio

    assert whole == 1.0
    assert 0 < part < 0.6


def test_overlap_counts_a_term_once() -> None:
    library = Library([WELLS, BOATS, BIRDS])

    assert library.overlap(["well", "well"], "wells wells") == library.rarity("well")


@given(st.text(max_size=200))
def test_any_text_can_be_asked(question: str) -> None:
    hits = Library([WELLS, BOATS, BIRDS]).search(question, 2)

    assert len(hits) <= 2
    assert all(hit.score > 0 and 0 < hit.coverage_ratio <= 1 + 1e-9 for hit in hits)
