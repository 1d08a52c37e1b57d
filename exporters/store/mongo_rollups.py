"""Aggregates in MongoDB: parts per (bucket, writer), each brought up to a number of its writer exactly once.

A part holds `through`, the last of its writer's saves that it counts. It is changed together with its counters in one
update that names the `through` it was read with, so that a save applied again, after a crash or an answer that was
lost, finds itself counted. `services` holds the parts of whole services, `rollups` those of hours and days.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from config.errors import StoreUnavailableError
from exporters.store.moments import from_ms, to_ms
from exporters.store.mongo_client import Database
from exporters.store.mongo_documents import Document, Entry
from exporters.store.mongo_values import escape_key, from_bson
from exporters.store.rollups import BucketKey, Counts, Level, Part, merge
from exporters.store.totals import Span

UNIQUE_BROKEN = 11000
"""The server's code for a key that exists."""


def collection_of(level: Level) -> str:
    """Return the collection that keeps parts of that level."""
    return "services" if level is Level.SERVICE else "rollups"


async def apply(database: Database, writer: str, entries: Sequence[Entry], now_ms: int) -> None:
    """Bring the writer's parts up to these saves; those that a part counts already change nothing.

    `entries` are all of the writer's saves that may be missing, by number. Raises StoreUnavailableError when another
    process moved a part meanwhile: two engines use one writer id.
    """
    touched: dict[BucketKey, list[tuple[int, Counts]]] = {}
    for entry in entries:
        for key, counts in entry.movement().items():
            touched.setdefault(key, []).append((entry.number, counts))
    for name in ("services", "rollups"):
        here = {key: moves for key, moves in touched.items() if collection_of(key.level) == name}
        known = await _through(database, name, [_part_id(key, writer) for key in here])
        updates = []
        for key, moves in here.items():
            through = known.get(_part_id(key, writer))
            missing = [(number, counts) for number, counts in moves if through is None or number > through]
            if missing:
                updates.append(_update(key, writer, missing, through, now_ms))
        if updates:
            await _write(database, name, writer, updates)


async def _write(database: Database, name: str, writer: str, updates: Sequence[UpdateOne]) -> None:
    """Make every update or raise; those that were made find themselves counted when all are made again."""
    try:
        result = await database[name].bulk_write(updates, ordered=False)
    except BulkWriteError as error:
        if any(problem["code"] != UNIQUE_BROKEN for problem in error.details["writeErrors"]):
            raise
        # A part that was to be made was made meanwhile: a late write of ours, or of a process that is gone.
        raise StoreUnavailableError("an aggregate was moved meanwhile; the save is tried again") from error
    if result.matched_count + result.upserted_count != len(updates):
        raise StoreUnavailableError(f"another process writes as {writer!r}; give each engine its own writer id")


async def _through(database: Database, name: str, ids: list[str]) -> dict[str, int]:
    found = database[name].find({"_id": {"$in": ids}}, {"through": 1})
    return {document["_id"]: document["through"] async for document in found}


def _part_id(key: BucketKey, writer: str) -> str:
    return f"{key.level.value}|{key.start_ms}|{writer}|{key.service_id}"


def _update(
    key: BucketKey, writer: str, missing: list[tuple[int, Counts]], through: int | None, now_ms: int
) -> UpdateOne:
    counts = merge([{key: counts} for _, counts in missing])[key]
    change: Document = {"$set": {"through": missing[-1][0]}, "$max": {"updated_at": from_ms(now_ms)}}
    if counts:
        change["$inc"] = {f"counts.{escape_key(name)}": number for name, number in counts.items()}
    if through is not None:
        return UpdateOne({"_id": _part_id(key, writer), "through": through}, change)
    change["$setOnInsert"] = _place_of(key, writer)
    # Named by a `through` that no part there has: one that was made meanwhile, by a write that was thought lost, is not
    # matched and cannot be made a second time.
    return UpdateOne({"_id": _part_id(key, writer), "through": {"$lt": missing[0][0]}}, change, upsert=True)


async def adjust(database: Database, writer: str, changes: Mapping[BucketKey, Counts], now_ms: int) -> None:
    """Add to the writer's parts what a recount found missing; they stand for the same saves as before."""
    last = await last_applied(database, writer)
    for key, counts in changes.items():
        change: Document = {
            "$inc": {f"counts.{escape_key(name)}": number for name, number in counts.items()},
            "$setOnInsert": {**_place_of(key, writer), "through": last, "updated_at": from_ms(now_ms)},
        }
        await database[collection_of(key.level)].update_one({"_id": _part_id(key, writer)}, change, upsert=True)


def _place_of(key: BucketKey, writer: str) -> Document:
    place: Document = {"level": key.level.value, "service_id": key.service_id, "writer": writer}
    return place if key.level is Level.SERVICE else {**place, "start": from_ms(key.start_ms)}


async def last_applied(database: Database, writer: str) -> int:
    """Return the writer's last number that its aggregates count: every save touches its service's part."""
    found = await database["services"].find_one({"writer": writer}, {"through": 1}, sort=[("through", -1)])
    return found["through"] if found is not None else 0


async def read_parts(database: Database, level: Level, span: Span, service_id: str | None) -> list[Part]:
    """Return the parts of a level whose buckets start in the span, of every writer."""
    wanted: Document = {"level": level.value}
    start = {
        operator: from_ms(ms) for operator, ms in (("$gte", span.start_ms), ("$lt", span.end_ms)) if ms is not None
    }
    if start:
        wanted["start"] = start
    if service_id is not None:
        wanted["service_id"] = service_id
    found = await database[collection_of(level)].find(wanted).to_list()
    return [_read_part(level, document) for document in found]


def _read_part(level: Level, document: Mapping[str, Any]) -> Part:
    start_ms = to_ms(document["start"]) if "start" in document else 0
    key = BucketKey(level, start_ms, document["service_id"])
    return Part(key, from_bson(document.get("counts", {})), to_ms(document["updated_at"]))
