"""What the scorer needs from outside, and what its parts offer one another, as protocols.

`endurance/app.py` hands the implementations in; each protocol has one contract suite under `tests/`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from scorer.model import CaptureOutcome, Claim, Document, Evaluation, Exchange, Unscored


class JobKind(StrEnum):
    """What a job's payload holds."""

    EXCHANGE = "exchange"
    """The bytes of `scorer.wire.Exchange`."""
    EVALUATE = "evaluate"
    """JSON of `scorer.model.Exchange`, pushed by a client or re-scored."""


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of queue work."""

    id: str
    """The submission id: putting the same id twice keeps one."""
    kind: JobKind
    payload: bytes


@dataclass(frozen=True, slots=True)
class Lease:
    """A job that is ours until the lease runs out."""

    job: Job
    attempt: int
    """1 for the first delivery."""
    enqueued_at: float
    """Seconds since the epoch."""
    token: int
    """Tells this delivery from a later one of the same job: a stale token acks nothing."""


@dataclass(frozen=True, slots=True)
class QueueStats:
    """The state of a queue, for metrics and the summary."""

    depth: int
    """Jobs waiting or leased."""
    dead: int
    """Dead letters kept."""
    size_bytes: int
    oldest_seconds: float
    """Age of the oldest waiting or leased job; 0 when there is none."""
    damaged: int
    """Damaged files renamed aside since start."""


class Queue(Protocol):
    """At-least-once delivery: what `put` returned from survives the loss of any process."""

    async def put(self, jobs: Sequence[Job]) -> None:
        """Make the jobs durable; an id that is already there is kept once. Raises QueueFullError: none was taken."""

    async def lease(self, limit: int, lease_seconds: float) -> list[Lease]:
        """Return up to `limit` jobs, oldest first; an empty list when nothing is due."""

    async def wait(self, timeout_seconds: float) -> None:
        """Return when work may be due, or after the time-out."""

    async def extend(self, lease: Lease, lease_seconds: float) -> None:
        """Keep a job that takes longer than its lease."""

    async def ack(self, leases: Sequence[Lease]) -> None:
        """Forget the jobs: they are done."""

    async def nack(self, lease: Lease, delay_seconds: float, reason: str) -> None:
        """Put the job back, due after the delay; its attempt count grows with the next lease."""

    async def release(self, lease: Lease, delay_seconds: float) -> None:
        """Put the job back without counting the attempt: the fault was not the job's (a store that is away)."""

    async def bury(self, lease: Lease, reason: str) -> None:
        """Make the job a dead letter, kept with its reason."""

    async def stats(self) -> QueueStats:
        """Return depth, dead letters, size and age."""

    async def close(self) -> None:
        """Finish what was put and let go of the files."""


class Scorer(Protocol):
    """Turns one job into its result; the scoring pool."""

    processes: int
    """How many jobs are scored at the same time."""

    async def score(self, job: Job, *, urgent: bool = False) -> Evaluation | Unscored:
        """Score; `urgent` goes ahead of the backlog.

        Raises InvalidInputError (it can never be scored), ScoringError (the process died, ran out of time or failed
        on it), RedactionError (it may not be stored), UnavailableError (nobody is there to score, or too many wait).
        """


@dataclass(frozen=True, slots=True)
class Saved:
    """An evaluation after its save was committed."""

    evaluation: Evaluation
    """As stored, with its revision."""
    is_new: bool
    """False when the same submission had been saved before: nothing changed, nothing is to be published."""


class Sink(Protocol):
    """Where evaluations go: the store, then whoever listens."""

    async def save(self, evaluation: Evaluation) -> Saved:
        """Commit; idempotent by submission id. Raises StoreUnavailableError when the store is away."""

    async def publish(self, saved: Saved) -> None:
        """Tell the exporters; never raises for a slow or broken one."""


@dataclass(frozen=True, slots=True)
class ClaimReport:
    """What a claim engine says of one answer."""

    claims: tuple[Claim, ...]
    risk: float | None
    """Probability that the answer holds unsupported content; None when nothing could be checked."""
    reason: str
    """Why nothing could be checked, or what the risk rests on."""


class ClaimEngine(Protocol):
    """Checks an answer claim by claim against its documents. Pure: no I/O, bounded time."""

    name: str
    version: str

    def check(self, exchange: Exchange, documents: Sequence[Document]) -> ClaimReport:
        """Return one claim per checkable statement, in the order of the text."""


class JobOutcome(StrEnum):
    """How a delivery of a job ended; the label set of `endurance_jobs_total`."""

    SCORED = "scored"
    UNSCORED = "unscored"
    """Read, counted, and not an answer to score."""
    DUPLICATE = "duplicate"
    """Had been saved before."""
    RETRIED = "retried"
    POSTPONED = "postponed"
    """Put back through no fault of its own: the store was away, or a newer layout than ours."""
    DEAD = "dead"
    REFUSED = "refused"
    """A dead letter, because its evaluation could not be redacted: nothing of it was stored."""


class Observer(Protocol):
    """Whoever counts what the engine does; cheap, never raises."""

    def count_job(self, outcome: JobOutcome) -> None:
        """One delivery ended."""

    def count_capture(self, outcome: CaptureOutcome) -> None:
        """One copied exchange was read, and was this."""

    def set_proxy_totals(self, totals: Mapping[str, int]) -> None:
        """The proxy's counters since its start, by the names in `scorer/wire.py`."""


class Evaluator(Protocol):
    """Scores what clients push."""

    async def evaluate(self, exchange: Exchange) -> Evaluation:
        """Score ahead of the backlog, save, publish; return the evaluation as stored.

        Finished even if the caller is cancelled. Raises InvalidInputError (unknown preset or mode), ScoringError
        (the scorer failed on it), StoreUnavailableError.
        """

    async def enqueue(self, exchange: Exchange) -> None:
        """Make the exchange durable in the queue and return. Raises QueueFullError."""
