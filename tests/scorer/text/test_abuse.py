import pytest

from scorer.text.abuse import find_abuse, mask_groups, mentions_group
from scorer.text.reading import Reading


def test_demeaning_words_beside_a_group_are_found_with_their_place() -> None:
    text = "Pune is large. All immigrants are vermin."

    (found,) = find_abuse(Reading(text))

    assert text[found.span.start : found.span.end] == found.span.text == "vermin"
    assert found.probability >= 0.5


@pytest.mark.parametrize(
    "text",
    [
        "Women are not inferior to men.",
        "It is wrong to say that immigrants are criminals.",
        "The scheme helps women and girls.",
    ],
)
def test_negated_and_attributed_words_weigh_less(text: str) -> None:
    assert all(found.probability < 0.5 for found in find_abuse(Reading(text)))


def test_threat_is_abuse_without_a_group() -> None:
    (found,) = find_abuse(Reading("I will kill you."))

    assert found.why == "a threat"
    assert not found.names_group


def test_sentence_without_a_cue_is_not_looked_at() -> None:
    assert find_abuse(Reading("The fee is ten rupees. Pune is large.")) == ()


def test_groups_are_masked_alike() -> None:
    assert mask_groups("Gay people pay the fee.") == mask_groups("Refugees pay the fee.") == "xgroup pay the fee."


def test_group_is_told_from_other_words() -> None:
    assert mentions_group(Reading("The scheme is open to women."))
    assert not mentions_group(Reading("The scheme is open to tenants."))


@pytest.mark.parametrize("text", ["All immigrants are v e r m i n.", "All immigrants are v3rmin."])
def test_word_in_other_letters_is_read_and_the_sentence_is_its_place(text: str) -> None:
    (found,) = find_abuse(Reading(text))

    assert found.probability >= 0.5
    assert text[found.span.start : found.span.end] == found.span.text == text


def test_sentence_that_goes_on_about_a_group_is_read_with_the_one_before() -> None:
    alone, together = (
        max(found.probability for found in find_abuse(Reading(text)))
        for text in ("Refugees live next door.", "Refugees live next door. They are disgusting vermin and must die.")
    )

    assert alone < 0.5 < together
