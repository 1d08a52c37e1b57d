"""One receiver: what is to be told next, and what becomes of it.

The record is the queue: saves, of every engine, are read beyond the receiver's position, a page at a time, and the
position moves once each of them was told or stands among the retries. So a stop or a crash at any time loses nothing;
it may tell again.
Retries are bounded: at the bound no more saves are read until some are over. A receiver that fails everything is left
alone until its next retry is due.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

from config.logging import get_logger
from config.webhooks import WebhookSettings
from exporters.store.base import Change, Position, Store
from exporters.webhook.ledger import EndpointState, Ledger, Outcome, Place, Retry
from exporters.webhook.messages import Fill, Message, message_id, messages_of
from exporters.webhook.retry import DELAYS_SECONDS, next_delay
from exporters.webhook.sender import PARALLEL, Answer, Sender
from exporters.webhook.states import WATCH_SECONDS, StateWatch

PAGE: Final = 32
"""Saves of one round: what may be told twice after a crash."""
RETRIES_LIMIT: Final = 1000


class Delivery(StrEnum):
    """How an attempt ended; the label set of `endurance_webhook_deliveries_total`."""

    DELIVERED = "delivered"
    FAILED = "failed"
    """It is tried again."""
    GIVEN_UP = "given_up"
    """The last attempt failed."""
    DROPPED = "dropped"
    """What it told of was erased or replaced before it could be told, or the receiver said that it is no more."""


class Observer(Protocol):
    """Whoever counts."""

    def count(self, id_: str, outcome: Delivery) -> None:
        """One attempt ended, or a message was given up."""

    def set_retries(self, id_: str, number: int) -> None:
        """So many messages wait to be tried again."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often and when a delivery is tried again."""

    clock: Callable[[], float]
    """Seconds since the epoch."""
    rng: random.Random
    delays_seconds: Sequence[float] = DELAYS_SECONDS
    retries_limit: int = RETRIES_LIMIT
    watch_seconds: float = WATCH_SECONDS
    """Pause between two looks at the states of services."""


