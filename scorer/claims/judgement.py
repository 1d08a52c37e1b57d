"""From what engines measured of each claim to verdicts and the risk of the answer. Pure.

The answer decides. A claim's log-odds are corrected for the number of claims beside it, since the worst of many looks
worse by chance; exact conflicts are not, since chance does not make them. A claim is hallucinated when its corrected
probability reaches one half, and the answer's risk is the highest corrected probability: so the risk is at least 0.5
exactly when some claim is hallucinated.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scorer.model import Claim, Evidence, Verdict

UNCERTAIN = "uncertain"
"""Reason of a claim that looks doubtful, though not so much that its answer would be called unsupported."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an engine says of one claim."""

    start: int
    end: int
    text: str
    logit: float | None
    """Log-odds that the documents do not support it, at equal priors; None when it was not checked."""
    reason: str
    """Why it is doubtful or supported, or why it was not checked."""
    evidence: tuple[Evidence, ...] = ()
    is_conflict: bool = False
    """An exact fact differs, or is found nowhere: no correction for the number of claims."""
    is_contradicted: bool = False
    """A passage gives another fact in its place: holds in any language, whatever was not read."""


@dataclass(frozen=True, slots=True)
class LengthCorrection:
    """How a claim's log-odds are corrected: `slope · logit + per_log_count · ln(n) + shift`, nothing at n = 1."""

    slope: float
    per_log_count: float
    shift: float

    def apply(self, logit: float, count: int) -> float:
        """Return the corrected log-odds of one claim among `count`."""
        if count <= 1:
            return logit
        return min(logit, self.slope * logit + self.per_log_count * math.log(count) + self.shift)


def probability(logit: float) -> float:
    """Return the probability of log-odds, 0 to 1."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-min(logit, 500.0)))
    odds = math.exp(max(logit, -500.0))
    return odds / (1.0 + odds)


def decide(judgements: Sequence[Judgement], correction: LengthCorrection) -> tuple[tuple[Claim, ...], float | None]:
    """Return one claim per judgement, same order, and the answer's risk; None when nothing was checked."""
    checked = [one for one in judgements if one.logit is not None]
    corrected = [_corrected(one, len(checked), correction) for one in judgements]
    risks = [risk for risk in corrected if risk is not None]
    claims = tuple(_claim(one, risk) for one, risk in zip(judgements, corrected, strict=True))
    return claims, max(risks, default=None)


def _corrected(one: Judgement, count: int, correction: LengthCorrection) -> float | None:
    if one.logit is None:
        return None
    return probability(one.logit if one.is_conflict else correction.apply(one.logit, count))


def _claim(one: Judgement, risk: float | None) -> Claim:
    if one.logit is None or risk is None:
        # That a claim was not checked is no guess.
        return _make(one, Verdict.UNVERIFIABLE, 1.0, one.reason)
    if risk >= 0.5:
        return _make(one, Verdict.HALLUCINATED, risk, one.reason)
    own = probability(one.logit)
    if own >= 0.5:
        return _make(one, Verdict.UNVERIFIABLE, 1.0 - risk, UNCERTAIN)
    return _make(one, Verdict.VERIFIED, 1.0 - own, one.reason)


def _make(one: Judgement, verdict: Verdict, confidence: float, reason: str) -> Claim:
    return Claim(
        text=one.text,
        start=one.start,
        end=one.end,
        verdict=verdict,
        confidence=confidence,
        reason=reason,
        evidence=one.evidence,
    )
