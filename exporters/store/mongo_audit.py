"""The audit in MongoDB: collection `audit`, a document a link; `_id` is its writer and number.

One process appends under a writer id, but for a command beside the engine. The place in the chain is the document's id:
two that append at once cannot both take it, and the one that comes late reads the end anew. A batch whose answer was
lost is looked for by its drafts' ids before it is sent again.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo.errors import BulkWriteError

from config.errors import StoreUnavailableError
from exporters.store.audit import (
    AuditFilter,
    AuditPage,
    Draft,
    Head,
    Kept,
    Link,
    chained,
    columns_of,
    place_of,
    read_link,
)
from exporters.store.cursor import Cursor
from exporters.store.moments import from_ms, to_ms
from exporters.store.mongo_client import Database
from exporters.store.mongo_documents import Document
from scorer.back_off import BackOff

ATTEMPTS = 10
FIRST_PAUSE_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 0.5
"""Two that met at one place wait before they read the end anew, each another time: else they meet again."""
_UNIQUE_BROKEN = 11000


class MongoAudit:
    """Appends to one writer's chain, one batch after the other."""

    def __init__(self, writer: str, rng: random.Random | None = None) -> None:
        self._writer = writer
        self._rng = rng or random.Random()
        self._turn = asyncio.Lock()
        self._is_certain = False  # whether every batch that was sent is known to have arrived

    async def append(self, database: Database, drafts: Sequence[Draft]) -> list[Link]:
        """Append as `AuditStore.append_audit` says."""
        async with self._turn:
            made = {} if self._is_certain else await _arrived(database, drafts)
            self._is_certain = False
            pauses = BackOff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, self._rng)
            for _ in range(ATTEMPTS):
                missing = [draft for draft in drafts if draft.id not in made]
                links = chained(await _head(database, self._writer), missing)
                made |= {link.entry.id: link for link in links[: await _insert(database, links)]}
                if len(made) == len(drafts):
                    self._is_certain = True
                    return [made[draft.id] for draft in drafts]
                await asyncio.sleep(pauses.next_seconds())
        raise StoreUnavailableError("others keep appending to the same audit chain")


async def _arrived(database: Database, drafts: Sequence[Draft]) -> dict[str, Link]:
    found = database["audit"].find({"id": {"$in": [draft.id for draft in drafts]}}, {"body": 1})
    links = [read_link(document["body"].encode()) async for document in found]
    return {link.entry.id: link for link in links}


async def _head(database: Database, writer: str) -> Head:
    found = await database["audit"].find_one({"writer": writer}, {"n": 1, "hash": 1}, sort=[("n", -1)])
    return Head(writer) if found is None else Head(writer, found["n"], found["hash"])


async def _insert(database: Database, links: Sequence[Link]) -> int:
    """Insert in order; return how many there were before another's entry stood in the way."""
    if not links:
        return 0
    try:
        await database["audit"].insert_many([_document(link) for link in links])
    except BulkWriteError as error:
        if any(problem["code"] != _UNIQUE_BROKEN for problem in error.details["writeErrors"]):
            raise
        inserted: int = error.details["nInserted"]
        return inserted
    return len(links)


def _document(link: Link) -> Document:
    entry = link.entry
    columns = columns_of(entry, to_ms(entry.at))
    at = from_ms(to_ms(entry.at))
    return {
        "_id": place_of(entry.writer, entry.number),
        "id": entry.id,
        "writer": entry.writer,
        "n": entry.number,
        "at": at,
        **{name: value for name, value in columns.items() if name != "at_ms"},
        "hash": link.hash,
        # As text: the bytes that were hashed, and readable in any client.
        "body": link.body.decode(),
    }


async def list_page(database: Database, wanted: AuditFilter, limit: int, after: Cursor | None) -> AuditPage:
    """Return a page, newest first."""
    given = {"actor": wanted.actor, "action": wanted.action, "outcome": wanted.outcome, "target": wanted.target}
    conditions: Document = {name: str(value) for name, value in given.items() if value is not None}
    bounds = {op: value for op, value in (("$gte", wanted.since), ("$lt", wanted.until)) if value is not None}
    if bounds:
        conditions["at"] = bounds
    page = conditions if after is None else {"$and": [conditions, _beyond(after)]}
    newest_first = [("at", -1), ("_id", -1)]
    found = await database["audit"].find(page, {"at": 1, "body": 1}, sort=newest_first, limit=limit + 1).to_list()
    last = found[limit - 1] if len(found) > limit else None
    next_cursor = None if last is None else str(Cursor(to_ms(last["at"]), last["_id"]))
    return AuditPage(tuple(read_link(one["body"].encode()) for one in found[:limit]), next_cursor)


def _beyond(cursor: Cursor) -> Document:
    moment = from_ms(cursor.timestamp_ms)
    return {"at": {"$lte": moment}, "$or": [{"at": {"$lt": moment}}, {"_id": {"$lt": cursor.session_id}}]}


async def writers(database: Database) -> list[str]:
    """Return every writer that has an entry, sorted."""
    groups = await database["audit"].aggregate([{"$group": {"_id": "$writer"}}])
    return sorted([group["_id"] async for group in groups])


async def read_chain(database: Database, writer: str, after: int, limit: int) -> list[Kept]:
    """Return rows of a writer as they stand."""
    wanted = {"writer": writer, "n": {"$gt": after}}
    found = await database["audit"].find(wanted, sort=[("n", 1)], limit=limit).to_list()
    return [_kept(document) for document in found]


def _kept(document: Mapping[str, Any]) -> Kept:
    """Return the document as it stands, whatever somebody made of it."""
    columns = {name: document.get(name) for name in ("actor", "action", "outcome", "target")}
    at = document.get("at")
    at_ms = to_ms(at) if isinstance(at, datetime) else None
    body, hash_ = str(document.get("body")).encode(), str(document.get("hash"))
    return Kept(document["n"], body, hash_, {"at_ms": at_ms, **columns})
