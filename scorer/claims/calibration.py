"""The few fitted constants of the claim engines, and how they weigh a claim's measurements. Pure.

Fitted by `EVAL_DATA=folder python -m bench.quality.fit` (seeded; it prints these constants) on development and training
sets with equal say for every set and class, so a probability here supposes that half of all claims are unsupported.
"""

from dataclasses import dataclass
from typing import Final

from scorer.claims.features import Features
from scorer.claims.judgement import LengthCorrection

# The first missing words tell, the rest adds little: measured, the log-odds rise up to these values, then stay flat.
_CAPPED: Final = (("uncovered", 0.4), ("together_uncovered", 1.0), ("pairs_uncovered", 0.6))
_PLAIN: Final = ("absent", "distant_names", "polarity", "denied", "opposed")

INTERCEPT: Final = -1.751
WEIGHTS: Final = (2.080, 1.003, 1.170, 0.242, 0.537, 0.343, 1.272, 0.266)
"""Log-odds per unit of each term, in the order of `terms`."""
CONFLICT_LOGIT: Final = 1.531
"""Log-odds of a claim with an exact fact in conflict, or with an identifier that no document holds."""
CORRECTION: Final = LengthCorrection(slope=0.951, per_log_count=-0.253, shift=0.010)


def terms(features: Features) -> tuple[float, ...]:
    """Return what is weighed of the features, in the order of `WEIGHTS`."""
    capped = (min(getattr(features, name), cap) for name, cap in _CAPPED)
    return (*capped, *(getattr(features, name) for name in _PLAIN))


def claim_logit(features: Features) -> float:
    """Return the log-odds that the documents do not support the claim."""
    return INTERCEPT + sum(weight * term for weight, term in zip(WEIGHTS, terms(features), strict=True))


@dataclass(frozen=True, slots=True)
class Blend:
    """How the log-odds of words and of the model become those of a claim."""

    slope: float
    """Of the model's own log-odds (Platt 1999)."""
    shift: float
    share: float
    """The model's part in the average, 0 to 1: fixed, not fitted."""
    scale: float
    """Of the average: two that agree are surer than either."""
    offset: float
    correction: LengthCorrection

    def calibrated(self, model: float) -> float:
        """Return the model's log-odds as calibrated."""
        return self.slope * model + self.shift

    def logit(self, lexical: float, model: float) -> float:
        """Return the log-odds that the documents do not support the claim."""
        return self.scale * ((1.0 - self.share) * lexical + self.share * self.calibrated(model)) + self.offset


MODEL_BLEND: Final = Blend(0.438, -0.469, 1.0, 1.0, 0.0, LengthCorrection(0.877, -0.361, 0.154))
DEFAULT_BLEND: Final = Blend(0.438, -0.469, 0.6, 1.234, 0.001, LengthCorrection(0.891, -0.333, 0.104))
"""Fitted on the development sets alone: of what the model was trained on it is too sure."""
