"""Moments as whole milliseconds, and the hour and day an aggregate belongs to. Pure.

Everything is kept to the millisecond, as the wire format shows it: what a list compares is what a client reads.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR_MS = 3_600_000
_MILLISECOND = timedelta(milliseconds=1)
_LAST_MS = (datetime.max.replace(tzinfo=UTC) - EPOCH) // _MILLISECOND


def to_ms(moment: datetime) -> int:
    """Return milliseconds since the epoch, rounded down; exact, where a float of seconds is not."""
    return (moment - EPOCH) // _MILLISECOND


def bound_ms(moment: datetime | None) -> int | None:
    """Return the first whole millisecond at or after the moment.

    For a stored t in whole milliseconds, `t >= moment` and `t >= bound` say the same, and so do `t < …`.
    """
    return None if moment is None else -((EPOCH - moment) // _MILLISECOND)


def from_ms(moment_ms: int) -> datetime:
    """Return the moment, in UTC; beyond the year 9999, where a bound may be rounded up to, its end."""
    return EPOCH + min(moment_ms, _LAST_MS) * _MILLISECOND


def hour_start_ms(moment_ms: int) -> int:
    """Return the start of the UTC hour."""
    return moment_ms - moment_ms % HOUR_MS


def day_of(moment_ms: int, zone: ZoneInfo) -> date:
    """Return the date in that time zone."""
    return from_ms(moment_ms).astimezone(zone).date()


def day_start_ms(moment_ms: int, zone: ZoneInfo) -> int:
    """Return the first moment of the day in that time zone.

    Where clocks go forward over midnight, that is the moment of the change; where midnight comes twice, the first.
    """
    day = day_of(moment_ms, zone)
    return to_ms(datetime(day.year, day.month, day.day, tzinfo=zone))
