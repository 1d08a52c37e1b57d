"""What MongoDB knows of the review: the field `review`, a session's mark, which its first verdict changes.

Two updates a verdict: the feedback first, then the mark, by its old value. An engine that saves the session anew in
between may leave it among those that wait; it is asked for without feedback, so that it is not shown all the same.
"""

from exporters.store.mongo_client import Database
from exporters.store.mongo_documents import EVALUATION_FIELDS, read_evaluation
from exporters.store.review import JUDGED, OPEN, Stratum, StratumState, judged_mark, read_mark
from scorer.model import Evaluation

_BEHIND = chr(ord("|") + 1)


async def mark_judged(database: Database, evaluation: Evaluation, mark: str | None) -> None:
    """Move a session that had the mark to those that were judged."""
    after = judged_mark(mark, evaluation)
    if after != mark:
        changed = {"_id": evaluation.session_id, "erased": False, "review": mark}
        await database["sessions"].update_one(changed, {"$set": {"review": after}})


async def read_strata(database: Database) -> list[StratumState]:
    """Return every stratum in which a session waits, with how many of it were judged."""
    groups = await database["sessions"].aggregate(
        [
            {"$match": {"review": {"$gt": JUDGED, "$lt": JUDGED[:-1] + _BEHIND}}},
            {"$group": {"_id": "$review", "number": {"$sum": 1}}},
        ]
    )
    judged = {read_mark(group["_id"]): group["number"] async for group in groups}
    strata = [read_mark(mark) for mark in await _open_marks(database)]
    return [StratumState(stratum, judged.get(stratum, 0)) for stratum in sorted(strata)]


async def _open_marks(database: Database) -> list[str]:
    """Return each mark once, by jumps over the index: a stratum may have a hundred thousand sessions."""
    marks: list[str] = []
    last = OPEN
    while found := await database["sessions"].find_one(
        {"review": {"$gt": last, "$lt": OPEN[:-1] + _BEHIND}}, {"review": 1}, sort=[("review", 1)]
    ):
        last = found["review"]
        marks.append(last)
    return marks


async def read_sessions(database: Database, stratum: Stratum, limit: int) -> list[Evaluation]:
    """Return sessions of the stratum that wait, newest first."""
    wanted = {"review": stratum.mark(OPEN), "feedback": []}
    newest_first = [("timestamp", -1), ("session_id", -1)]
    found = await database["sessions"].find(wanted, EVALUATION_FIELDS, sort=newest_first, limit=limit).to_list()
    return [read_evaluation(one) for one in found]
