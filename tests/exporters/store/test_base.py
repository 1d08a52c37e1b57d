"""The feed's event id, as text and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import InvalidInputError
from exporters.store.base import ROW_QUERY_LIMIT, Position, row_of
from tests.fakes.evaluations import make_evaluation

WRITERS = st.text("abcw123_-.", min_size=1, max_size=8)


@given(st.dictionaries(WRITERS, st.integers(0, 10**17), max_size=5))
def test_a_position_is_read_back_as_it_was_written(through: dict[str, int]) -> None:
    assert Position.parse(str(Position(through))) == Position(through)


@pytest.mark.parametrize("text", ["w1", "w1:", ":1", "w1:x", "w1:-1", "w1:1,w2", "w1:١", "w1:1234567890123456789"])
def test_what_is_no_position_is_bad_input(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Position.parse(text)

    assert caught.value.field == "last_event_id"


def test_advancing_one_writer_leaves_the_others() -> None:
    assert str(Position({"w1": 3, "w2": 5}).advanced("w1", 4)) == "w1:4,w2:5"


def test_a_row_holds_the_beginning_of_the_query_and_the_claim_counts() -> None:
    row = row_of(make_evaluation(1, query="x" * (ROW_QUERY_LIMIT + 1)))

    assert (len(row.query), row.total_claims, row.hallucinated_claims) == (ROW_QUERY_LIMIT, 4, 1)
