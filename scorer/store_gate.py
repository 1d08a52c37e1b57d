"""Whether the store answers, as the worker last saw it, and when it is to be asked again.

Away, one job at a time finds out: the others stay in the queue, and no attempt of theirs is counted.
"""

import asyncio

from config.logging import get_logger
from scorer.back_off import BackOff

_logger = get_logger("scorer.worker")


class StoreGate:
    """Open until a save finds the store away; then it lets one job through after each pause, until one is saved."""

    def __init__(self, back_off: BackOff) -> None:
        self._back_off = back_off
        self._retry_at = 0.0
        self.is_away = False
        """True from a save that found the store away until one that did not."""

    def places(self, width: int, running: int) -> int:
        """Return how many more jobs may be taken in hand when `running` are and `width` is the most."""
        if not self.is_away:
            return width - running
        return 1 if running == 0 and self.pause_seconds() == 0 else 0

    def pause_seconds(self) -> float:
        """Return the time left until the store is asked again; 0 when it may be."""
        if not self.is_away:
            return 0.0
        return max(0.0, self._retry_at - asyncio.get_running_loop().time())

    def failed(self) -> float:
        """A save found the store away; return the pause in seconds after which its job may be tried again."""
        if not self.is_away:
            _logger.warning("the store is away; jobs stay in the queue")
        self.is_away = True
        # Jobs that were being saved at the same time fail together: that is one outage, and one step of the pause.
        if self.pause_seconds() == 0:
            self._retry_at = asyncio.get_running_loop().time() + self._back_off.next_seconds()
        return self.pause_seconds()

    def answered(self) -> None:
        """A save was committed."""
        if self.is_away:
            _logger.info("the store answers again")
        self.is_away = False
        self._back_off.reset()
