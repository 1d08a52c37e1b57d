"""A bucket of tokens for each caller."""

from config.api import RateLimitSettings
from exporters.api.rate import RateLimit
from tests.fakes.clock import ManualClock


def limit(clock: ManualClock, per_second: float | None = 2.0, burst: int = 3) -> RateLimit:
    return RateLimit(RateLimitSettings(requests_per_second=per_second, burst=burst), clock)


def test_a_burst_passes_and_then_one_for_each_token_that_came() -> None:
    clock = ManualClock()
    buckets = limit(clock)

    assert [buckets.wait_seconds("a") for _ in range(4)] == [None, None, None, 1]
    clock.advance(0.5)
    assert [buckets.wait_seconds("a") for _ in range(2)] == [None, 1]


def test_the_wait_is_told_in_whole_seconds_rounded_up() -> None:
    buckets = limit(ManualClock(), per_second=0.1, burst=1)

    assert [buckets.wait_seconds("a") for _ in range(2)] == [None, 10]


def test_a_bucket_never_holds_more_than_the_burst() -> None:
    clock = ManualClock()
    buckets = limit(clock)
    buckets.wait_seconds("a")
    clock.advance(3600)

    assert [buckets.wait_seconds("a") for _ in range(4)] == [None, None, None, 1]


def test_callers_have_buckets_of_their_own() -> None:
    buckets = limit(ManualClock(), burst=1)

    assert [buckets.wait_seconds(caller) for caller in ("a", "b", "a", "b")] == [None, None, 1, 1]


def test_a_clock_that_is_set_back_gives_and_takes_nothing() -> None:
    clock = ManualClock()
    buckets = limit(clock, burst=2)
    buckets.wait_seconds("a")
    clock.advance(-100)

    assert [buckets.wait_seconds("a") for _ in range(2)] == [None, 1]


def test_without_a_rate_nothing_is_kept() -> None:
    buckets = limit(ManualClock(), per_second=None)

    assert [buckets.wait_seconds("a") for _ in range(100)] == [None] * 100


def test_the_bucket_unused_longest_goes_first() -> None:
    settings = RateLimitSettings(requests_per_second=2.0, burst=1)
    buckets = RateLimit(settings, ManualClock(), callers_limit=2)
    for caller in ("a", "b", "a", "c"):  # b was unused longest when c came
        buckets.wait_seconds(caller)

    assert (buckets.wait_seconds("a"), buckets.wait_seconds("b")) == (1, None)
