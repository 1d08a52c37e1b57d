import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.text.aspects import Aspect, asked_aspects, is_covered


@pytest.mark.parametrize(
    ("query", "aspects"),
    [
        ("How many applications came in, and why were some refused?", (Aspect.NUMBER, Aspect.REASON)),
        ("Who signed the order and when was it made?", (Aspect.TIME, Aspect.PERSON)),
        ("Where is the office?", (Aspect.PLACE,)),
        ("What is the phone number of the desk?", (Aspect.CONTACT,)),
        ("Tell me about the scheme.", ()),
    ],
)
def test_asked_items_are_told_by_kind(query: str, aspects: tuple[Aspect, ...]) -> None:
    assert set(asked_aspects(query)) == set(aspects)


@pytest.mark.parametrize(
    ("aspect", "yes", "no"),
    [
        (Aspect.NUMBER, "There were 40.", "Some came in."),
        (Aspect.TIME, "It was in March.", "It was made."),
        (Aspect.PERSON, "It was signed by Asha Rao.", "It was signed."),
        (Aspect.PLACE, "It stands in Pune.", "It stands."),
        (Aspect.REASON, "They were refused because the fee was missing.", "They were refused."),
        (Aspect.CONTACT, "Write to desk@office.example.", "Write to the desk."),
    ],
)
def test_span_of_the_kind_covers_it(aspect: Aspect, yes: str, no: str) -> None:
    assert is_covered(aspect, yes)
    assert not is_covered(aspect, no)


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert set(asked_aspects(text)) <= set(Aspect)
    assert isinstance(is_covered(Aspect.TIME, text), bool)
