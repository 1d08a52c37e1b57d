"""Watches services: tells receivers when a service's alarm goes on or off (`scorer/trust.py`).

The same figures as `GET /v1/services/{id}/trust`. What a service's state was is kept in the ledger together with the
messages of its change: none is lost by a stop, none told twice by a start.
"""

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from config.errors import UnavailableError
from config.webhooks import WebhookSettings
from exporters.store.base import SessionFilter, Store
from exporters.webhook.ledger import Ledger, Retry
from exporters.webhook.messages import state_message, wants_states
from scorer.trust import follow

RECORDS_READ: Final = 500
"""Newest evaluations of a service that its state rests on, as for its trust figures."""


class StateWatch:
    """Compares each service's state with the one before."""

    def __init__(
        self, settings: Sequence[WebhookSettings], store: Store, ledger: Ledger, clock: Callable[[], float]
    ) -> None:
        """`clock` gives seconds since the epoch."""
        self._settings = settings
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._changed: set[str] = set()

    @property
    def is_needed(self) -> bool:
        """Whether any receiver asks for states."""
        return any(wants_states(one, service) for one in self._settings for service in (one.services or ("",)))

    def note(self, service_id: str) -> None:
        """A session of that service was saved."""
        if any(wants_states(one, service_id) for one in self._settings):
            self._changed.add(service_id)

    async def note_all(self) -> None:
        """Look at every service at the next `look`: what happened while we were away. Raises StoreUnavailableError."""
        for service_id in await self._store.service_ids():
            self.note(service_id)

    async def look(self) -> list[str]:
        """Look at the services that have new sessions; return the ids of receivers that have something to be told.

        Raises StoreUnavailableError and UnavailableError; what was not looked at is, the next time.
        """
        told: set[str] = set()
        before = await self._ledger.alarms()
        for service_id in sorted(self._changed):
            self._changed.discard(service_id)  # before the look: what is saved during it is looked at the next time
            try:
                told |= await self._look_at(service_id, was_alarm=before.get(service_id, False))
            except UnavailableError:
                self._changed.add(service_id)
                raise
        return sorted(told)

    async def _look_at(self, service_id: str, *, was_alarm: bool) -> set[str]:
        rows = (await self._store.list_sessions(SessionFilter(service_id=service_id), RECORDS_READ, None)).sessions
        scores = [row.overall_score for row in reversed(rows) if row.overall_score is not None]
        course = follow(scores)
        if course.is_alarm == was_alarm:
            return set()
        now = self._clock()
        at = datetime.fromtimestamp(now, UTC)
        message = state_message(service_id, course, len(scores), at, secrets.token_hex(8))
        retry = Retry(message.id, message.event, None, message.body, 0, now)
        told = {one.id: retry for one in self._settings if wants_states(one, service_id)}
        await self._ledger.change_alarm(service_id, course.is_alarm, now, told)
        return set(told)
