"""How many requests a judge may still get: sliding windows of a minute and a day. Pure; time comes in."""

from collections import deque

MINUTE_SECONDS = 60.0
DAY_SECONDS = 24 * 3600.0


class Budget:
    """Counts requests; memory grows with the budget of a day and no further."""

    def __init__(self, per_minute: int, per_day: int) -> None:
        self._windows = (
            (MINUTE_SECONDS, per_minute, deque[float]()),
            (DAY_SECONDS, per_day, deque[float]()),
        )

    def take(self, now: float) -> bool:
        """Take one request out of the budget at a moment (seconds, only growing); False: it is spent, take none."""
        for seconds, limit, taken in self._windows:
            while taken and taken[0] <= now - seconds:
                taken.popleft()
            if len(taken) >= limit:
                return False
        for _, _, taken in self._windows:
            taken.append(now)
        return True
