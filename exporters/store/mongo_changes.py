"""What is done to one session in MongoDB beside saving it: a person's verdict, and its erasure."""

from typing import Final

from pymongo import ReturnDocument

from config.errors import StoreUnavailableError
from exporters.store import mongo_review
from exporters.store.mongo_client import Database
from exporters.store.mongo_documents import (
    EVALUATION_FIELDS,
    STUB_FIELDS,
    Document,
    read_evaluation,
    seal_value,
    stub_of,
)
from exporters.store.mongo_values import to_bson
from exporters.store.record import clean_text, to_stored_feedback
from exporters.store.sealed import TextSealer
from scorer.model import Evaluation, Feedback

ATTEMPTS: Final = 5
"""Tries against writers that change the same session."""


def present(session_id: str) -> Document:
    """Return the condition that the session is there and not erased."""
    return {"_id": clean_text(session_id), "erased": False}


async def add_feedback(
    database: Database, session_id: str, feedback: Feedback, sealer: TextSealer
) -> Evaluation | None:
    """Append a verdict; return the evaluation with it, or None when unknown or erased."""
    value = seal_value(to_bson(to_stored_feedback(feedback).model_dump(mode="json")), sealer)
    found = await database["sessions"].find_one_and_update(
        present(session_id),
        {"$push": {"feedback": value}},
        {**EVALUATION_FIELDS, "review": 1},
        return_document=ReturnDocument.AFTER,
    )
    if found is None:
        return None
    mark = found.pop("review")
    evaluation = read_evaluation(found)
    await mongo_review.mark_judged(database, evaluation, mark)
    return evaluation


async def erase(database: Database, session_id: str) -> bool:
    """Put a stub in the place of the document; False when unknown or erased."""
    for _ in range(ATTEMPTS):
        found = await database["sessions"].find_one(present(session_id), STUB_FIELDS)
        if found is None:
            return False
        unchanged = {**present(session_id), "revision": found["revision"]}
        result = await database["sessions"].replace_one(unchanged, stub_of(found))
        if result.matched_count:
            return True
    raise StoreUnavailableError("other writers keep changing the same session")
