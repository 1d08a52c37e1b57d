"""When a delivery that failed is tried again. Pure."""

import random
from collections.abc import Sequence
from typing import Final

DELAYS_SECONDS: Final = (5.0, 60.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 43_200.0)
"""After each failed attempt: over a day in all, as Standard Webhooks 1.0.0 suggests; the ninth failure is the last."""
JITTER_RATIO: Final = 0.2
RETRY_AFTER_LIMIT_SECONDS: Final = 86_400.0


def next_delay(
    attempt: int, retry_after_seconds: float | None, rng: random.Random, delays: Sequence[float] = DELAYS_SECONDS
) -> float | None:
    """Return the pause after that attempt, 1 being the first, in seconds; None when it was the last.

    What the receiver asked for is a least pause: it never makes one shorter.
    """
    if attempt > len(delays):
        return None
    delay = delays[attempt - 1] * rng.uniform(1 - JITTER_RATIO, 1 + JITTER_RATIO)
    return max(delay, min(retry_after_seconds or 0.0, RETRY_AFTER_LIMIT_SECONDS))
