"""Aggregates: what one session adds to them, how a save moves them, and how they are read. Pure.

A *part* is one writer's share of one bucket (a service in all, an hour, a day). Counters are integers only, scores as
millionths: sums then do not depend on their order, and a replaced session leaves no rounding behind.

Counters: `sessions`, `flagged`, `verified`, `hallucinated`, `unverifiable`, `flag:<code>`, `tokens:input`,
`tokens:output`, `tokens:total` (of answers that told them), `energy` (of answers it was assessed for, in millionths of
a watt-hour), and for `overall` and each dimension how many had a score, `scored:<name>`, their `sum:<name>`, and the
histogram `hist:<name>:<0..9>` over ten equal classes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from exporters.store.aggregates import Bucket, ServiceStats, Use
from exporters.store.moments import day_start_ms, from_ms, hour_start_ms, to_ms
from scorer.model import DimensionName, Evaluation, Unit, Verdict

Counts = Mapping[str, int]
OVERALL = "overall"
MILLIONTHS = 1_000_000
HISTOGRAM_CLASSES = 10
USED_LIMIT = 10**12
"""More tokens, or millionths of a watt-hour, are not believed of one answer: a million of them still fit 64 bits."""

# Built once: a week by the hour asks for them 100,000 times.
_SUM_NAMES = {name: f"sum:{name}" for name in (OVERALL, *(name.value for name in DimensionName))}
_SCORED_NAMES = {name: f"scored:{name}" for name in _SUM_NAMES}
_CLASS_NAMES = {name: tuple(f"hist:{name}:{class_}" for class_ in range(HISTOGRAM_CLASSES)) for name in _SUM_NAMES}


def counters_of_totals() -> tuple[str, ...]:
    """Return the counters that a timeseries shows, in an order of their own; the others are histograms and flags."""
    plain = ("sessions", "flagged", *(verdict.value for verdict in Verdict))
    used = ("tokens:input", "tokens:output", "tokens:total", "energy")
    return (*plain, *used, *_SCORED_NAMES.values(), *_SUM_NAMES.values())


class Level(StrEnum):
    """What a bucket spans."""

    SERVICE = "service"
    """All of a service's time; its `start_ms` is 0."""
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class BucketKey:
    """Names a bucket."""

    level: Level
    start_ms: int
    service_id: str


