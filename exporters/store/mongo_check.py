"""The recount of a record in MongoDB: without a snapshot, therefore only while nobody saves.

A part belongs to one writer and a session may have been several writers', so buckets are compared as sums over the
writers, and a difference is put right in the part of the writer that repairs.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pymongo import UpdateOne

from config.errors import ConflictError
from exporters.store.base import Check
from exporters.store.mongo_client import Database
from exporters.store.mongo_documents import (
    EVALUATION_FIELDS,
    Document,
    counted_to_bson,
    read_counted,
    read_evaluation,
)
from exporters.store.mongo_queries import read_position
from exporters.store.mongo_rollups import adjust, read_parts
from exporters.store.recount import Recount
from exporters.store.rollups import BucketKey, Counts, Level, add
from exporters.store.totals import Span
from scorer.model import Evaluation

ATTEMPTS = 3
_PIECE = 100
_FIELDS = {**EVALUATION_FIELDS, "counted": 1, "erased": 1, "scores_kept": 1}


async def check_record(database: Database, writer: str, zone: ZoneInfo, now_ms: int, *, is_repaired: bool) -> Check:
    """Recount; see `Store.check`."""
    for _ in range(ATTEMPTS):
        before = await read_position(database)
        recount, kept = await _counted(database, zone), await _kept(database)
        # A save stands in a log until its aggregates are moved, and moves the position then.
        is_quiet = await database["sessions"].count_documents({"log.0": {"$exists": True}}, limit=1) == 0
        if is_quiet and await read_position(database) == before:
            break
    else:
        raise ConflictError("the record changed while it was counted; stop every engine that saves to it, then check")
    found = Check(recount.sessions, recount.differences(kept))
    if is_repaired:
        await _repair(database, recount)
        await adjust(database, writer, recount.compare(kept), now_ms)
    return found


async def _counted(database: Database, zone: ZoneInfo) -> Recount:
    recount = Recount(zone)
    wanted: Document = {}
    # In pieces by id: the driver's limit of about two seconds holds for a query in all.
    while documents := await database["sessions"].find(wanted, _FIELDS, sort=[("_id", 1)], limit=_PIECE).to_list():
        for document in documents:
            is_expired = document["erased"] and not document.get("scores_kept", True)
            noted = read_counted(document["counted"])
            recount.add(document["_id"], noted, _evaluation(document), is_expired=is_expired)
        wanted = {"_id": {"$gt": documents[-1]["_id"]}}
        await asyncio.sleep(0)
    return recount


def _evaluation(document: Mapping[str, Any]) -> Evaluation | None:
    if document["erased"]:
        return None
    return read_evaluation({name: value for name, value in document.items() if name in EVALUATION_FIELDS})


async def _kept(database: Database) -> dict[BucketKey, Counts]:
    kept: dict[BucketKey, Counts] = {}
    for level in Level:
        for part in await read_parts(database, level, Span(None, None), None):
            kept[part.key] = add(kept.get(part.key, {}), part.counts)
    return kept


async def _repair(database: Database, recount: Recount) -> None:
    updates = [
        UpdateOne({"_id": session_id}, {"$set": {"counted": counted_to_bson(right)}})
        for session_id, (_, right) in recount.wrong_notes.items()
    ]
    if updates:
        await database["sessions"].bulk_write(updates, ordered=False)
