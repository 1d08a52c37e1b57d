"""What retention takes out of MongoDB: first the text, later the scores. One update a session; aggregates stay."""

from datetime import datetime

from pymongo import ReplaceOne, UpdateOne

from exporters.store.mongo_client import Database
from exporters.store.mongo_documents import STUB_FIELDS, Document, counted_to_bson, read_counted, stub_of
from exporters.store.rollups import without_scores


async def expire_texts(database: Database, service_id: str, before: datetime, limit: int) -> int:
    """Put stubs in the place of older documents; one that is replaced meanwhile is left for the next time."""
    wanted = {"erased": False, "service_id": service_id, "timestamp": {"$lt": before}}
    found = await database["sessions"].find(wanted, dict.fromkeys(STUB_FIELDS, 1), limit=limit).to_list()
    changes = [
        ReplaceOne({"_id": one["_id"], "erased": False, "revision": one["revision"]}, stub_of(one)) for one in found
    ]
    if not changes:
        return 0
    return (await database["sessions"].bulk_write(changes, ordered=False)).matched_count


async def expire_scores(database: Database, service_id: str, before: datetime, limit: int) -> int:
    """Take the scores out of older stubs whose saves are all counted."""
    wanted = {"scores_kept": True, "service_id": service_id, "timestamp": {"$lt": before}, "log": []}
    found = await database["sessions"].find(wanted, {"revision": 1, "counted": 1}, limit=limit).to_list()
    changes = [
        UpdateOne(
            {"_id": one["_id"], "scores_kept": True, "revision": one["revision"], "log": []},
            _without_scores(one["counted"]),
        )
        for one in found
    ]
    return (await database["sessions"].bulk_write(changes, ordered=False)).matched_count if changes else 0


def _without_scores(noted: Document) -> Document:
    note = counted_to_bson(without_scores(read_counted(noted)))
    return {
        "$set": {"scores_kept": False, "counted": note},
        "$unset": dict.fromkeys(("overall_score", "dimensions", "flagged"), ""),
    }
