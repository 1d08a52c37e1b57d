import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.claims.facts import _PROVISION, Facts, IdentifierKind, _may_name_provision, acronym


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("under section 8(1)(j)", IdentifierKind.PROVISION, "section 8(1)(j)"),
        ("under s. 8 (1) (j)", IdentifierKind.PROVISION, "section 8(1)(j)"),
        ("u/s 6", IdentifierKind.PROVISION, "section 6"),
        ("Article 21A", IdentifierKind.PROVISION, "article 21a"),
        ("धारा 8(1)", IdentifierKind.PROVISION, "section 8(1)"),
        ("see https://www.rti.example/Form.", IdentifierKind.URL, "rti.example/form"),
        ("write to Officer@rti.example today", IdentifierKind.EMAIL, "officer@rti.example"),
        ("call 011-2345-6789", IdentifierKind.PHONE, "1123456789"),
        ("call +91 98765 43210", IdentifierKind.PHONE, "9876543210"),
    ],
)
def test_identifier_is_read_and_normalised(text: str, kind: IdentifierKind, value: str) -> None:
    (identifier,) = Facts(text).identifiers

    assert (identifier.kind, identifier.value) == (kind, value)


@pytest.mark.parametrize(
    "text", ["1,86,00,00,000 rupees", "the years 2019 2020 2021", "its rules changed", "3.14159265358"]
)
def test_figures_and_plain_words_are_no_identifiers(text: str) -> None:
    assert Facts(text).identifiers == ()


def test_quantities_leave_out_what_dates_and_identifiers_hold() -> None:
    facts = Facts("Section 6 took effect on 14 June 2024; call 011-2345-6789 and pay Rs. 10.")

    assert [quantity.text for quantity in facts.quantities] == ["Rs. 10"]


def test_names_leave_out_the_word_that_begins_a_sentence() -> None:
    facts = Facts("Roads were built. They were opened by Leela Barua's sister in Sonapur.")

    assert [name.text for name in facts.names] == ["Leela", "Barua", "Sonapur"]


@given(st.text(st.characters(), max_size=300) | st.text("section 8(1)a@b.c+91-987 http://", max_size=200))
def test_facts_of_any_text_lie_in_it(text: str) -> None:
    facts = Facts(text)

    for fact in (*facts.identifiers, *facts.dates, *facts.quantities, *facts.names):
        assert text[fact.start : fact.end] == fact.text


PIECES = st.sampled_from(
    "section Sections sec. s. ss u/s Article arts. Rule CLAUSE para paras. धारा नियम 8 (1) (j) 21A ( x".split()  # noqa: SIM905 - words read best as words
)


@given(st.lists(PIECES, max_size=10), st.sampled_from(["", " "]))
def test_the_short_look_misses_no_provision(pieces: list[str], joint: str) -> None:
    text = joint.join(pieces)

    assert _may_name_provision(text) or _PROVISION.search(text) is None


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("The Public Information Officer answers.", "pio"),
        ("Appeals go to the Central Information Commission.", "cic"),
        ("She wrote to the Ministry of Health and Family Welfare.", "mhfw"),
    ],
)
def test_run_of_capitalised_words_has_its_acronym(text: str, short: str) -> None:
    assert short in Facts(text).acronyms


@pytest.mark.parametrize(
    ("name", "letters"), [("PIO", "pio"), ("PIOs", "pio"), ("U.S.", "us"), ("Pio", None), ("A", None)]
)
def test_acronym_is_told_by_its_capitals(name: str, letters: str | None) -> None:
    assert acronym(name) == letters
