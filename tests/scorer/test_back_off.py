"""Growing pauses."""

import random

from scorer.back_off import BackOff


class Highest(random.Random):
    """A source of randomness that always gives the most."""

    def random(self) -> float:
        return 1.0


def test_pauses_double_up_to_the_ceiling() -> None:
    back_off = BackOff(1.0, 5.0, Highest())

    assert [back_off.next_seconds() for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_a_pause_is_cut_by_at_most_a_half() -> None:
    back_off = BackOff(8.0, 8.0, random.Random(1))

    pauses = [back_off.next_seconds() for _ in range(200)]

    assert 4.0 <= min(pauses) < 4.5
    assert 7.5 < max(pauses) <= 8.0


def test_reset_begins_again() -> None:
    back_off = BackOff(1.0, 5.0, Highest())
    back_off.next_seconds()
    back_off.next_seconds()

    back_off.reset()

    assert back_off.next_seconds() == 1.0


def test_a_first_pause_above_the_ceiling_is_the_ceiling() -> None:
    assert BackOff(9.0, 5.0, Highest()).next_seconds() == 5.0
