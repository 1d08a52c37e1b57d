"""From signals to scores: pure arithmetic, the same for every dimension.

    coverage    = assessed weight / (all weight \u2212 not-applicable weight)
    dimension   = weighted mean of its assessed quality signals, capped by its worst assessed fault signal
                  null with only not-applicable signals, and below a coverage of one third
    overall     = weighted mean of the dimensions that have a score, by the policy's weights
                  null below a coverage of one third; a tripped gate caps it at 39.9

A dimension that is null because its occasion did not arise leaves the overall's denominator. An experimental signal
never takes a dimension below that dimension's flag threshold: what is weak raises no flag.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scorer.model import DimensionName, DimensionScore, Role, Signal, Status
from scorer.policy import Policy

MINIMUM_COVERAGE = 1 / 3
GATE_CAP = 39.9
SCORE_DECIMALS = 1
"""Scores are compared with thresholds as they are told: 39.96 is 40.0 in both."""
NAMED_SIGNALS = 3
"""Signals that a dimension's reason names, the worst first."""
GOOD_SCORE = 80.0
"""A signal at or above it is nothing to name."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Scores of one answer, with what they rest on."""

    overall: float | None
    """0 to 100."""
    dimensions: dict[DimensionName, float | None]
    """All nine, in order."""
    not_assessed: tuple[DimensionName, ...]
    """Dimensions without a score, in order."""
    coverage: float
    """0 to 1: the weight of the dimensions that have a score, of those whose occasion arose."""
    reasoning: tuple[DimensionScore, ...]
    """One entry per dimension, in order."""
    gates: tuple[str, ...]
    """Codes of the tripped gates, without doubles."""


@dataclass(frozen=True, slots=True)
class _Result:
    score: float | None
    is_applicable: bool
    reason: str


def aggregate(signals: Sequence[Signal], policy: Policy) -> Aggregate:
    """Return the scores of an answer."""
    results = {
        name: _dimension([s for s in signals if s.dimension is name], policy.thresholds[name]) for name in DimensionName
    }
    gates = tuple(
        dict.fromkeys(s.gate for s in signals if s.gate and not s.experimental and s.status is Status.ASSESSED)
    )
    overall, coverage = _overall(results, policy.weights)
    if overall is not None and gates:
        overall = min(overall, GATE_CAP)
    return Aggregate(
        overall=overall,
        dimensions={name: result.score for name, result in results.items()},
        not_assessed=tuple(name for name, result in results.items() if result.score is None),
        coverage=coverage,
        reasoning=tuple(
            DimensionScore(dimension=name, score=result.score, reason=result.reason) for name, result in results.items()
        ),
        gates=gates,
    )


def _overall(
    results: Mapping[DimensionName, _Result], weights: Mapping[DimensionName, float]
) -> tuple[float | None, float]:
    scored = {name: result.score for name, result in results.items() if result.score is not None}
    possible = sum(weights[name] for name, result in results.items() if result.is_applicable)
    weight = sum(weights[name] for name in scored)
    if weight <= 0:
        return None, 0.0
    coverage = min(1.0, weight / possible)
    if coverage < MINIMUM_COVERAGE:
        return None, coverage
    overall = sum(weights[name] * score for name, score in scored.items()) / weight
    return round(overall, SCORE_DECIMALS), coverage


def _dimension(signals: Sequence[Signal], threshold: float) -> _Result:
    applicable = [signal for signal in signals if signal.status is not Status.NOT_APPLICABLE]
    assessed = [signal for signal in applicable if signal.score is not None]
    if not applicable:
        reasons = _reasons(signals)
        return _Result(None, False, f"not applicable: {reasons}" if reasons else "not applicable")
    coverage = _weight(assessed) / _weight(applicable)
    if not assessed or coverage < MINIMUM_COVERAGE:
        missing = [signal for signal in applicable if signal.score is None]
        return _Result(None, True, f"not assessed: {_reasons(missing)}")
    score = round(_score(assessed, threshold), SCORE_DECIMALS)
    return _Result(score, True, _explain(assessed, applicable))


def _score(assessed: Sequence[Signal], threshold: float) -> float:
    firm = _capped_mean([signal for signal in assessed if not signal.experimental])
    both = _capped_mean(assessed)
    if firm is None:
        return max(both or 0.0, threshold)
    # What is experimental may lower a score, down to the flag's threshold and no further.
    return max(both or 0.0, min(firm, threshold))


def _capped_mean(signals: Sequence[Signal]) -> float | None:
    qualities = [signal for signal in signals if signal.role is Role.QUALITY]
    faults = [signal.score for signal in signals if signal.role is Role.FAULT and signal.score is not None]
    if qualities:
        mean = sum(signal.weight * (signal.score or 0.0) for signal in qualities) / _weight(qualities)
        faults.append(mean)
    return min(faults, default=None)


def _weight(signals: Iterable[Signal]) -> float:
    return sum(signal.weight for signal in signals)


def _reasons(signals: Sequence[Signal]) -> str:
    return "; ".join(dict.fromkeys(signal.reason for signal in signals))


def _explain(assessed: Sequence[Signal], applicable: Sequence[Signal]) -> str:
    """Name the worst signals in plain language, and what the score rests on."""
    low = sorted((s for s in assessed if (s.score or 0.0) < GOOD_SCORE), key=lambda s: s.score or 0.0)
    rest = f"rests on {len(assessed)} of {len(applicable)} signals"
    if not low:
        return f"no fault found; {rest}: {', '.join(signal.name for signal in assessed)}"
    named = "; ".join(f"{signal.name} {signal.score:.0f}: {signal.reason}" for signal in low[:NAMED_SIGNALS])
    return f"{named} ({rest})"
