"""A service over time: does its score fall, does its traffic change, are groups treated alike, do people agree? Pure.

Functions over what many evaluations said; nothing here judges one answer. What rests on too few is null, with a reason.
Sources: EWMA charts (Roberts 1959; Lucas and Saccucci 1990), population stability (Yurdakul 2018), the four-fifths line
(29 CFR 1607.4(D)), kappa (Cohen 1960), score intervals (Wilson 1927), Brier 1950, calibration error (Naeini 2015).
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

EWMA_WEIGHT = 0.05
EWMA_SIGMAS = 3.0
ALARM_SCORE = 40.0
CLEAR_SCORE = 45.0
CLEAR_RECORDS = 20
"""An alarm ends when the smoothed score has stood at `CLEAR_SCORE` and inside the chart for so many records."""
BASELINE_RECORDS = 30
"""Records that mean and spread of the chart are taken from; fewer give no chart."""
CLASSES = 10
PSI_RECORDS = 50
"""Least records of either window."""
CHI_SQUARE_99 = {1: 6.635, 2: 9.210, 3: 11.345, 4: 13.277, 5: 15.086, 6: 16.812, 7: 18.475, 8: 20.090, 9: 21.666}
"""The 0.99 quantile by degrees of freedom."""
GROUP_RECORDS = 30
FOUR_FIFTHS = 0.8
Z_95 = 1.959964
CALIBRATION_CLASSES = 10
CALIBRATION_RECORDS = 20


@dataclass(frozen=True, slots=True)
class Course:
    """Where a smoothed score stands."""

    smoothed: float | None
    """0 to 100; None without a record."""
    limit: float | None
    """Lower limit of the chart; None with fewer than `BASELINE_RECORDS`."""
    is_alarm: bool


def follow(scores: Sequence[float]) -> Course:
    """Return the course after the scores, oldest first: EWMA with an alarm that has hysteresis.

    It rises below `ALARM_SCORE` or below the chart's limit, mean − 3 σ √(λ / (2 − λ)) of the first records.
    """
    if not scores:
        return Course(None, None, False)
    limit = _chart_limit(scores[:BASELINE_RECORDS])
    floor = ALARM_SCORE if limit is None else max(ALARM_SCORE, limit)
    ceiling = CLEAR_SCORE if limit is None else max(CLEAR_SCORE, limit)
    # The chart begins at its baseline: a single bad first record is no fall.
    start = scores[:BASELINE_RECORDS]
    smoothed, is_alarm, calm = sum(start) / len(start), False, 0
    for score in scores:
        smoothed = EWMA_WEIGHT * score + (1 - EWMA_WEIGHT) * smoothed
        calm = calm + 1 if smoothed > ceiling else 0
        if smoothed < floor:
            is_alarm = True
        elif is_alarm and calm >= CLEAR_RECORDS:
            is_alarm = False
    return Course(smoothed, limit, is_alarm)


def _chart_limit(baseline: Sequence[float]) -> float | None:
    if len(baseline) < BASELINE_RECORDS:
        return None
    mean = sum(baseline) / len(baseline)
    variance = sum((score - mean) ** 2 for score in baseline) / (len(baseline) - 1)
    return mean - EWMA_SIGMAS * math.sqrt(variance * EWMA_WEIGHT / (2 - EWMA_WEIGHT))


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a window's distribution has moved from the baseline's."""

    stability_index: float | None
    """PSI, 0 and above; None with fewer than `PSI_RECORDS` records on a side."""
    critical: float | None
    """What PSI exceeds by chance in 1 % of cases when nothing moved, at these sizes."""
    is_significant: bool
    """Whether the move is more than chance."""
    baseline_records: int
    recent_records: int


