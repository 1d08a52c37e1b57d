"""Fits how words and model are joined (`scorer.claims.calibration.Blend`), and tells the risks that this gives.

Only development sets serve: of the sets the model was trained on it is too sure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bench.quality.fit import ClaimMeasure, Constants, ItemMeasure, answer_risk, fit_correction, weighed
from bench.quality.logistic import fit_logistic
from scorer.claims.calibration import Blend
from scorer.claims.judgement import LengthCorrection

RIDGE = 0.01
"""Two terms on thousands of rows: the penalty only keeps the fit finite."""
_PLAIN = LengthCorrection(1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class BlendedConstants:
    """Constants of words and facts, and how the model joins them."""

    lexical: Constants
    blend: Blend

    def logit(self, claim: ClaimMeasure) -> float:
        """Return the log-odds of a claim as the engine computes them."""
        own = self.lexical.logit(claim)
        return own if claim.model is None else self.blend.logit(own, claim.model)

    def risk(self, item: ItemMeasure) -> float:
        """Return the risk of an answer; 0 when it states nothing."""
        return answer_risk(item, [self.logit(claim) for claim in item.claims], self.blend.correction)


def fit_blend(items: Sequence[ItemMeasure], lexical: Constants, share: float) -> Blend:
    """Return the blend for these items at a fixed share of the model."""
    undecided = [one for one in items if one.claims and not any(claim.is_decided for claim in one.claims)]
    asked = [one for one in undecided if all(claim.model is not None for claim in one.claims)]
    shift, slope = _line(asked, lambda claim: claim.model or 0.0)
    blend = Blend(_round(slope), _round(shift), share, 1.0, 0.0, _PLAIN)
    if share < 1.0:
        offset, scale = _line(asked, BlendedConstants(lexical, blend).logit)
        blend = replace(blend, scale=_round(scale), offset=_round(offset))
    fitted = fit_correction(undecided, BlendedConstants(lexical, blend).logit)
    correction = LengthCorrection(_round(fitted.slope), _round(fitted.per_log_count), _round(fitted.shift))
    return replace(blend, correction=correction)


def _line(items: Sequence[ItemMeasure], logit_of: Callable[[ClaimMeasure], float]) -> tuple[float, float]:
    """Return shift and slope of the calibration of the worst claim's log-odds."""
    rows = [(max(map(logit_of, item.claims)),) for item in items]
    shift, slope = fit_logistic(weighed(items, rows), RIDGE)
    return shift, slope


def _round(value: float) -> float:
    return round(value, 3)
