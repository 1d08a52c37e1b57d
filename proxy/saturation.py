"""Tells when the proxy has no moment to spare: then copies must wait, since the engine may share its core.

Measured with everything on one core, 64 connections as fast as they can: the engine, taking in 3,000 copies a second,
cost the traffic a seventh of its throughput. A process that is saturated hardly ever sleeps, which the kernel counts
for free: 0 to 13 voluntary switches in a quarter of a second there, 20 to 500 with 1,000 token streams.
"""

import resource
import time
from collections.abc import Callable
from typing import Final

_WINDOW_SECONDS: Final = 0.05
_BUSY_RATIO: Final = 0.6
"""Of the window on the core. Less than all of it: the engine, at its niceness, keeps a tenth."""
_SLEEPS: Final = 3
"""In a window; the mean run between two sleeps is then 10 ms and more."""

Usage = tuple[float, int]
"""Seconds on the core, and how often the process went to sleep by itself, since its start."""


def usage_of_process() -> Usage:
    """Return this process's; costs half a microsecond."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime, usage.ru_nvcsw


class SaturationGauge:
    """Looks at windows of `_WINDOW_SECONDS` at least; ask it while there is work."""

    def __init__(
        self, usage: Callable[[], Usage] = usage_of_process, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._usage = usage
        self._clock = clock
        self._since = clock()
        self._before = usage()
        self._is_saturated = False

    def is_saturated(self) -> bool:
        """Say whether the process hardly slept in the last window that ended."""
        now = self._clock()
        seconds = now - self._since
        if seconds >= _WINDOW_SECONDS:
            busy_seconds, sleeps = self._usage()
            is_busy = busy_seconds - self._before[0] >= _BUSY_RATIO * seconds
            self._is_saturated = is_busy and sleeps - self._before[1] <= _SLEEPS * seconds / _WINDOW_SECONDS
            self._since, self._before = now, (busy_seconds, sleeps)
        return self._is_saturated
