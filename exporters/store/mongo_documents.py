"""How a session stands in MongoDB: the evaluation's own fields, and beside them what the store needs. Pure.

Beside: `_id` (the session id), `row` (its line in a list), `terms` and `facets` (what it is found by), `hour` and `day`
(of `timestamp`, by UTC and by the time zone), `erased`, `scores_kept` (of an erased one: its scores are still there),
`submissions`, `counted` (what it adds to the aggregates), `writer` and `n` (its last save), and `log`: the saves whose
aggregates are not applied yet, `{writer, n, new, old}`; empty soon after each save.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from bson import encode
from bson.errors import InvalidDocument

from config.errors import InvalidInputError, TooLargeError
from exporters.store.base import SessionRow, row_of
from exporters.store.facets import facets_of
from exporters.store.moments import day_of, to_ms
from exporters.store.mongo_values import from_bson, to_bson
from exporters.store.record import Record, remember, to_record
from exporters.store.rollups import Counted, Movement, count, movement
from exporters.store.terms import terms_of
from scorer.model import Evaluation

Document = dict[str, Any]
"""As the driver gives and takes it."""

LIMIT_BYTES = 16 * 1024 * 1024 - 256 * 1024
"""The server takes 16 MiB a document; the rest is room for feedback and the log."""
EVALUATION_FIELDS = dict.fromkeys(Evaluation.model_fields, 1)
"""What is asked for to read an evaluation."""
_MOMENTS = ("timestamp", "scored_at")  # BSON dates, for indexes that expire; every other value is as in the JSON
STUB_FIELDS = (
    "_id", "session_id", "service_id", "timestamp", "scored_at", "overall_score", "dimensions", "flagged", "revision",
    "hour", "day", "submissions", "counted", "writer", "n", "log",
)  # fmt: skip
"""What stays of an erased session."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An evaluation ready to be written, all but its number and what depends on its predecessor."""

    record: Record
    fields: Document
    counted: Counted
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One save in a session's log."""

    number: int
    session_id: str
    new: Counted
    old: Counted | None

    def movement(self) -> Movement:
        """Return what it changes in the aggregates."""
        return movement(self.new, self.old)


def prepare(evaluation: Evaluation, zone: ZoneInfo) -> Prepared:
    """Return the evaluation ready to be written; costs time in proportion to its text.

    Raises InvalidInputError (metadata that cannot be written) and TooLargeError (beyond `LIMIT_BYTES` with its words).
    """
    record = to_record(evaluation)
    stored = record.evaluation
    fields: Document = to_bson(stored.model_dump(mode="json"))
    timestamp_ms = to_ms(stored.timestamp)
    counted = count(stored, zone)
    fields |= {name: getattr(stored, name) for name in _MOMENTS}
    fields |= {
        "row": row_of(stored).model_dump(mode="json"),
        "terms": list(terms_of(stored)),
        "facets": list(facets_of(stored)),
        "hour": stored.timestamp.strftime("%Y-%m-%dT%H"),
        "day": day_of(timestamp_ms, zone).isoformat(),
        "erased": False,
        "scores_kept": False,
        "counted": counted_to_bson(counted),
    }
    try:
        size_bytes = len(encode(fields))
    except (InvalidDocument, OverflowError):
        raise InvalidInputError("expected values that MongoDB can hold", "metadata") from None
    if size_bytes > LIMIT_BYTES:
        raise TooLargeError(f"the evaluation has {size_bytes} bytes, MongoDB takes {LIMIT_BYTES} for one")
    return Prepared(record, fields, counted, size_bytes)


def first_document(prepared: Prepared, writer: str, number: int) -> Document:
    """Return the document of a session's first save."""
    evaluation = prepared.record.evaluation
    return {
        "_id": evaluation.session_id,
        **prepared.fields,
        "submissions": [evaluation.submission_id],
        "writer": writer,
        "n": number,
        "log": [_log_entry(writer, number, prepared.counted, None)],
    }


def next_change(prepared: Prepared, writer: str, number: int, found: Mapping[str, Any]) -> Document:
    """Return the update that puts the evaluation in the place of what was found; feedback is left as it is."""
    evaluation = prepared.record.evaluation
    revision = found["revision"] + 1
    fields = {name: value for name, value in prepared.fields.items() if name != "feedback"}
    fields |= {
        "revision": revision,
        "row": {**fields["row"], "revision": revision},
        "submissions": remember(found["submissions"], evaluation.submission_id),
        "writer": writer,
        "n": number,
    }
    entry = _log_entry(writer, number, prepared.counted, read_counted(found["counted"]))
    return {"$set": fields, "$push": {"log": entry}}


def _log_entry(writer: str, number: int, new: Counted, old: Counted | None) -> Document:
    return {
        "writer": writer,
        "n": number,
        "new": counted_to_bson(new),
        "old": None if old is None else counted_to_bson(old),
    }


def entries_of(document: Mapping[str, Any], writer: str) -> list[Entry]:
    """Return the writer's saves in a document's log."""
    return [
        Entry(
            entry["n"],
            document["_id"],
            read_counted(entry["new"]),
            None if entry["old"] is None else read_counted(entry["old"]),
        )
        for entry in document["log"]
        if entry["writer"] == writer
    ]


def read_counted(value: Mapping[str, Any]) -> Counted:
    """Return what a kept session adds to the aggregates."""
    return Counted(**from_bson(value))


def read_evaluation(document: Mapping[str, Any]) -> Evaluation:
    """Return the evaluation of a document that is not erased."""
    return Evaluation.model_validate({name: from_bson(value) for name, value in document.items()})


def read_rows(documents: Sequence[Mapping[str, Any]]) -> list[SessionRow]:
    """Return the list rows of documents."""
    return [SessionRow.model_validate(document["row"]) for document in documents]


def stub_of(document: Mapping[str, Any]) -> Document:
    """Return what stays of a document when it is erased: no text, its place in the counts."""
    return {name: document[name] for name in STUB_FIELDS} | {"erased": True, "scores_kept": True}


def counted_to_bson(counted: Counted) -> Document:
    """Return what a session adds to the aggregates, as it is kept with it."""
    value: Document = to_bson(counted.to_dict())
    return value
