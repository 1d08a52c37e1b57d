from hypothesis import given
from hypothesis import strategies as st

from scorer.judges.budget import Budget


def test_no_more_requests_than_the_minute_allows_and_then_more_again() -> None:
    budget = Budget(per_minute=2, per_day=100)

    assert [budget.take(now) for now in (0.0, 1.0, 2.0, 59.9, 60.0)] == [True, True, False, False, True]


def test_the_day_has_a_limit_of_its_own() -> None:
    budget = Budget(per_minute=10, per_day=2)

    assert [budget.take(now) for now in (0.0, 3600.0, 7200.0, 86_399.0, 86_400.0)] == [True, True, False, False, True]


def test_what_the_day_refused_is_not_taken_from_the_minute() -> None:
    budget = Budget(per_minute=1, per_day=1)
    budget.take(0.0)

    budget.take(86_399.0)

    assert budget.take(86_400.0)


@given(st.lists(st.floats(0, 200_000), max_size=60).map(sorted), st.integers(1, 5), st.integers(1, 9))
def test_no_window_ever_holds_more_than_its_limit(moments: list[float], per_minute: int, per_day: int) -> None:
    budget = Budget(per_minute, per_day)
    taken = [now for now in moments if budget.take(now)]

    for end in taken:
        assert sum(end - 60 < now <= end for now in taken) <= per_minute
        assert sum(end - 86_400 < now <= end for now in taken) <= per_day
