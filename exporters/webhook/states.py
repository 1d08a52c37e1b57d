"""Watches services for one receiver: tells it when a service's alarm goes on or off (`scorer/trust.py`).

The same figures as `GET /v1/services/{id}/trust`. What a service's state was is kept in the ledger, never without the
message of its change: none is lost by a stop, none told twice by a start.
"""

from datetime import UTC, datetime
from typing import Final

from config.errors import UnavailableError
from config.webhooks import WebhookSettings
from exporters.store.base import SessionFilter, Store
from exporters.webhook.ledger import Alarm, Ledger, Retry
from exporters.webhook.messages import state_message, wants_states
from scorer.trust import follow

RECORDS_READ: Final = 500
"""Newest evaluations of a service that its state rests on, as for its trust figures."""
WATCH_SECONDS: Final = 10.0
"""Pause between two looks: one reads up to `RECORDS_READ` rows of each service that has new sessions."""


class StateWatch:
    """Compares each service's state with the one before. Moments are seconds since the epoch."""

    def __init__(
        self, settings: WebhookSettings, store: Store, ledger: Ledger, pause_seconds: float = WATCH_SECONDS
    ) -> None:
        self._settings = settings
        self._store = store
        self._ledger = ledger
        self._pause_seconds = pause_seconds
        self._changed: set[str] = set()
        self._is_all = False
        self._looked_at = float("-inf")

    def note(self, service_id: str) -> None:
        """A session of that service was saved."""
        if wants_states(self._settings, service_id):
            self._changed.add(service_id)

    def note_all(self) -> None:
        """Look at every service next time: what happened while we did not."""
        self._is_all = any(wants_states(self._settings, service) for service in self._settings.services or ("",))

    def pause(self, now: float) -> float | None:
        """Return the seconds until a look is due; None when there is nothing to look at."""
        if not (self._changed or self._is_all):
            return None
        return max(0.0, self._looked_at + self._pause_seconds - now)

    async def look(self, now: float) -> None:
        """Look at the services that have new sessions; what is to be told of them is due at once.

        Raises UnavailableError; what was not looked at is, the next time.
        """
        self._looked_at = now
        if self._is_all:
            for service_id in await self._store.service_ids():
                self.note(service_id)
            self._is_all = False
        before = await self._ledger.alarms(self._settings.id) if self._changed else {}
        for service_id in sorted(self._changed):
            self._changed.discard(service_id)  # before the look: what is saved during it is looked at the next time
            try:
                await self._look_at(service_id, before.get(service_id, Alarm()), now)
            except UnavailableError:
                self._changed.add(service_id)
                raise

    async def _look_at(self, service_id: str, before: Alarm, now: float) -> None:
        rows = (await self._store.list_sessions(SessionFilter(service_id=service_id), RECORDS_READ, None)).sessions
        scores = [row.overall_score for row in reversed(rows) if row.overall_score is not None]
        course = follow(scores)
        if course.is_alarm == before.is_on:
            return
        # Counted from the clock on: a ledger that was begun anew uses no number again.
        alarm = Alarm(course.is_alarm, before.changes + 1 if before.changes else int(now))
        message = state_message(service_id, course, len(scores), datetime.fromtimestamp(now, UTC), alarm.changes)
        told = Retry(message.id, message.event, None, message.body, 0, now)
        await self._ledger.change_alarm(self._settings.id, service_id, alarm, told)
