"""How often one caller may ask: a bucket of tokens for each (`api.rate_limit`). Pure, the clock comes in."""

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from config.api import RateLimitSettings

CALLERS_LIMIT: Final = 10_000
"""Buckets kept; beyond it the one that was unused longest goes, and its caller begins with a full one again."""


class RateLimit:
    """The buckets of all callers."""

    def __init__(
        self, settings: RateLimitSettings, clock: Callable[[], float], callers_limit: int = CALLERS_LIMIT
    ) -> None:
        """`clock` gives seconds."""
        self._per_second = settings.requests_per_second
        self._burst = float(settings.burst)
        self._clock = clock
        self._callers_limit = callers_limit
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Tokens, and the moment they were counted at, by caller; the longest unused first."""

    def wait_seconds(self, caller: str) -> int | None:
        """Take a token; None when there was one, else the whole seconds until there is."""
        if self._per_second is None:
            return None
        now = self._clock()
        tokens, counted_at = self._buckets.pop(caller, (self._burst, now))
        # A clock that was set back gives nothing, and takes nothing.
        tokens = min(self._burst, tokens + max(0.0, now - counted_at) * self._per_second)
        is_allowed = tokens >= 1
        self._buckets[caller] = (tokens - 1 if is_allowed else tokens, now)
        if len(self._buckets) > self._callers_limit:
            self._buckets.popitem(last=False)
        return None if is_allowed else math.ceil((1 - tokens) / self._per_second)
