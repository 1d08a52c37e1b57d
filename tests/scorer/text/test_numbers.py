import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.text.numbers import (
    _QUANTITY,
    _START,
    QUANTITY_LIMIT,
    Bound,
    Quantity,
    QuantityKind,
    agrees,
    read_quantities,
)
from scorer.text.tokens import lowered


def one(text: str) -> Quantity:
    (quantity,) = read_quantities(text)
    return quantity


@pytest.mark.parametrize(
    "spelling",
    ["186,000,000", "18,60,00,000", "18.6 crore", "18.6 cr", "186 million", "0.186 billion", "1860 lakh", "186000000"],
)
def test_spellings_of_a_large_number_are_one_value(spelling: str) -> None:
    assert one(spelling).low == 186_000_000


@pytest.mark.parametrize(
    ("text", "kind", "unit", "value"),
    [
        ("Rs. 10", QuantityKind.MONEY, "INR", 10),
        ("₹1,86,000", QuantityKind.MONEY, "INR", 186_000),
        ("Rs 500/-", QuantityKind.MONEY, "INR", 500),
        ("10 रुपये", QuantityKind.MONEY, "INR", 10),
        ("$5 million", QuantityKind.MONEY, "USD", 5_000_000),
        ("8 per cent", QuantityKind.PERCENT, "%", 8),
        ("12.5%", QuantityKind.PERCENT, "%", 12.5),
        ("thirty-five working days", QuantityKind.DURATION, "days", 35),
        ("48 hours", QuantityKind.DURATION, "days", 2),
        ("two weeks", QuantityKind.DURATION, "days", 14),
        ("two years", QuantityKind.DURATION, "months", 24),
        ("५० दिन", QuantityKind.DURATION, "days", 50),
        ("0.64 km", QuantityKind.MEASURE, "m", 640),
        ("21st", QuantityKind.ORDINAL, "", 21),
        ("2005", QuantityKind.YEAR, "", 2005),
        ("two hundred and five people", QuantityKind.COUNT, "people", 205),
        ("three lakh", QuantityKind.COUNT, "", 300_000),
    ],
)
def test_quantity_has_its_kind_unit_and_value(text: str, kind: QuantityKind, unit: str, value: float) -> None:
    quantity = one(text)

    assert (quantity.kind, quantity.unit, quantity.low) == (kind, unit, pytest.approx(value))


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("10-12 km", 10_000, 12_000), ("from 15 to 12 rupees", 12, 15), ("the year 2023-24", 2023, 2024)],
)
def test_range_has_both_ends_in_order(text: str, low: float, high: float) -> None:
    assert (one(text).low, one(text).high) == (low, high)


@pytest.mark.parametrize("text", ["covid-19", "one of them", "v1.2.3", "no number"])
def test_what_counts_nothing_is_no_quantity(text: str) -> None:
    assert read_quantities(text) == []


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("more than 5 cases", Bound.ABOVE),
        ("not less than 5 cases", Bound.ABOVE),
        ("less than 5 cases", Bound.BELOW),
        ("about 5 cases", Bound.ABOUT),
        ("not more than 5 cases", Bound.AT_MOST),
        ("shall not ordinarily contain more than 500 words", Bound.AT_MOST),
        ("did not fall below 5 cases", Bound.ABOVE),
        ("within 30 days", Bound.AT_MOST),
        ("5 cases", Bound.EXACT),
    ],
)
def test_bound_is_read_before_the_number(text: str, bound: Bound) -> None:
    assert one(text).bound is bound


@pytest.mark.parametrize(
    ("claimed", "stated", "is_same"),
    [
        ("Rs. 18.6 crore", "Rs. 186,420,000", True),
        ("Rs. 18.6 crore", "Rs. 187,420,000", False),
        ("Rs. 10", "Rs. 12", False),
        ("more than 400 cases", "457 cases", True),
        ("more than 500 cases", "457 cases", False),
        ("less than 500 cases", "457 cases", True),
        ("below Rs. 25 lakh", "below Rs. 2.5 lakh", False),
        ("about 450 cases", "457 cases", True),
        ("about 300 cases", "457 cases", False),
        ("10 to 20 days", "15 days", True),
        ("12 rupees", "15 to 12 rupees", True),
        ("within 45 days", "within 30 days", False),
    ],
)
def test_agrees_says_whether_the_document_bears_the_claim_out(claimed: str, stated: str, is_same: bool) -> None:
    assert agrees(one(claimed), one(stated)) is is_same


def test_quantities_are_bounded() -> None:
    assert len(read_quantities("7 x " * 2000)) == QUANTITY_LIMIT


@given(st.text(st.characters(), max_size=200) | st.text("0123456789,.- %₹Rs one hundred lakh", max_size=200))
def test_quantities_of_any_text_lie_in_it(text: str) -> None:
    assert all(text[q.start : q.end] == q.text and q.low <= q.high for q in read_quantities(text))


@given(st.integers(min_value=2101, max_value=10**12))
def test_indian_and_western_grouping_agree(number: int) -> None:
    digits = str(number)
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]

    indian = ",".join([*pairs, tail]) if head else tail

    assert one(indian).low == one(f"{number:,}").low == number


PIECES = st.sampled_from(
    "Rs. 10 ₹ 5,00,000 lakh crore thirty five two hundred and US$ inr twice half x1 1.5 -2 - % दो एक İ re one".split()  # noqa: SIM905 - words read best as words
)


@given(st.lists(PIECES, max_size=14), st.sampled_from(["", " ", "  "]))
def test_the_places_that_are_looked_at_are_all_where_a_quantity_begins(pieces: list[str], joint: str) -> None:
    text = lowered(joint.join(pieces))
    begins = {match.start() for match in _START.finditer(text)}

    assert {match.start() for match in _QUANTITY.finditer(text)} <= begins


def test_a_currency_grown_together_with_a_number_in_words_is_a_place_too() -> None:
    assert _START.match("reone") is not None


def test_what_a_number_counts_is_read_in_hindi_whole() -> None:
    assert one("जिले में 312 प्राथमिक विद्यालय हैं।").unit == "प्राथमिक"
