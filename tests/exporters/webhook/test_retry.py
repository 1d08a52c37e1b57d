"""When a delivery is tried again."""

import random

from hypothesis import given
from hypothesis import strategies as st

from exporters.webhook.retry import DELAYS_SECONDS, RETRY_AFTER_LIMIT_SECONDS, next_delay


@given(st.integers(1, len(DELAYS_SECONDS)), st.randoms(use_true_random=False))
def test_a_pause_is_within_a_fifth_of_its_place_in_the_row(attempt: int, rng: random.Random) -> None:
    delay = next_delay(attempt, None, rng)

    assert delay is not None
    assert 0.8 * DELAYS_SECONDS[attempt - 1] <= delay <= 1.2 * DELAYS_SECONDS[attempt - 1]


def test_pauses_grow_over_more_than_a_day_and_end() -> None:
    assert list(DELAYS_SECONDS) == sorted(DELAYS_SECONDS)
    assert 24 * 3600 < sum(DELAYS_SECONDS) < 48 * 3600
    assert next_delay(len(DELAYS_SECONDS) + 1, None, random.Random(1)) is None


def test_what_the_receiver_asks_for_makes_a_pause_longer_never_shorter() -> None:
    assert next_delay(1, 120.0, random.Random(1)) == 120.0
    assert (next_delay(3, 1.0, random.Random(1)) or 0) > 200
    assert next_delay(1, 1e9, random.Random(1)) == RETRY_AFTER_LIMIT_SECONDS
