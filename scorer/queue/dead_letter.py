"""A job that was given up, as a queue keeps it."""

from dataclasses import dataclass

from scorer.protocols import Job


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job with the reason why it was given up."""

    job: Job
    reason: str
    buried_at: float
    """Seconds since the epoch."""