class Endpoint:
    """Tells one receiver. Somebody who has its turn calls `round` again and again."""

    def __init__(
        self,
        settings: WebhookSettings,
        store: Store,
        ledger: Ledger,
        sender: Sender,
        fill: Fill,
        schedule: Schedule,
        observer: Observer,
    ) -> None:
        self.settings = settings
        self.wake: Final = asyncio.Event()
        """Set when there may be something to tell."""
        self._store = store
        self._ledger = ledger
        self._sender = sender
        self._fill = fill
        self._schedule = schedule
        self._observer = observer
        self._watch = StateWatch(settings, store, ledger, schedule.watch_seconds)
        self._rest_until = 0.0
        self._places = asyncio.Semaphore(PARALLEL)
        self._log = get_logger("exporters.webhook")

    def begin(self) -> None:
        """The turn is ours from here on: what happened while it was another's is looked at too."""
        self._watch.note_all()
        self._rest_until = 0.0

    async def round(self) -> float | None:
        """Tell what is due; return the seconds until something is, 0 when there may be more, None for no telling.

        Raises StoreUnavailableError and UnavailableError: what was told in this round may be told again.
        """
        now = self._schedule.clock()
        state = (await self._ledger.states())[self.settings.id]
        self._observer.set_retries(self.settings.id, state.retries)
        if state.disabled_at is not None:
            return None
        if self._watch.pause(now) == 0.0:
            await self._watch.look(now)
        due = await self._ledger.due(self.settings.id, now, PAGE)
        if due:
            await self._retry(due)
            return 0.0
        pause = None if state.next_due_at is None else max(0.0, state.next_due_at - now)
        if self._rest_until > now and pause is not None:
            return min(pause, self._rest_until - now)
        if state.retries < self._schedule.retries_limit and await self._tell_new(state):
            return 0.0
        looking = self._watch.pause(now)
        return min((one for one in (pause, looking) if one is not None), default=None)

    async def _tell_new(self, state: EndpointState) -> bool:
        """Tell a page of new saves; False when there are none."""
        changes = await self._store.changes(state.position, PAGE)
        if not changes:
            return False
        for change in changes:
            self._watch.note(change.row.service_id)
        messages = [message for change in changes for message in messages_of(self.settings, change, self._fill)]
        answers = await self._send([Retry(m.id, m.event, m.place, None, 0, 0.0) for m in messages], messages)
        outcome = self._outcome(answers)
        outcome.position = state.position
        for change in changes:
            outcome.position = outcome.position.advanced(change.writer, change.number)
        await self._settle(outcome)
        return True

    async def _retry(self, due: Sequence[Retry]) -> None:
        messages = [await self._message_again(retry) for retry in due]
        lost = [retry for retry, message in zip(due, messages, strict=True) if message is None]
        there = [(retry, message) for retry, message in zip(due, messages, strict=True) if message is not None]
        answers = await self._send([retry for retry, _ in there], [message for _, message in there])
        outcome = self._outcome(answers)
        for retry in lost:
            self._observer.count(self.settings.id, Delivery.DROPPED)
            outcome.done.append(retry.message_id)
        await self._settle(outcome)

    async def _message_again(self, retry: Retry) -> Message | None:
        """Return the message as it is now; None where its save is no more, or tells of nothing now."""
        if retry.place is None:
            return Message(retry.message_id, retry.event, retry.body or b"{}")
        change = await self._change_at(retry.place)
        if change is None:
            return None
        found = messages_of(self.settings, change, self._fill)
        return next((message for message in found if message.id == message_id(change, retry.event)), None)

    async def _change_at(self, place: Place) -> Change | None:
        end = (await self._store.position()).through
        # Others may save meanwhile; each writer has its share of a page, so that this one is never crowded out.
        page = await self._store.changes(Position({**end, place.writer: place.number - 1}), 1 + len(end))
        return next((one for one in page if (one.writer, one.number) == (place.writer, place.number)), None)

    async def _send(self, retries: Sequence[Retry], messages: Sequence[Message]) -> list[tuple[Retry, Answer]]:
        async def send(message: Message) -> Answer:
            async with self._places:
                return await self._sender.send(message)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(send(message)) for message in messages]
        return [(retry, task.result()) for retry, task in zip(retries, tasks, strict=True)]

    def _outcome(self, answers: Sequence[tuple[Retry, Answer]]) -> Outcome:
        now = self._schedule.clock()
        outcome = Outcome(is_gone=any(answer.is_gone for _, answer in answers))
        for retry, answer in answers:
            if answer.failure is None:
                outcome.succeeded_at = now
                self._observer.count(self.settings.id, Delivery.DELIVERED)
                outcome.done.append(retry.message_id)
            else:
                outcome.failed_at, outcome.failure = now, answer.failure
                self._note_failure(outcome, retry, answer, now)
        if outcome.succeeded_at is None and outcome.waiting:
            self._rest_until = min(retry.due_at for retry in outcome.waiting)
        return outcome

    def _note_failure(self, outcome: Outcome, retry: Retry, answer: Answer, now: float) -> None:
        attempt = retry.attempt + 1
        delay = next_delay(attempt, answer.retry_after_seconds, self._schedule.rng, self._schedule.delays_seconds)
        if outcome.is_gone:
            self._observer.count(self.settings.id, Delivery.DROPPED)
        elif delay is None:
            self._observer.count(self.settings.id, Delivery.GIVEN_UP)
            outcome.done.append(retry.message_id)
        else:
            self._observer.count(self.settings.id, Delivery.FAILED)
            outcome.waiting.append(replace(retry, attempt=attempt, due_at=now + delay))

    async def _settle(self, outcome: Outcome) -> None:
        await self._ledger.settle(self.settings.id, outcome, self._schedule.clock())
        if outcome.is_gone:
            self._log.warning("a webhook said that it is gone: it is switched off", webhook=self.settings.id)
