"""Saves in MongoDB whose aggregates are not moved yet: they stand in their sessions' `log`, by writer and number."""

from collections.abc import Sequence

from exporters.store.mongo_client import Database
from exporters.store.mongo_documents import Document, Entry, entries_of
from exporters.store.mongo_rollups import apply


async def read_unfinished(database: Database, writer: str) -> list[Document]:
    """Return the sessions in whose log that writer stands."""
    return await database["sessions"].find({"log.writer": writer}, {"log": 1, "submissions": 1}).to_list()


def entries_by_number(documents: Sequence[Document], writer: str) -> list[Entry]:
    """Return the writer's saves in these logs, by number."""
    entries = [entry for document in documents for entry in entries_of(document, writer)]
    return sorted(entries, key=lambda entry: entry.number)


async def settle(database: Database, writer: str, entries: Sequence[Entry], now_ms: int) -> None:
    """Move the aggregates by these saves, which are all of the writer's that may be missing; then empty the logs."""
    if not entries:
        return
    await apply(database, writer, entries, now_ms)
    await database["sessions"].update_many(
        {"_id": {"$in": sorted({entry.session_id for entry in entries})}},
        {"$pull": {"log": {"writer": writer, "n": {"$lte": entries[-1].number}}}},
    )


async def settle_all(database: Database, now_ms: int) -> None:
    """Finish the saves of every writer, as a process that is gone for good left them."""
    logs = await database["sessions"].find({"log.0": {"$exists": True}}, {"log.writer": 1}).to_list()
    for writer in sorted({entry["writer"] for document in logs for entry in document["log"]}):
        unfinished = await read_unfinished(database, writer)
        await settle(database, writer, entries_by_number(unfinished, writer), now_ms)
