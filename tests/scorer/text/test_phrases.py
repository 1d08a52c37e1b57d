import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.text.phrases import Phrases
from scorer.text.reading import Reading


def test_phrase_is_found_with_its_place() -> None:
    reading = Reading("We regret: the request IS Exempt, sorry.")

    found = Phrases(["is exempt"]).first(reading)

    assert found is not None
    assert (found.start, found.text) == (23, "IS Exempt")


def test_prefix_matches_every_ending() -> None:
    found = Phrases(["discriminat*"]).find(Reading("To discriminate is discrimination."))

    assert [span.text for span in found] == ["discriminate", "discrimination"]


def test_longest_phrase_wins() -> None:
    found = Phrases(["first", "first appeal"]).find(Reading("A first appeal lies."))

    assert [span.text for span in found] == ["first appeal"]


def test_part_of_a_word_is_no_match() -> None:
    assert not Phrases(["raw"]).is_in(Reading("a drawing of strawberries"))


def test_hyphenated_phrase_matches_hyphenated_text() -> None:
    assert Phrases(["non-binary"]).is_in(Reading("a Non-binary person"))


@pytest.mark.parametrize("phrase", ["", "ab*"])
def test_bad_phrase_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="a phrase has words"):
        Phrases([phrase])


@given(st.text(), st.lists(st.from_regex(r"[a-z]{3,6}( [a-z]{1,4})?\*?", fullmatch=True), min_size=1, max_size=5))
def test_found_places_are_cut_from_the_text_in_order(text: str, phrases: list[str]) -> None:
    usable = [phrase for phrase in phrases if not phrase.endswith("*") or " " not in phrase]
    found = Phrases(usable or ["fee"]).find(Reading(text))

    assert all(text[span.start : span.end] == span.text for span in found)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))


def test_joined_sets_find_what_either_finds() -> None:
    first, second = Phrases(["road work", "fee*"]), Phrases(["fees paid", "bridge"])
    reading = Reading("The fees paid for road work and a bridge.")

    assert [span.text for span in (first | second).find(reading)] == ["fees paid", "road work", "bridge"]
    assert [span.text for span in first.find(reading)] == ["fees", "road work"]
