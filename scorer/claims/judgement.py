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
    is_judged: bool = False
    """A judge was asked and ruled: no correction for the number of claims either, since it read each by itself."""
    note: str = ""
    """Goes behind the claim's reason, whatever the verdict."""


@dataclass(frozen=True, slots=True)
class LengthCorrection:
    """How log-odds are corrected for the number of claims: `slope · logit + per_log_count · ln(n / k) + shift`.

    `k` is the claim's rank from the worst, as in the step-up procedure of Benjamini and Hochberg (1995): one doubtful
    claim among ten is what chance makes, ten among ten are not.
    """

    slope: float
    per_log_count: float
    shift: float

    def apply(self, logits: Sequence[float]) -> list[float]:
        """Return the corrected log-odds, same order; none rises, and a single claim's stay as they are."""
        order = sorted(range(len(logits)), key=lambda place: logits[place])
        corrected = [0.0] * len(logits)
        best = -math.inf
        for rank, place in zip(range(len(order), 0, -1), order, strict=True):
            share = math.log(len(logits) / rank)
            lowered = self.slope * logits[place] + self.per_log_count * share + self.shift if share else logits[place]
            best = max(best, min(logits[place], lowered))
            corrected[place] = best
        return corrected


def probability(logit: float) -> float:
    """Return the probability of log-odds, 0 to 1."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-min(logit, 500.0)))
    odds = math.exp(max(logit, -500.0))
    return odds / (1.0 + odds)


def logit_of(ratio: float) -> float:
    """Return the log-odds of a probability; of 0 and 1 those of the nearest number that has some."""
    ratio = min(max(ratio, 1e-9), 1 - 1e-9)
    return math.log(ratio / (1 - ratio))


def decide(judgements: Sequence[Judgement], correction: LengthCorrection) -> tuple[tuple[Claim, ...], float | None]:
    """Return one claim per judgement, same order, and the answer's risk; None when nothing was checked."""
    risks = _risks(judgements, correction)
    claims = tuple(_claim(one, risk) for one, risk in zip(judgements, risks, strict=True))
    return claims, max((risk for risk in risks if risk is not None), default=None)


def _risks(judgements: Sequence[Judgement], correction: LengthCorrection) -> list[float | None]:
    corrected = iter(correction.apply([one.logit for one in judgements if one.logit is not None]))
    risks: list[float | None] = []
    for one in judgements:
        if one.logit is None:
            risks.append(None)
            continue
        lowered = next(corrected)
        risks.append(probability(one.logit if one.is_conflict or one.is_judged else lowered))
    return risks


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
        reason=f"{reason}; {one.note}" if one.note else reason,
        evidence=one.evidence,
    )
