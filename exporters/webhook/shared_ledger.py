"""The ledger of several processes on one record: it lies in the record's own database.

Of all processes one at a time tells a receiver: whoever has its turn. It says so every few seconds by counting a beat
up; another takes the turn when it saw the same beat for `TURN_SECONDS` of its own clock, so that no two clocks are
ever compared. What is written down names the turn it was done in: of one that was lost nothing is kept, and whoever
has it tells again.

Collections: `webhooks` (a document a receiver), `webhook_retries`, `webhook_alarms`.
"""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol

from pymongo import ReplaceOne
from pymongo.errors import DuplicateKeyError

from config.errors import UnavailableError
from config.webhooks import WebhookEvent
from exporters.store.base import Position
from exporters.store.mongo_client import Database
from exporters.store.mongo_documents import Document
from exporters.webhook.ledger import Alarm, EndpointState, Outcome, Place, Retry, merged

POLL_SECONDS: Final = 2.0
"""What another process saved is found so late at most."""
TURN_SECONDS: Final = 10.0
"""After the death of a process that told a receiver, another goes on so much later."""
_RECEIVERS: Final = "webhooks"
_RETRIES: Final = "webhook_retries"
_ALARMS: Final = "webhook_alarms"


class SharedRecord(Protocol):
    """A store whose database may be used beside the record."""

    def database(self) -> AbstractAsyncContextManager[Database]:
        """Yield it; raises StoreUnavailableError, also in place of the driver's errors inside."""


