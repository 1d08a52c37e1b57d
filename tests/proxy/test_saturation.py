"""A process that hardly ever sleeps is saturated."""

import pytest

from proxy.saturation import SaturationGauge, usage_of_process


class Machine:
    """A clock, and what a process has used of it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.usage = (5.0, 1000)
        self.gauge = SaturationGauge(lambda: self.usage, lambda: self.now)

    def passes(self, seconds: float, busy_seconds: float, sleeps: int) -> bool:
        self.now += seconds
        self.usage = (self.usage[0] + busy_seconds, self.usage[1] + sleeps)
        return self.gauge.is_saturated()


@pytest.mark.parametrize(
    ("busy_ratio", "sleeps", "expected"),
    [
        pytest.param(0.86, 0, True, id="64 connections as fast as they can, beside the engine"),
        pytest.param(0.97, 2, True, id="the same, alone"),
        pytest.param(0.90, 20, False, id="1,000 token streams"),
        pytest.param(0.40, 80, False, id="10,000 requests a second"),
        pytest.param(0.01, 1, False, id="idle"),
    ],
)
def test_saturation_is_told_from_load(busy_ratio: float, sleeps: int, expected: bool) -> None:
    assert Machine().passes(0.05, 0.05 * busy_ratio, sleeps) == expected


def test_long_window_may_hold_more_sleeps() -> None:
    assert Machine().passes(0.5, 0.45, 30)
    assert not Machine().passes(0.5, 0.45, 31)


def test_verdict_holds_until_the_next_window_ends() -> None:
    machine = Machine()

    assert machine.passes(0.06, 0.06, 0)
    assert machine.passes(0.02, 0.0, 50)
    assert not machine.passes(0.04, 0.0, 50)


def test_usage_only_grows() -> None:
    before = usage_of_process()
    sum(range(100_000))
    after = usage_of_process()

    assert after[0] > before[0]
    assert after[1] >= before[1]
