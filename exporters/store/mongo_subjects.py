"""Who was erased from MongoDB, and up to when: collection `subjects`, a document a person, for every engine to see.

Before a save the engine asks who was erased, and sends a stub in the place of an erased person's session. An erasure by
another engine may come between the question and the save: it is asked once more after, and what slipped through is
erased then. Either the save stands before the erasure looks for sessions, or the second question sees the erasure.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pymongo import ReplaceOne

from exporters.store.facets import subject_facet
from exporters.store.mongo_client import Database
from exporters.store.mongo_documents import STUB_FIELDS, stub_of
from exporters.store.subjects import Erasure, TextsErased
from scorer.model import Evaluation

_FIELDS = dict.fromkeys((*STUB_FIELDS, "feedback"), 1)


async def erase_subject(database: Database, end_user: str, until: datetime, limit: int) -> TextsErased:
    """Do one step of `SubjectStore.erase_subject`; a session that is replaced meanwhile is left for the next one."""
    await database["subjects"].update_one({"_id": end_user}, {"$max": {"until": until}}, upsert=True)
    sessions = feedback = 0
    wanted = {"facets": subject_facet(end_user), "erased": False}
    while sessions < limit:
        found = await database["sessions"].find(wanted, _FIELDS, limit=limit - sessions).to_list()
        if not found:
            break
        for one in found:
            unchanged = {"_id": one["_id"], "erased": False, "revision": one["revision"]}
            result = await database["sessions"].replace_one(unchanged, stub_of(one))
            sessions += result.matched_count
            feedback += len(one["feedback"]) * result.matched_count
    return TextsErased(sessions, feedback)


async def read_erasures(database: Database, after: datetime) -> list[Erasure]:
    """Return the erasures up to a later moment, oldest first."""
    found = await database["subjects"].find({"until": {"$gt": after}}).to_list()
    return sorted(Erasure(one["until"], one["_id"]) for one in found)


async def forgotten(database: Database, evaluations: Sequence[Evaluation]) -> set[str]:
    """Return the session ids among them that are an erased person's, from before the erasure."""
    people = sorted({one.end_user for one in evaluations if one.end_user is not None})
    if not people:
        return set()
    found = await database["subjects"].find({"_id": {"$in": people}}).to_list()
    until: Mapping[str, datetime] = {one["_id"]: one["until"] for one in found}
    return {
        one.session_id
        for one in evaluations
        if one.end_user is not None and one.end_user in until and one.timestamp <= until[one.end_user]
    }


async def erase_late(database: Database, evaluations: Sequence[Evaluation]) -> None:
    """Put stubs in the place of those that an erasure missed because they were being saved."""
    late = await forgotten(database, evaluations)
    if not late:
        return
    found = await database["sessions"].find({"_id": {"$in": sorted(late)}, "erased": False}, _FIELDS).to_list()
    changes = [
        ReplaceOne({"_id": one["_id"], "erased": False, "revision": one["revision"]}, stub_of(one)) for one in found
    ]
    if changes:
        await database["sessions"].bulk_write(changes, ordered=False)
