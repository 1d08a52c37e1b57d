"""Asking an absent store one job at a time."""

import random

from scorer.back_off import BackOff
from scorer.store_gate import StoreGate


def make_gate(pause_seconds: float = 3600.0) -> StoreGate:
    return StoreGate(BackOff(pause_seconds, pause_seconds, random.Random(1)))


async def test_an_open_gate_lets_as_many_through_as_the_width() -> None:
    gate = make_gate()

    assert (gate.places(5, running=2), gate.pause_seconds(), gate.is_away) == (3, 0.0, False)


async def test_a_failed_save_closes_the_gate_for_the_pause() -> None:
    gate = make_gate()

    pause = gate.failed()

    assert 1800 <= pause <= 3600
    assert (gate.places(5, running=0), gate.is_away) == (0, True)


async def test_saves_that_fail_together_are_one_step_of_the_pause() -> None:
    gate = StoreGate(BackOff(1000.0, 100_000.0, random.Random(1)))

    pauses = [gate.failed() for _ in range(5)]

    assert max(pauses) <= 1000


async def test_after_the_pause_one_job_is_let_through() -> None:
    gate = make_gate(pause_seconds=0.0)
    gate.failed()

    assert (gate.places(5, running=0), gate.places(5, running=1)) == (1, 0)


async def test_a_save_opens_the_gate() -> None:
    gate = make_gate()
    gate.failed()

    gate.answered()

    assert (gate.places(5, running=0), gate.is_away) == (5, False)
