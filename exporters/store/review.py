"""Which sessions a person should judge: flagged ones and a sample of the others, by stratum. Pure.

A stratum is a service, flagged or not, and a band of the overall score. A session that waits for a verdict has the
mark `review:open|<flagged or clear>:<band>|<service>`, from the first verdict on `review:judged|…`; the marks of a
stratum are a list, newest last.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from scorer.model import Evaluation

SAMPLE_RATIO: Final = 0.05
"""Share of the sessions without a flag that are to be judged, chosen by a hash of their id: every engine and every
revision chooses the same. One in twenty finds a fault that one answer in fifty has about once in a thousand answers."""
OPEN: Final = "review:open|"
JUDGED: Final = "review:judged|"
_SAMPLE_LIMIT: Final = int(SAMPLE_RATIO * 2**64)


class Band(StrEnum):
    """Where the overall score lies."""

    LOW = "low"
    """Below 40, the usual threshold of a flag."""
    MIDDLE = "middle"
    HIGH = "high"
    """70 and above."""
    NONE = "none"
    """Not assessed."""


@dataclass(frozen=True, slots=True, order=True)
class Stratum:
    """Sessions of one kind."""

    service_id: str
    is_flagged: bool
    band: Band

    @property
    def name(self) -> str:
        """Return what it is called beside its service: `flagged:low`, `clear:high`."""
        return f"{'flagged' if self.is_flagged else 'clear'}:{self.band}"

    def mark(self, state: str) -> str:
        """Return the mark of its sessions in that state, `OPEN` or `JUDGED`."""
        return f"{state}{self.name}|{self.service_id}"


@dataclass(frozen=True, slots=True)
class StratumState:
    """A stratum in which sessions wait."""

    stratum: Stratum
    judged: int
    """Sessions of it that a person has judged."""


class ReviewStore(Protocol):
    """The part of a store that knows what was judged."""

    async def review_strata(self) -> list[StratumState]:
        """Return every stratum in which a session waits, sorted."""

    async def review_sessions(self, stratum: Stratum, limit: int) -> list[Evaluation]:
        """Return at most so many sessions of it that wait, newest first."""


def review_mark(evaluation: Evaluation) -> str | None:
    """Return the session's mark; None when nobody needs to judge it: it has no flag and is not in the sample."""
    state = JUDGED if evaluation.feedback else OPEN
    if state == OPEN and not evaluation.flagged and not is_sampled(evaluation.session_id):
        return None
    return _stratum_of(evaluation).mark(state)


def judged_mark(mark: str | None, evaluation: Evaluation) -> str:
    """Return the mark of a session that had this one, once somebody judged it."""
    return _stratum_of(evaluation).mark(JUDGED) if mark is None else JUDGED + mark.partition("|")[2]


def read_mark(mark: str) -> Stratum:
    """Return the stratum that a mark names."""
    _, name, service_id = mark.split("|", 2)
    flag, _, band = name.partition(":")
    return Stratum(service_id, flag == "flagged", Band(band))


def is_sampled(session_id: str) -> bool:
    """Say whether a session without a flag is to be judged."""
    number = int.from_bytes(hashlib.blake2b(session_id.encode(errors="replace"), digest_size=8).digest())
    return number < _SAMPLE_LIMIT


def _stratum_of(evaluation: Evaluation) -> Stratum:
    return Stratum(evaluation.service_id, evaluation.flagged, _band(evaluation.overall_score))


def _band(score: float | None) -> Band:
    if score is None:
        return Band.NONE
    return Band.LOW if score < 40 else Band.MIDDLE if score < 70 else Band.HIGH
