"""The counters are exactly those of the layout."""

import pytest

from proxy.counters import Counters
from scorer.frames import COUNTER_NAMES


def test_snapshot_has_exactly_the_names_of_the_layout() -> None:
    assert set(Counters().snapshot()) == set(COUNTER_NAMES)


def test_clock_that_is_set_back_takes_the_start_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has begun since must not seem to be of an earlier process."""
    counters = Counters()
    started_us = counters.process_started_us

    monkeypatch.setattr("time.time_ns", lambda: (started_us - 5) * 1000)

    assert counters.snapshot()["process.started_us"] == started_us - 5


@pytest.mark.parametrize(("status", "name"), [(101, "1xx"), (204, "2xx"), (302, "3xx"), (404, "4xx"), (599, "5xx")])
def test_answer_is_counted_by_its_class(status: int, name: str) -> None:
    counters = Counters()

    counters.count_exchange(status, 0)

    told = {key: value for key, value in counters.snapshot().items() if value and key.startswith("requests.")}
    assert told == {f"requests.{name}": 1}


def test_overhead_buckets_are_cumulative() -> None:
    counters = Counters()

    for microseconds in (10, 50, 51, 700, 9_000):
        counters.count_exchange(200, microseconds * 1000 + 999)

    totals = counters.snapshot()
    assert [totals[f"overhead.le.{bound}"] for bound in (50, 100, 250, 500, 1000, 5000)] == [2, 3, 3, 3, 4, 4]
    assert (totals["overhead.count"], totals["overhead.sum_us"]) == (5, 9_811)
