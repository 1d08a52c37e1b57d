"""The recount of a record in MongoDB: without a snapshot, therefore only while nobody saves.

A part belongs to one writer and a session may have been several writers', so buckets are compared as sums over the
writers, and a difference is put right in the part of the writer that repairs.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pymongo
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
from exporters.store.mongo_log import settle_all
from exporters.store.mongo_queries import read_position
from exporters.store.mongo_rollups import adjust, read_parts
from exporters.store.recount import Recount
from exporters.store.rollups import BucketKey, Counts, Level, add
from exporters.store.totals import Span
from scorer.model import Evaluation

T = TypeVar("T")
ATTEMPTS = 3
QUERY_SECONDS = 60.0
"""Limit of one query in place of the driver's two seconds: nobody's answer waits for a recount, and a server that is
busy or serves a page from no index takes long. A longer `timeoutMS` of the URL goes before."""
_PIECE = 100
_FIELDS = {**EVALUATION_FIELDS, "counted": 1, "erased": 1, "scores_kept": 1}


async def check_record(database: Database, writer: str, zone: ZoneInfo, now_ms: int, *, is_repaired: bool) -> Check:
    """Recount; see `Store.check`."""
    for _ in range(ATTEMPTS):
        before = await _patiently(database, read_position(database))
        recount, kept = await _counted(database, zone), await _kept(database)
        # A save stands in a log until its aggregates are moved, and moves the position then.
        waiting = database["sessions"].count_documents({"log.0": {"$exists": True}}, limit=1)
        is_quiet = await _patiently(database, waiting) == 0
        is_unmoved = await _patiently(database, read_position(database)) == before
        if is_quiet and is_unmoved:
            break
        if is_repaired and is_unmoved:
            # Nobody saved while all were counted: what stands in the logs is of a process that is gone.
            await _patiently(database, settle_all(database, now_ms))
    else:
        raise ConflictError(
            "the record changed while it was counted, or a process died in a save; stop every engine that saves to it, "
            "check again, and if this comes again check with --repair"
        )
    found = Check(recount.sessions, recount.differences(kept))
    if is_repaired:
        await _patiently(database, _repair(database, recount))
        await _patiently(database, adjust(database, writer, recount.compare(kept), now_ms))
    return found


async def _patiently(database: Database, query: Awaitable[T]) -> T:
    with pymongo.timeout(max(QUERY_SECONDS, database.client.options.timeout or 0.0)):
        return await query


async def _counted(database: Database, zone: ZoneInfo) -> Recount:
    recount = Recount(zone)
    wanted: Document = {}
    # In pieces by id: one limit of time holds for a query in all.
    while documents := await _patiently(database, _page(database, wanted)):
        for document in documents:
            is_expired = document["erased"] and not document.get("scores_kept", True)
            noted = read_counted(document["counted"])
            recount.add(document["_id"], noted, _evaluation(document), is_expired=is_expired)
        wanted = {"_id": {"$gt": documents[-1]["_id"]}}
        await asyncio.sleep(0)
    return recount


async def _page(database: Database, wanted: Document) -> list[Document]:
    return await database["sessions"].find(wanted, _FIELDS, sort=[("_id", 1)], limit=_PIECE).to_list()


def _evaluation(document: Mapping[str, Any]) -> Evaluation | None:
    if document["erased"]:
        return None
    return read_evaluation({name: value for name, value in document.items() if name in EVALUATION_FIELDS})


async def _kept(database: Database) -> dict[BucketKey, Counts]:
    kept: dict[BucketKey, Counts] = {}
    for level in Level:
        for part in await _patiently(database, read_parts(database, level, Span(None, None), None)):
            kept[part.key] = add(kept.get(part.key, {}), part.counts)
    return kept


async def _repair(database: Database, recount: Recount) -> None:
    updates = [
        UpdateOne({"_id": session_id}, {"$set": {"counted": counted_to_bson(right)}})
        for session_id, (_, right) in recount.wrong_notes.items()
    ]
    if updates:
        await database["sessions"].bulk_write(updates, ordered=False)
