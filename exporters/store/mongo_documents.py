"""How a session stands in MongoDB: the evaluation's own fields, and beside them what the store needs. Pure.

Beside: `_id` (the session id), `row` (its line in a list), `terms` and `facets` (what it is found by), `review` (its
mark in the review), `hour` and `day` (of `timestamp`, by UTC and by the time zone), `erased`, `scores_kept` (of an
erased one: its scores are still there), `submissions`, `counted` (what it adds to the aggregates), `writer` and `n`
(its last save), and `log`: the saves whose aggregates are not applied yet, `{writer, n, new, old}`; empty soon after
each save.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from bson import encode
from bson.binary import USER_DEFINED_SUBTYPE, Binary
from bson.errors import InvalidDocument

from config.errors import InvalidInputError, TooLargeError
from exporters.store.base import SessionRow, row_of
from exporters.store.facets import facets_of
from exporters.store.moments import day_of, to_ms
from exporters.store.mongo_values import from_bson, to_bson
from exporters.store.record import Record, remember, to_record, without_text
from exporters.store.review import JUDGED, judged_mark, review_mark
from exporters.store.rollups import Counted, Movement, count, movement
from exporters.store.sealed import PLAIN, TextSealer
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
SEALED_FIELDS = (
    "query", "response", "claims", "signals", "reasoning", "flag_reasons", "rag_documents", "metadata", "row",
)  # fmt: skip
"""What is sealed where texts are; each feedback is sealed by itself."""
_TEXT_FIELDS = ({*EVALUATION_FIELDS, "row", "terms", "facets", "review"}).difference(STUB_FIELDS)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An evaluation ready to be written, all but its number and what depends on its predecessor."""

    record: Record
    fields: Document
    counted: Counted
    size_bytes: int
    sealer: TextSealer = PLAIN
    is_stub: bool = False
    """Saved as an erased session: its person was erased before it came."""


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


def prepare(evaluation: Evaluation, zone: ZoneInfo, sealer: TextSealer = PLAIN) -> Prepared:
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
        "review": review_mark(stored),
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
    return Prepared(record, fields, counted, size_bytes, sealer)


def as_stub(prepared: Prepared) -> Prepared:
    """Return the save without its text, as `stub_of` would leave it."""
    record = Record(without_text(prepared.record.evaluation), b"")
    fields = {name: prepared.fields[name] for name in STUB_FIELDS if name in prepared.fields}
    return replace(prepared, record=record, fields=fields | {"erased": True, "scores_kept": True}, is_stub=True)


def first_document(prepared: Prepared, writer: str, number: int) -> Document:
    """Return the document of a session's first save."""
    evaluation = prepared.record.evaluation
    return {
        "_id": evaluation.session_id,
        **_sealed(prepared.fields, prepared.sealer),
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
        "submissions": remember(found["submissions"], evaluation.submission_id),
        "writer": writer,
        "n": number,
    }
    entry = _log_entry(writer, number, prepared.counted, read_counted(found["counted"]))
    if prepared.is_stub:
        return {"$set": fields, "$push": {"log": entry}, "$unset": dict.fromkeys(sorted(_TEXT_FIELDS), "")}
    fields["row"] = {**fields["row"], "revision": revision}
    if str(found.get("review")).startswith(JUDGED):  # its feedback stays
        fields["review"] = judged_mark(fields["review"], evaluation)
    return {"$set": _sealed(fields, prepared.sealer), "$push": {"log": entry}}


def _sealed(fields: Document, sealer: TextSealer) -> Document:
    """Return the fields as they are kept."""
    if not sealer.is_on:
        return fields
    sealed: Document = {name: seal_value(fields[name], sealer) for name in SEALED_FIELDS if name in fields}
    if "feedback" in fields:
        sealed["feedback"] = [seal_value(one, sealer) for one in fields["feedback"]]
    if "terms" in fields:
        sealed["terms"] = sealer.hide(fields["terms"])
    return fields | sealed


def seal_value(value: Any, sealer: TextSealer) -> Any:
    """Return a value as it is kept; `mongo_sealing.py` opens it."""
    return Binary(sealer.seal(orjson.dumps(value)), USER_DEFINED_SUBTYPE) if sealer.is_on else value


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
