"""Retention: takes out of the record what is older than the operator wants to keep, a little at a time.

Several engines on one record may each do it: what one took out, the other does not find.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from config.errors import StoreUnavailableError
from config.logging import get_logger
from config.settings import RetentionSettings, ServiceSettings
from exporters.store.base import Expired, Store

PAUSE_SECONDS = 600.0
"""Time between two sweeps: a session outlives its days by at most that much, and by the store's absence."""
STEP_LIMIT = 100
"""Sessions in one step, so that saves get in between: erasing a hundred takes some 50 ms."""

_logger = get_logger("exporters.retention")


class Sweeper:
    """Applies `retention` to every service of the record."""

    def __init__(
        self,
        store: Store,
        general: RetentionSettings,
        services: Sequence[ServiceSettings],
        clock: Callable[[], float],
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        """`clock` gives seconds since the epoch."""
        self._store = store
        self._general = general
        self._own: Mapping[str, RetentionSettings] = {
            service.id: service.retention for service in services if service.retention is not None
        }
        self._clock = clock
        self._pause_seconds = pause_seconds

    @property
    def is_needed(self) -> bool:
        """Whether any service's sessions ever expire."""
        return any(one.text_days is not None for one in (self._general, *self._own.values()))

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep now and then, until `stop`; a store that is away is tried again at the next time."""
        while self.is_needed and not stop.is_set():
            try:
                expired = await self.sweep(stop)
            except StoreUnavailableError as error:
                _logger.warning("retention waits for the store", error=str(error))
            else:
                if expired != Expired(0, 0):
                    _logger.info("expired", texts=expired.texts, scores=expired.scores)
            try:
                async with asyncio.timeout(self._pause_seconds):
                    await stop.wait()
            except TimeoutError:
                continue

    async def sweep(self, stop: asyncio.Event) -> Expired:
        """Take out all that has expired by now; ends early on `stop`. Raises StoreUnavailableError."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        texts = scores = 0
        for service_id in await self._store.service_ids():
            kept = self._own.get(service_id, self._general)
            bounds = _before(now, kept.text_days), _before(now, kept.scores_days)
            is_done = bounds == (None, None)
            while not is_done and not stop.is_set():
                step = await self._store.expire(service_id, *bounds, STEP_LIMIT)
                texts, scores = texts + step.texts, scores + step.scores
                is_done = max(step.texts, step.scores) < STEP_LIMIT
        return Expired(texts, scores)


def _before(now: datetime, days: float | None) -> datetime | None:
    return None if days is None else now - timedelta(days=days)