class SharedLedger:
    """Implements `exporters.webhook.ledger.Ledger`; `clock` gives seconds that never go back."""

    poll_seconds = POLL_SECONDS

    def __init__(
        self, record: SharedRecord, clock: Callable[[], float] = time.monotonic, turn_seconds: float = TURN_SECONDS
    ) -> None:
        self._record = record
        self._clock = clock
        self._turn_seconds = turn_seconds
        self._me = uuid.uuid4().hex
        self._beats: dict[str, tuple[Any, float]] = {}
        """By receiver: the beat that another's turn was seen at last, and when it was seen first."""
        self._held: dict[str, float] = {}
        """By receiver whose turn is ours: when we last said so."""

    async def open(self, ids: Sequence[str], end: Position) -> None:
        """Make what is missing; receivers of other processes are left alone."""
        async with self._record.database() as database:
            await database[_RETRIES].create_index([("endpoint", 1), ("due_at", 1)])
            await database[_ALARMS].create_index([("endpoint", 1)])
            for id_ in ids:
                try:
                    new = {"$setOnInsert": {"position": str(end), "holder": None, "beat": 0, "disabled_at": None}}
                    await database[_RECEIVERS].update_one({"_id": id_}, new, upsert=True)
                except DuplicateKeyError:
                    continue  # another process was quicker

    async def close(self) -> None:
        """Give every turn away, so that nobody has to wait for its end."""
        async with self._record.database() as database:
            for id_ in list(self._held):
                await database[_RECEIVERS].update_one({"_id": id_, "holder": self._me}, {"$set": {"holder": None}})
                del self._held[id_]

    async def take_turn(self, endpoint: str) -> bool:
        """Say that the turn is ours, take one that is free, or see that another has it.

        While the database is away the turn that was ours stays so for `TURN_SECONDS`; after that UnavailableError.
        """
        asked_at = self._clock()
        try:
            is_ours = await self._take_turn(endpoint)
        except UnavailableError:
            if asked_at - self._held.get(endpoint, -self._turn_seconds) < self._turn_seconds / 2:
                return True
            self._held.pop(endpoint, None)
            raise
        if is_ours:
            self._held[endpoint] = asked_at
        else:
            self._held.pop(endpoint, None)
        return is_ours

    async def _take_turn(self, endpoint: str) -> bool:
        beat = {"$set": {"holder": self._me}, "$inc": {"beat": 1}}
        async with self._record.database() as database:
            receivers = database[_RECEIVERS]
            if (await receivers.update_one({"_id": endpoint, "holder": self._me}, beat)).matched_count:
                return True
            found = await receivers.find_one({"_id": endpoint}, {"holder": 1, "beat": 1})
            if found is None or not self._is_free(endpoint, found):
                return False
            return bool((await receivers.update_one({**found, "_id": endpoint}, beat)).matched_count)

    def _is_free(self, endpoint: str, found: Document) -> bool:
        seen, now = (found["holder"], found["beat"]), self._clock()
        if seen != self._beats.get(endpoint, (None, 0.0))[0]:
            self._beats[endpoint] = seen, now
        return found["holder"] is None or now - self._beats[endpoint][1] >= self._turn_seconds

    async def states(self) -> Mapping[str, EndpointState]:
        """Return where each receiver stands, by id. Cost: reads every retry's moment."""
        async with self._record.database() as database:
            found = await database[_RECEIVERS].find({}).to_list()
            waiting = await database[_RETRIES].aggregate(
                [{"$group": {"_id": "$endpoint", "number": {"$sum": 1}, "next": {"$min": "$due_at"}}}]
            )
            retries = {group["_id"]: (group["number"], group["next"]) async for group in waiting}
        return {one["_id"]: _state(one, *retries.get(one["_id"], (0, None))) for one in found}

    async def due(self, endpoint: str, now: float, limit: int) -> list[Retry]:
        """Return retries that are due, the longest due first."""
        wanted = {"endpoint": endpoint, "due_at": {"$lte": now}}
        async with self._record.database() as database:
            found = await database[_RETRIES].find(wanted, sort=[("due_at", 1)], limit=limit).to_list()
        return [_retry(one) for one in found]

    async def settle(self, endpoint: str, outcome: Outcome, now: float) -> None:
        """Write down how a round ended: retries first, so that a death in between tells again and loses nothing."""
        ours = {"_id": endpoint, "holder": self._me}
        async with self._record.database() as database:
            found = await database[_RECEIVERS].find_one(ours, {"position": 1})
            if found is None:
                raise UnavailableError("another process has the webhook's turn")
            await self._settle_retries(database, endpoint, outcome)
            change: Document = {
                name: value
                for name, value in (
                    ("succeeded_at", outcome.succeeded_at),
                    ("failed_at", outcome.failed_at),
                    ("failure", outcome.failure),
                    ("disabled_at", now if outcome.is_gone else None),
                )
                if value is not None
            }
            if outcome.position is not None:
                change["position"] = str(merged(Position.parse(found["position"]), outcome.position))
            if change:
                await database[_RECEIVERS].update_one(ours, {"$set": change})

    async def _settle_retries(self, database: Database, endpoint: str, outcome: Outcome) -> None:
        retries = database[_RETRIES]
        if outcome.is_gone:
            await retries.delete_many({"endpoint": endpoint})
            return
        if outcome.done:
            await retries.delete_many({"_id": {"$in": [_key(endpoint, id_) for id_ in outcome.done]}})
        if outcome.waiting:
            await retries.bulk_write([_put(endpoint, one) for one in outcome.waiting], ordered=False)

    async def enable(self, endpoint: str, end: Position) -> None:
        """Switch a receiver on again; it is told of what is saved after `end`."""
        async with self._record.database() as database:
            await database[_RECEIVERS].update_one(
                {"_id": endpoint, "disabled_at": {"$ne": None}},
                {"$set": {"disabled_at": None, "position": str(end)}},
            )

    async def alarms(self, endpoint: str) -> Mapping[str, Alarm]:
        """Return the state of each service of which the receiver was told."""
        async with self._record.database() as database:
            found = await database[_ALARMS].find({"endpoint": endpoint}).to_list()
        return {one["service"]: Alarm(one["is_on"], one["changes"]) for one in found}

    async def change_alarm(self, endpoint: str, service: str, alarm: Alarm, told: Retry) -> None:
        """Keep the message, then the state: a death in between finds the same change, with the same message, again."""
        kept = {"endpoint": endpoint, "service": service, "is_on": alarm.is_on, "changes": alarm.changes}
        key = _key(endpoint, service)
        async with self._record.database() as database:
            if await database[_RECEIVERS].find_one({"_id": endpoint, "holder": self._me}, {"_id": 1}) is None:
                raise UnavailableError("another process has the webhook's turn")
            await database[_RETRIES].bulk_write([_put(endpoint, told)])
            await database[_ALARMS].replace_one({"_id": key}, {"_id": key, **kept}, upsert=True)


def _key(endpoint: str, name: str) -> str:
    return f"{endpoint}|{name}"


def _put(endpoint: str, retry: Retry) -> ReplaceOne[Document]:
    key = _key(endpoint, retry.message_id)
    kept: Document = {
        "_id": key,
        "endpoint": endpoint,
        "message_id": retry.message_id,
        "event": retry.event.value,
        "writer": None if retry.place is None else retry.place.writer,
        "n": None if retry.place is None else retry.place.number,
        "body": retry.body,
        "attempt": retry.attempt,
        "due_at": retry.due_at,
    }
    return ReplaceOne({"_id": key}, kept, upsert=True)


def _retry(found: Document) -> Retry:
    place = None if found["writer"] is None else Place(found["writer"], found["n"])
    event = WebhookEvent(found["event"])
    return Retry(found["message_id"], event, place, found["body"], found["attempt"], found["due_at"])


def _state(found: Document, retries: int, next_due_at: float | None) -> EndpointState:
    return EndpointState(
        Position.parse(found["position"]),
        found.get("disabled_at"),
        found.get("succeeded_at"),
        found.get("failed_at"),
        found.get("failure"),
        retries,
        next_due_at,
    )
