"""Positions of receivers."""

from hypothesis import given
from hypothesis import strategies as st

from exporters.store.base import Position
from exporters.webhook.ledger import merged

POSITIONS = st.dictionaries(st.sampled_from("abc"), st.integers(1, 9)).map(Position)


@given(POSITIONS, POSITIONS)
def test_of_two_positions_the_later_is_taken_writer_by_writer(one: Position, other: Position) -> None:
    found = merged(one, other).through

    assert found.keys() == one.through.keys() | other.through.keys()
    assert all(number == max(one.through.get(name, 0), other.through.get(name, 0)) for name, number in found.items())
