"""The store's protocol: what the API, the feed and the scorer ask of the record, whatever keeps it.

One contract suite (`tests/exporters/store/contract.py`) runs against every implementation.

Order. Each engine writes under a writer id and numbers its saves 1, 2, 3, … without a gap, in commit order.
A position in the record is how far each writer has been read: `w1:10,w2:7`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from config.errors import InvalidInputError
from exporters.store.aggregates import Bucket, Interval, ServiceStats
from exporters.store.audit import AuditStore
from exporters.store.history import HistoryStore
from exporters.store.review import ReviewStore
from exporters.store.sealed import SealedStore
from exporters.store.subjects import SubjectStore
from scorer.model import DimensionName, Evaluation, Feedback, Moment, Score, Value, Verdict
from scorer.protocols import Saved


@dataclass(frozen=True, slots=True)
class Position:
    """How far each writer's saves have been read; the feed's event id."""

    through: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "Position":
        """Read `w1:10,w2:7`. Raises InvalidInputError."""
        through = {}
        for part in filter(None, text.split(",")):
            writer, colon, number = part.rpartition(":")
            if not (colon and writer and number.isascii() and number.isdigit() and len(number) <= 18):
                raise InvalidInputError("expected an event id such as w1:10 or w1:10,w2:7", "last_event_id")
            through[writer] = int(number)
        return cls(through)

    def __str__(self) -> str:
        return ",".join(f"{writer}:{number}" for writer, number in sorted(self.through.items()))

    def advanced(self, writer: str, number: int) -> "Position":
        """Return the position after that writer's save."""
        return Position({**self.through, writer: number})


class SessionRow(Value):
    """An evaluation in a list and in the feed: enough for a line, without its text in full."""

    session_id: str
    service_id: str
    conversation_id: str | None = None
    query: str
    """At most 500 characters of it."""
    overall_score: Score | None
    dimensions: dict[DimensionName, Score | None]
    not_assessed: tuple[DimensionName, ...] = ()
    flagged: bool
    flag_reasons: tuple[str, ...] = ()
    total_claims: int = 0
    hallucinated_claims: int = 0
    model: str | None = None
    compliance_mode: str
    preset: str
    language: str | None = None
    revision: int = 1
    timestamp: Moment
    scored_at: Moment


ROW_QUERY_LIMIT = 500
_SHARED_FIELDS = tuple(name for name in SessionRow.model_fields if name in Evaluation.model_fields and name != "query")


def row_of(evaluation: Evaluation) -> SessionRow:
    """Return the list row of an evaluation."""
    # Not validated again: the values were, as the evaluation's.
    return SessionRow.model_construct(
        query=evaluation.query[:ROW_QUERY_LIMIT],
        total_claims=evaluation.verification.total_claims,
        hallucinated_claims=evaluation.verification.hallucinated_claims,
        **{name: getattr(evaluation, name) for name in _SHARED_FIELDS},
    )


class TotalKind(StrEnum):
    """Whether a total was counted to the end."""

    EXACT = "exact"
    AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Conditions on a list of sessions; None means no condition."""

    service_id: str | None = None
    flagged_only: bool = False
    since: datetime | None = None
    """Inclusive, on `timestamp`."""
    until: datetime | None = None
    """Exclusive."""
    min_score: float | None = None
    """Inclusive, on the overall score, or on `dimension`'s where that is given."""
    max_score: float | None = None
    """Inclusive."""
    dimension: DimensionName | None = None
    q: str | None = None
    """Every whole, case-folded word must stand in query, response or session id."""
    flag_reason: str | None = None
    """Code of a flag that the session has."""
    verdict: Verdict | None = None
    """At least one claim of the session has it."""
    language: str | None = None
    """Detected in the answer, ISO 639-1."""
    model: str | None = None
    conversation_id: str | None = None
    end_user: str | None = None
    """Salted hash of the asking person's id."""


@dataclass(frozen=True, slots=True)
class SessionPage:
    """A page of rows, newest first by (timestamp, session id)."""

    sessions: tuple[SessionRow, ...]
    total: int
    total_is: TotalKind
    next_cursor: str | None
    """Opaque; None on the last page."""


