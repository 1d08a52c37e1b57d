"""What the scorer needs from outside, and what its parts offer one another, as protocols.

`endurance/app.py` hands the implementations in; each protocol has one contract suite under `tests/`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from scorer.claims.judgement import Judgement, LengthCorrection
from scorer.claims.question import Question, Questions, Ruling
from scorer.model import CaptureOutcome, Claim, Document, Evaluation, Exchange, LeftOut, Unscored


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
    rulings: tuple[Ruling, ...] | None = None
    """A judge's, for scoring once more; None before it was asked. Never queued."""


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
    leased: int | None = None
    """Jobs that some worker has, or that wait out a delay; None where these are not counted apart."""


@dataclass(frozen=True, slots=True)
class LettersErased:
    """What an erasure took out of the dead letters."""

    letters: int
    """Letters whose payload was taken out."""
    files_aside: tuple[str, ...] = ()
    """Names of damaged files beside the queue, which may hold anybody's words and which nobody can search."""


class JobTaker(Protocol):
    """Whoever makes jobs durable: a queue, or what stands before several."""

    async def put(self, jobs: Sequence[Job]) -> None:
        """Make the jobs durable, as `Queue.put` does."""


class Queue(Protocol):
    """At-least-once delivery: what `put` returned from survives the loss of any process."""

    async def put(self, jobs: Sequence[Job]) -> None:
        """Make the jobs durable; an id that is already there is kept once, so that a put may be repeated.

        Raises QueueFullError: not all were taken, and the same put again is harmless.
        """

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

    async def erase_dead_letters(self, is_kept: Callable[[Job], bool], put_before: float) -> LettersErased:
        """Take the words out of every dead letter whose job is not to be kept; that it was there stays.

        A job that was put up to `put_before` (seconds since the epoch) and is buried later leaves no words either.
        """

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
    judgements: tuple[Judgement, ...] = ()
    """What the claims were decided from, same order, for whoever learns more of one; empty when nothing was checked."""
    correction: LengthCorrection | None = None
    """How they were decided; given with `judgements`."""
    left_out: tuple[LeftOut, ...] = ()
    """What of the answer is no claim, in the order of the text."""


class ClaimEngine(Protocol):
    """Checks an answer claim by claim against its documents. Pure: no I/O, bounded time."""

    name: str
    version: str

    def check(self, exchange: Exchange, documents: Sequence[Document]) -> ClaimReport:
        """Return one claim per checkable statement, in the order of the text."""


class Judge(Protocol):
    """Rules on claims that the local engines cannot tell; the only part that sends text anywhere."""

    async def rule(self, questions: Sequence[Question]) -> tuple[Ruling, ...]:
        """Return one ruling per question, same order, within a bounded time.

        Never raises for a judge that fails, is slow or over its budget: the ruling says so.
        """


class JudgeOutcome(StrEnum):
    """How a question to a judge ended; the label set of `endurance_judge_questions_total`."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_FOUND = "not_found"
    UNSURE = "unsure"
    CACHED = "cached"
    """Had been ruled on before."""
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    """Another status than 200."""
    MALFORMED = "malformed"
    """Not the answer that was asked for, or without the canary."""
    OVER_BUDGET = "over_budget"
    RESTING = "resting"
    """Left alone for a while, after failures in a row."""


class JudgeObserver(Protocol):
    """Whoever counts what a judge is asked; cheap, never raises."""

    def count_judge_request(self) -> None:
        """One request was sent."""

    def count_judge_question(self, outcome: JudgeOutcome) -> None:
        """One question ended so."""


class AskingScorer(Scorer, Protocol):
    """A scorer that can say what it would ask a judge."""

    async def ask(self, job: Job, *, urgent: bool = False) -> Evaluation | Unscored | Questions:
        """Score, or return what is open. Raises as `score` does."""


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
        """The proxy's counters since its start, by the names in `scorer/frames.py`."""


class Evaluator(Protocol):
    """Scores what clients push."""

    async def evaluate(self, exchange: Exchange) -> Evaluation:
        """Score ahead of the backlog, save, publish; return the evaluation as stored.

        Finished even if the caller is cancelled. Raises InvalidInputError (unknown preset or mode), ScoringError
        (the scorer failed on it), StoreUnavailableError.
        """

    async def enqueue(self, exchange: Exchange) -> None:
        """Make the exchange durable in the queue and return. Raises QueueFullError."""
