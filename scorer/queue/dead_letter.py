"""A job that was given up, as a queue keeps it."""

from dataclasses import dataclass
from typing import Final

from scorer.protocols import Job

ERASED_REASON: Final = "erased"
"""In place of the reason of a letter whose words were erased: a reason may quote one."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job with the reason why it was given up."""

    job: Job
    reason: str
    buried_at: float
    """Seconds since the epoch."""
