"""What is kept of an evaluation: to the millisecond, as JSON, with what a replacement keeps of the old one. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic_core import PydanticSerializationError

from config.errors import InvalidInputError
from exporters.store.base import SessionFilter
from exporters.store.moments import from_ms, to_ms
from scorer.model import Evaluation, Feedback

SUBMISSION_LIMIT = 16
"""Submissions remembered per session: a redelivery comes within the life of a queue entry, not years later."""

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Record:
    """An evaluation as it is kept."""

    evaluation: Evaluation
    document: bytes
    """Its JSON."""


def to_record(evaluation: Evaluation) -> Record:
    """Return the evaluation as its session's first: moments to the millisecond, text that UTF-8 can hold.

    Half a surrogate pair, which Python can hold and no store can, becomes U+FFFD; spans stay right, since both are
    one code point. Raises InvalidInputError when the metadata cannot be written as JSON.
    """
    stored = evaluation.model_copy(
        update={
            "timestamp": from_ms(to_ms(evaluation.timestamp)),
            "scored_at": from_ms(to_ms(evaluation.scored_at)),
            "feedback": tuple(to_stored_feedback(feedback) for feedback in evaluation.feedback),
            "revision": 1,
        }
    )
    try:
        return Record(stored, _encode(stored))
    except PydanticSerializationError:
        stored = Evaluation.model_validate(_clean(stored.model_dump()))
    try:
        return Record(stored, _encode(stored))
    except PydanticSerializationError:
        raise InvalidInputError("expected metadata that can be written as JSON", "metadata") from None


def succeed(record: Record, revision: int, feedback: Sequence[Feedback]) -> Record:
    """Return the record as the one after `revision`, with the feedback people gave to the earlier ones."""
    evaluation = record.evaluation.model_copy(update={"revision": revision + 1, "feedback": tuple(feedback)})
    return Record(evaluation, _encode(evaluation))


def with_feedback(document: bytes, feedback: Feedback) -> Record:
    """Return a kept document with one more feedback."""
    evaluation = Evaluation.model_validate_json(document)
    evaluation = evaluation.model_copy(update={"feedback": (*evaluation.feedback, to_stored_feedback(feedback))})
    return Record(evaluation, _encode(evaluation))


def without_text(evaluation: Evaluation) -> Evaluation:
    """Return what may still be told of an evaluation whose person was erased: scores, counts and codes."""
    return evaluation.model_copy(
        update={
            "query": "",
            "response": "",
            "conversation_id": None,
            "end_user": None,
            "claims": (),
            "left_out": (),
            "flag_reasons": (),
            "reasoning": (),
            "signals": (),
            "rag_documents": (),
            "metadata": {},
            "feedback": (),
        }
    )


def to_stored_feedback(feedback: Feedback) -> Feedback:
    """Return the feedback with its moment to the millisecond and text that UTF-8 can hold."""
    clean = {name: clean_text(value) for name, value in feedback if isinstance(value, str)}
    return feedback.model_copy(update={**clean, "at": from_ms(to_ms(feedback.at))})


def is_known(submissions: Sequence[str], submission_id: str) -> bool:
    """Say whether a session has taken this submission, or a later one of the same turn of a WebSocket.

    Such a turn is told again with more of its answer, as `<turn>.<size>` (`scorer.wire.exchange_key`): what was told
    before and comes late, after a retry or by another worker, must not take the whole answer's place.
    """
    if submission_id in submissions:
        return True
    turn, _, size = submission_id.rpartition(".")
    if "." not in turn or not size.isdecimal():
        return False
    others = (other.rpartition(".") for other in submissions)
    return any(name == turn and more.isdecimal() and int(more) > int(size) for name, _, more in others)


def remember(submissions: Sequence[str], submission_id: str) -> list[str]:
    """Return the session's submissions with this one as the newest."""
    return [*submissions, submission_id][-SUBMISSION_LIMIT:]


def clean_text(text: str) -> str:
    """Return the text with each half of a surrogate pair as U+FFFD; ids are looked up as they were kept."""
    return _SURROGATE.sub("\ufffd", text)


def clean_filter(wanted: SessionFilter) -> SessionFilter:
    """Return the filter with its service id as services were kept; words never hold half a pair."""
    return wanted if wanted.service_id is None else replace(wanted, service_id=clean_text(wanted.service_id))


def _encode(evaluation: Evaluation) -> bytes:
    return evaluation.model_dump_json().encode()


def _clean(value: Any) -> Any:
    match value:
        case str():
            return clean_text(value)
        case dict():
            return {_clean(key): _clean(item) for key, item in value.items()}
        case list() | tuple():
            return [_clean(item) for item in value]
        case _:
            return value
