"""How long a server asks to be left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.retry_after import read_retry_after


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("99999999999999", 999_999_999.0),
        ("Fri, 15 Jan 2027 08:01:40 GMT", 100.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("١٢", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(text: str | None, seconds: float | None) -> None:
    assert read_retry_after(text, 1_800_000_000.0) == seconds


@given(st.text(max_size=40))
def test_any_retry_after_is_a_pause_or_none(text: str) -> None:
    found = read_retry_after(text, 1_800_000_000.0)

    assert found is None or found >= 0