@dataclass(frozen=True, slots=True)
class Counted:
    """What one stored session adds, and where; kept with the session, so that it can be taken back exactly."""

    service_id: str
    hour_ms: int
    day_ms: int
    """Start of the day in the time zone of the save; a later change of the zone does not move it."""
    counts: Counts

    def to_dict(self) -> dict[str, str | int | dict[str, int]]:
        """Return its fields, for a store that keeps them; `Counted(**…)` reads them."""
        return {
            "service_id": self.service_id,
            "hour_ms": self.hour_ms,
            "day_ms": self.day_ms,
            "counts": dict(self.counts),
        }

    def keys(self) -> tuple[BucketKey, ...]:
        """Return the buckets it adds to."""
        return (
            BucketKey(Level.SERVICE, 0, self.service_id),
            BucketKey(Level.HOUR, self.hour_ms, self.service_id),
            BucketKey(Level.DAY, self.day_ms, self.service_id),
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A stored part: one writer's share of a bucket, or the sum of several."""

    key: BucketKey
    counts: Counts
    updated_ms: int
    """Moment of the last save that touched it."""


Movement = Mapping[BucketKey, Counts]
"""What saves change in the aggregates; a bucket may be touched without a change of its counts."""


def count(evaluation: Evaluation, zone: ZoneInfo) -> Counted:
    """Return what the evaluation adds to the aggregates."""
    timestamp_ms = to_ms(evaluation.timestamp)
    checked = evaluation.verification
    counts: dict[str, int] = {
        "sessions": 1,
        "flagged": int(evaluation.flagged),
        "verified": checked.verified_claims,
        "hallucinated": checked.hallucinated_claims,
        "unverifiable": checked.unverifiable_claims,
        **dict.fromkeys((f"flag:{code}" for code in evaluation.flag_codes), 1),
    }
    for name, score in ((OVERALL, evaluation.overall_score), *evaluation.dimensions.items()):
        if score is not None:
            counts[_SUM_NAMES[name]] = round(score * MILLIONTHS)
            counts[_CLASS_NAMES[name][min(int(score / 10), HISTOGRAM_CLASSES - 1)]] = 1
            counts[_SCORED_NAMES[name]] = 1
    counts.update(_used(evaluation))
    return Counted(
        evaluation.service_id,
        hour_start_ms(timestamp_ms),
        day_start_ms(timestamp_ms, zone),
        {name: number for name, number in counts.items() if number},
    )


def _used(evaluation: Evaluation) -> Counts:
    usage = evaluation.usage
    told = {"input": usage.input_tokens, "output": usage.output_tokens, "total": usage.total_tokens}
    used = {f"tokens:{name}": max(0, min(number, USED_LIMIT)) for name, number in told.items() if number is not None}
    for signal in evaluation.signals:
        if signal.name == "energy" and signal.unit is Unit.WATT_HOUR and signal.value is not None:
            used["energy"] = round(max(0.0, min(signal.value, USED_LIMIT / MILLIONTHS)) * MILLIONTHS)
    return used


def without_scores(counted: Counted) -> Counted:
    """Return what stays noted of a session whose scores have expired: that it was there."""
    return replace(counted, counts={"sessions": 1})


def movement(new: Counted, old: Counted | None) -> Movement:
    """Return the change when `new` takes the place of `old`, or is the first."""
    if old is None:
        return dict.fromkeys(new.keys(), new.counts)
    return merge([dict.fromkeys(new.keys(), new.counts), dict.fromkeys(old.keys(), negative(old.counts))])


def movement_of(changes: Iterable[tuple[Counted, Counted | None]]) -> Movement:
    """Return what many saves, (new, old) each, change together: the counters of a session are added up only once."""
    places: dict[tuple[str, int, int], Counter[str]] = {}
    for new, old in changes:
        for counted, counts in ((new, new.counts), (old, {} if old is None else negative(old.counts))):
            if counted is not None:
                into = places.setdefault((counted.service_id, counted.hour_ms, counted.day_ms), Counter())
                for name, number in counts.items():
                    into[name] += number
    summed = [Counted(*place, counts) for place, counts in places.items()]
    return merge(dict.fromkeys(one.keys(), one.counts) for one in summed)


def negative(counts: Counts) -> Counts:
    """Return the counts with the other sign."""
    return {name: -number for name, number in counts.items()}


def merge(movements: Iterable[Movement]) -> Movement:
    """Return the sum of the movements; counters that end at 0 are left out, their buckets stay."""
    sums: dict[BucketKey, Counter[str]] = {}
    for part in movements:
        for key, counts in part.items():
            into = sums.setdefault(key, Counter())
            for name, number in counts.items():
                into[name] += number
    return {key: {name: number for name, number in counts.items() if number} for key, counts in sums.items()}


def add(first: Counts, second: Counts) -> Counts:
    """Return the sum; counters that end at 0 are left out."""
    sums = {name: first.get(name, 0) + second.get(name, 0) for name in {**first, **second}}
    return {name: number for name, number in sums.items() if number}


def gather(parts: Iterable[Part]) -> list[Part]:
    """Return one part per bucket that has a session, sorted by (level, start, service)."""
    sums: dict[BucketKey, Part] = {}
    for part in parts:
        before = sums.get(part.key)
        if before is None:
            sums[part.key] = part
        else:
            counts = add(before.counts, part.counts)
            sums[part.key] = Part(part.key, counts, max(before.updated_ms, part.updated_ms))
    found = [part for part in sums.values() if part.counts.get("sessions", 0) > 0]
    # By a tuple: comparing the keys themselves costs ten times as much, and there may be thousands.
    return sorted(found, key=lambda part: (part.key.level, part.key.start_ms, part.key.service_id))


def average(counts: Counts, name: str) -> float | None:
    """Return the mean score, 0 to 100; None when no session had one."""
    number = counts.get(_SCORED_NAMES[name], 0)
    return None if number <= 0 else counts.get(_SUM_NAMES[name], 0) / MILLIONTHS / number


def _averages(counts: Counts) -> dict[DimensionName, float | None]:
    return {name: average(counts, name.value) for name in DimensionName}


def stats_of(part: Part) -> ServiceStats:
    """Return a service's aggregates from its gathered part."""
    sessions, flagged = part.counts["sessions"], part.counts.get("flagged", 0)
    return ServiceStats(
        service_id=part.key.service_id,
        total_sessions=sessions,
        avg_score=average(part.counts, OVERALL),
        flagged_count=flagged,
        flagged_percentage=100 * flagged / sessions,
        dimension_averages=_averages(part.counts),
        **_ledger(part.counts),
        used=_use(part.counts),
        flags={name.removeprefix("flag:"): n for name, n in sorted(part.counts.items()) if name.startswith("flag:")},
        score_histograms=_histograms(part.counts),
        last_updated=from_ms(part.updated_ms),
    )


def _histograms(counts: Counts) -> dict[str, tuple[int, ...]]:
    return {name: tuple(counts.get(class_, 0) for class_ in classes) for name, classes in _CLASS_NAMES.items()}


def _ledger(counts: Counts) -> dict[str, int]:
    return {f"{verdict.value}_claims": counts.get(verdict.value, 0) for verdict in Verdict}


def _use(counts: Counts) -> Use:
    return Use.model_construct(
        input_tokens=counts.get("tokens:input", 0),
        output_tokens=counts.get("tokens:output", 0),
        total_tokens=counts.get("tokens:total", 0),
        energy_wh=counts.get("energy", 0) / MILLIONTHS,
    )


def bucket_of(part: Part) -> Bucket:
    """Return a timeseries bucket from its gathered part."""
    counts = part.counts
    # Not validated: a week by the hour has a thousand of them, made of our own numbers.
    return Bucket.model_construct(
        start=from_ms(part.key.start_ms),
        service_id=part.key.service_id,
        total_sessions=counts["sessions"],
        flagged_count=counts.get("flagged", 0),
        avg_score=average(counts, OVERALL),
        dimension_averages=_averages(counts),
        verified_claims=counts.get("verified", 0),
        hallucinated_claims=counts.get("hallucinated", 0),
        unverifiable_claims=counts.get("unverifiable", 0),
        used=_use(counts),
    )