def drift(baseline: Sequence[float], recent: Sequence[float]) -> Drift:
    """Return PSI over quantile classes of the baseline, half a record added to each, with its 99 % chance line."""
    n, m = len(baseline), len(recent)
    if n < PSI_RECORDS or m < PSI_RECORDS:
        return Drift(None, None, False, n, m)
    ordered = sorted(baseline)
    edges = sorted({ordered[min(n - 1, k * n // CLASSES)] for k in range(1, CLASSES)})
    before, after = _shares(baseline, edges), _shares(recent, edges)
    index = sum((b - a) * math.log(b / a) for a, b in zip(before, after, strict=True))
    freedom = len(edges)
    critical = (1 / n + 1 / m) * CHI_SQUARE_99[freedom]
    return Drift(index, critical, index > critical, n, m)


def _shares(values: Sequence[float], edges: Sequence[float]) -> list[float]:
    counts = Counter(sum(value >= edge for edge in edges) for value in values)
    total = len(values) + 0.5 * (len(edges) + 1)
    return [(counts[k] + 0.5) / total for k in range(len(edges) + 1)]


@dataclass(frozen=True, slots=True)
class GroupGap:
    """A declared group beside the group that fares best."""

    group: str
    records: int
    good_ratio: float
    difference: float | None
    """Its good share less the best group's, −1 to 0; None with fewer than `GROUP_RECORDS` on a side."""
    impact_ratio: float | None
    """Its good share over the best group's; below 0.8 is the four-fifths line."""
    is_below_four_fifths: bool


def group_gaps(counts: Mapping[str, tuple[int, int]]) -> tuple[GroupGap, ...]:
    """Return a gap per group, sorted by name; `counts` has (good, all) of each group the caller declared."""
    large = {name: good / all_ for name, (good, all_) in counts.items() if all_ >= GROUP_RECORDS}
    best = max(large.values(), default=None)
    gaps = []
    for name, (good, all_) in sorted(counts.items()):
        if all_ <= 0:
            continue
        share = good / all_
        comparable = best is not None and len(large) > 1 and name in large
        ratio = share / best if comparable and best else None
        gap = share - best if comparable and best is not None else None
        gaps.append(GroupGap(name, all_, share, gap, ratio, ratio is not None and ratio < FOUR_FIFTHS))
    return tuple(gaps)


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval (Wilson 1927)."""

    value: float
    low: float
    high: float
    records: int


def wilson(hits: int, records: int) -> Rate | None:
    """Return the share with its interval; None without a record."""
    if records <= 0:
        return None
    share, z2 = hits / records, Z_95**2
    centre = (share + z2 / (2 * records)) / (1 + z2 / records)
    half = Z_95 / (1 + z2 / records) * math.sqrt(share * (1 - share) / records + z2 / (4 * records**2))
    return Rate(share, max(0.0, centre - half), min(1.0, centre + half), records)


@dataclass(frozen=True, slots=True)
class Judged:
    """One evaluation that a person judged."""

    said_fault: bool
    """What we said: flagged or not."""
    is_fault: bool
    """What the person says."""
    probability_fault: float | None = None


@dataclass(frozen=True, slots=True)
class Calibration:
    """How what we say agrees with people."""

    records: int
    kappa: float | None
    true_positive_rate: Rate | None
    true_negative_rate: Rate | None
    brier: float | None
    calibration_error: float | None
    """Mean distance of stated probability and share of faults, over classes; None below `CALIBRATION_RECORDS`."""
    probabilities: int
    """Records with a probability."""


def calibrate(judged: Sequence[Judged]) -> Calibration:
    """Return the agreement with people's verdicts."""
    faults = sum(one.is_fault for one in judged)
    hits = sum(one.said_fault and one.is_fault for one in judged)
    passes = sum(not one.said_fault and not one.is_fault for one in judged)
    pairs = [(one.probability_fault, one.is_fault) for one in judged if one.probability_fault is not None]
    is_enough = len(pairs) >= CALIBRATION_RECORDS
    return Calibration(
        records=len(judged),
        kappa=_kappa(judged),
        true_positive_rate=wilson(hits, faults),
        true_negative_rate=wilson(passes, len(judged) - faults),
        brier=sum((p - truth) ** 2 for p, truth in pairs) / len(pairs) if is_enough else None,
        calibration_error=_calibration_error(pairs) if is_enough else None,
        probabilities=len(pairs),
    )


def _kappa(judged: Sequence[Judged]) -> float | None:
    total = len(judged)
    said, faults = sum(one.said_fault for one in judged), sum(one.is_fault for one in judged)
    if total < CALIBRATION_RECORDS:
        return None
    agreed = sum(one.said_fault is one.is_fault for one in judged) / total
    chance = (said * faults + (total - said) * (total - faults)) / total**2
    return None if chance == 1 else (agreed - chance) / (1 - chance)


def _calibration_error(pairs: Sequence[tuple[float, bool]]) -> float:
    classes: dict[int, list[tuple[float, bool]]] = {}
    for p, truth in pairs:
        classes.setdefault(min(CALIBRATION_CLASSES - 1, int(p * CALIBRATION_CLASSES)), []).append((p, truth))
    gaps = (
        len(members) * abs(sum(p for p, _ in members) - sum(truth for _, truth in members)) / len(members)
        for members in classes.values()
    )
    return sum(gaps) / len(pairs)