@dataclass(frozen=True, slots=True)
class EvaluationPage:
    """A page of whole evaluations, in the order of a list."""

    evaluations: tuple[Evaluation, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One committed save, as the feed tells it."""

    writer: str
    number: int
    row: SessionRow


@dataclass(frozen=True, slots=True)
class Difference:
    """A counter of a bucket that is not what its sessions add up to."""

    level: str
    """`service`, `hour` or `day`; `session` where a session's own note of what it adds is wrong."""
    start: datetime | None
    """Start of the bucket; None for a service in all, or for a session."""
    name: str
    """The service's id, or the session's."""
    counter: str
    kept: int
    counted: int


@dataclass(frozen=True, slots=True)
class Check:
    """What a recount found."""

    sessions: int
    """Sessions counted, erased ones included."""
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Expired:
    """What one step of retention took out."""

    texts: int
    scores: int


class Store(SubjectStore, AuditStore, ReviewStore, SealedStore, HistoryStore, Protocol):
    """The record of evaluations. Every method raises StoreUnavailableError when the store is away."""

    writer: str
    """Id under which this engine saves."""

    async def open(self) -> None:
        """Connect, create what is missing, apply rollups that a crash left undone."""

    async def close(self) -> None:
        """Finish what was begun and let go."""

    async def ping(self) -> bool:
        """Say whether the store answers, within a second, and takes what is saved; never raises."""

    async def save(self, evaluation: Evaluation) -> Saved:
        """Commit the evaluation, its number and its aggregates.

        The same `submission_id` again changes nothing (`is_new` False). Another submission under the same
        `session_id` replaces the record with `revision` + 1, keeps its feedback, and moves the aggregates by the
        difference.
        """

    async def get(self, session_id: str) -> Evaluation | None:
        """Return one evaluation; None when unknown or erased."""

    async def list_sessions(self, wanted: SessionFilter, limit: int, cursor: str | None) -> SessionPage:
        """Return a page, newest first; stays right while rows arrive. Raises InvalidInputError for a bad cursor."""

    async def read_evaluations(self, wanted: SessionFilter, limit: int, cursor: str | None) -> EvaluationPage:
        """Return the evaluations of that page whole, without counting all. Raises InvalidInputError as the list."""

    async def add_feedback(self, session_id: str, feedback: Feedback) -> Evaluation | None:
        """Append a verdict; no new number, no feed event. None when unknown or erased."""

    async def erase(self, session_id: str) -> bool:
        """Remove the text for good; a stub without text stays in the counts. False when unknown or erased."""

    async def expire(
        self, service_id: str, text_before: datetime | None, scores_before: datetime | None, limit: int
    ) -> Expired:
        """Erase the text of that service's sessions before one moment, and the scores of erased ones before another.

        At most `limit` of each; None takes out nothing. The aggregates stay as they are.
        """

    async def service_ids(self) -> list[str]:
        """Return every service that has a session, sorted."""

    async def service_stats(self, service_id: str) -> ServiceStats | None:
        """Return the aggregates of a service; None when it has no session."""

    async def all_stats(self) -> list[ServiceStats]:
        """Return the aggregates of every service, sorted by id."""

    async def timeseries(
        self, interval: Interval, since: datetime, until: datetime, service_id: str | None
    ) -> list[Bucket]:
        """Return the non-empty buckets that start in [since, until), oldest first, then by service."""

    async def check(self, *, is_repaired: bool) -> Check:
        """Count every session anew and compare with the aggregates; with `is_repaired` put them right.

        Time is linear in the record, about a minute for half a million sessions, and saves may wait meanwhile.
        Raises ConflictError when others keep saving to it.
        """

    async def position(self) -> Position:
        """Return the end of the record: every writer's last committed number."""

    async def changes(self, after: Position, limit: int) -> Sequence[Change]:
        """Return saves beyond the position, in each writer's order; at most `limit`.

        A save that was replaced later is told at its later place only; an erased one not at all.
        """
