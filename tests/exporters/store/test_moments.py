"""Milliseconds, hours and days."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.store.moments import bound_ms, day_of, day_start_ms, from_ms, hour_start_ms, to_ms

_BOUNDS = datetime(1900, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001 - hypothesis takes its bounds without a zone
MOMENTS = st.datetimes(*_BOUNDS, timezones=st.just(UTC))
ZONES = st.sampled_from(["UTC", "Asia/Kolkata", "America/Sao_Paulo", "America/Havana", "Pacific/Apia", "Europe/Berlin"])


@given(MOMENTS)
def test_a_moment_loses_what_is_below_a_millisecond_and_no_more(moment: datetime) -> None:
    assert timedelta(0) <= moment - from_ms(to_ms(moment)) < timedelta(milliseconds=1)


@given(MOMENTS, MOMENTS)
def test_a_bound_compares_as_its_moment_does_with_stored_times(stored: datetime, bound: datetime) -> None:
    stored = from_ms(to_ms(stored))
    limit = bound_ms(bound)

    assert limit is not None
    assert (to_ms(stored) >= limit) == (stored >= bound)


def test_no_bound_and_the_last_moment_there_is() -> None:
    last = bound_ms(datetime.max.replace(tzinfo=UTC))

    assert bound_ms(None) is None
    assert last is not None
    assert from_ms(last) == datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)


@given(MOMENTS)
def test_an_hour_starts_at_or_before_its_moments(moment: datetime) -> None:
    start = from_ms(hour_start_ms(to_ms(moment)))

    assert start <= moment < start + timedelta(hours=1)
    assert (start.minute, start.second, start.microsecond) == (0, 0, 0)


@given(MOMENTS, ZONES)
def test_a_day_starts_with_the_first_moment_of_its_date(moment: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    start = day_start_ms(to_ms(moment), zone)

    assert start <= to_ms(moment)
    assert day_of(start, zone) == day_of(to_ms(moment), zone)
    assert day_of(start - 1, zone) < day_of(start, zone)


@pytest.mark.parametrize(
    ("zone", "moment", "start"),
    [
        ("Asia/Kolkata", "2026-03-01T18:30:00Z", "2026-03-01T18:30:00Z"),
        ("Asia/Kolkata", "2026-03-01T18:29:59.999Z", "2026-02-28T18:30:00Z"),
        ("America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z"),  # no midnight: 23:59 → 01:00
        ("America/Havana", "2025-11-02T12:00:00Z", "2025-11-02T04:00:00Z"),  # two midnights: 00:59 → 00:00
    ],
)
def test_days_at_the_borders_of_time_zones(zone: str, moment: str, start: str) -> None:
    found = day_start_ms(to_ms(datetime.fromisoformat(moment)), ZoneInfo(zone))

    assert from_ms(found) == datetime.fromisoformat(start)
