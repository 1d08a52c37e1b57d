import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.text.dates import DATE, DATE_LIMIT, Date, _has_date, read_dates


def one(text: str) -> Date:
    (date,) = read_dates(text)
    return date


@pytest.mark.parametrize(
    "spelling",
    ["14 June 2024", "June 14, 2024", "14th of June, 2024", "14/06/2024", "14.6.2024", "2024-06-14", "14 जून 2024"],
)
def test_spellings_of_a_date_are_one_date(spelling: str) -> None:
    date = one(spelling)

    assert (date.year, date.month, date.day) == (2024, 6, 14)


@pytest.mark.parametrize("text", ["it may 5 times", "covid-19 may help", "31/13/2024", "45 June", "June", "3/4 of it"])
def test_what_is_no_date_is_left_out(text: str) -> None:
    assert read_dates(text) == []


@pytest.mark.parametrize(
    ("claimed", "stated", "is_same"),
    [
        ("14 June 2024", "14 June 2024", True),
        ("14 July 2024", "14 June 2024", False),
        ("15 June", "14 June 2024", False),
        ("14 June", "14 June 2024", True),
        ("June 2024", "14 June 2024", True),
        ("June 2023", "14 June 2024", False),
    ],
)
def test_agrees_compares_the_parts_that_are_given(claimed: str, stated: str, is_same: bool) -> None:
    assert one(claimed).agrees(one(stated)) is is_same


def test_date_after_before_is_a_limit() -> None:
    assert (one("before 14 June 2024").is_limit, one("on 14 June 2024").is_limit) == (True, False)


def test_dates_are_bounded() -> None:
    assert len(read_dates("5 June 2020 " * 1000)) == DATE_LIMIT


@given(st.text(st.characters(), max_size=200) | st.text("0123456789/-. junemay,", max_size=100))
def test_dates_of_any_text_lie_in_it(text: str) -> None:
    assert all(text[date.start : date.end] == date.text for date in read_dates(text))


PIECES = st.sampled_from(
    "5 05 2024 5th of September sept. May MARCH , - / . jan 31st मार्च in x".split()  # noqa: SIM905 - words read best as words
)


@given(st.lists(PIECES, max_size=10), st.sampled_from(["", " "]))
def test_the_short_look_misses_no_date(pieces: list[str], joint: str) -> None:
    text = joint.join(pieces)

    assert _has_date(text) or DATE.search(text) is None
