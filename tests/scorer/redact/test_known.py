"""What one text gave away is found in every other, also as a reason quotes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.redaction import RedactedType
from scorer.redact.known import Entry, Known

PHONE = Entry(RedactedType.PHONE, "+91 98765-43210", "mask")
EMAIL = Entry(RedactedType.EMAIL, "ravi.kumar@mail.org", "mask")
KNOWN = Known(frozenset({PHONE, EMAIL}))


def taken(text: str, *, is_reason: bool = False) -> set[str]:
    return {text[start:end] for start, end, _ in KNOWN.places(text, is_reason=is_reason)}


@pytest.mark.parametrize("written", ["+91 98765-43210", "919876543210", "ravi.kumar@mail.org", "RAVI.Kumar@Mail.ORG"])
def test_it_is_found_as_written_in_either_case_and_without_separators(written: str) -> None:
    assert taken(f"x{written}y") == {written}


def test_an_address_without_its_signs_is_a_word_like_others() -> None:
    assert taken("ravikumarmailorg") == set()


def test_a_reason_is_searched_for_groups_of_digits() -> None:
    assert taken("the claim says '43210', the passage '98765', of 91", is_reason=True) == {"43210", "98765"}
    assert taken("the claim says '43210'") == set()


def test_a_reason_is_searched_for_what_a_cut_quotation_left() -> None:
    assert taken("not supported: “write to ravi.kumar@ma”", is_reason=True) == {"ravi.kumar@ma"}
    assert taken("not found: ravi.k", is_reason=True) == {"ravi.k"}
    assert taken("ravi.k is a name", is_reason=True) == set()


def test_nothing_known_finds_nothing() -> None:
    assert not Known(frozenset())
    assert list(Known(frozenset()).places("919876543210", is_reason=True)) == []


def test_a_letter_that_only_shares_its_lower_case_is_taken_too() -> None:
    known = Known(frozenset({Entry(RedactedType.EMAIL, "kiran@mail.org", "hash")}))

    assert [(start, end) for start, end, _ in known.places("\u212airan@mail.org", is_reason=False)] == [(0, 14)]


@given(st.sets(st.text("ab1.-", min_size=6, max_size=12), min_size=1, max_size=60), st.data())
def test_each_of_many_is_found_wherever_it_stands(words: set[str], data: st.DataObject) -> None:
    known = Known(frozenset(Entry(RedactedType.SECRET, word, "mask") for word in words))
    word = data.draw(st.sampled_from(sorted(words)))
    text = data.draw(st.text("xy ", max_size=5)) + word + data.draw(st.text("xy ", max_size=5))

    covered: set[int] = set()
    for start, end, _ in known.places(text, is_reason=False):
        covered.update(range(start, end))

    assert set(range(text.index(word), text.index(word) + len(word))) <= covered
