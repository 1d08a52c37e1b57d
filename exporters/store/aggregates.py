"""What the aggregates tell: a service in all, and its buckets by hour or day. Pure; `rollups.py` makes them."""

from enum import StrEnum
from functools import cached_property

from scorer.model import DimensionName, Moment, Value


class Use(Value):
    """What answers took, as far as it is known: those that did not tell are not in it."""

    input_tokens: int
    output_tokens: int
    total_tokens: int
    energy_wh: float
    """Watt-hours."""


class ServiceStats(Value):
    """Aggregates of one service, from the rollups."""

    service_id: str
    total_sessions: int
    avg_score: float | None
    """Mean of the overall scores that are not null; 0 to 100."""
    flagged_count: int
    flagged_percentage: float
    """0 to 100; 0 when there are no sessions."""
    dimension_averages: dict[DimensionName, float | None]
    verified_claims: int
    hallucinated_claims: int
    unverifiable_claims: int
    used: Use
    flags: dict[str, int]
    """Sessions by the code of a flag that they have."""
    score_histograms: dict[str, tuple[int, ...]]
    """Sessions by score, of `overall` and each dimension, in ten equal classes from 0 to 100."""
    last_updated: Moment | None


class Bucket(Value):
    """Aggregates of one hour or day of one service."""

    start: Moment
    service_id: str
    total_sessions: int
    flagged_count: int
    avg_score: float | None
    dimension_averages: dict[DimensionName, float | None]
    verified_claims: int
    hallucinated_claims: int
    unverifiable_claims: int
    used: Use

    @cached_property
    def written(self) -> dict[DimensionName | None, bytes]:
        """What `json_of` has made so far."""
        return {}

    def json_of(self, dimension: DimensionName | None) -> bytes:
        """Return its JSON, with the average of one dimension or of all.

        Made once: a week by the hour is a thousand buckets, most of them closed for good.
        """
        if dimension not in self.written:
            names = DimensionName if dimension is None else (dimension,)
            averages = {name: self.dimension_averages.get(name) for name in names}
            # Not a copy, which would come with what was written of the whole one.
            shown = Bucket.model_construct(**{**dict(self), "dimension_averages": averages})
            self.written[dimension] = shown.model_dump_json().encode()
        return self.written[dimension]


class Interval(StrEnum):
    """Width of a timeseries bucket."""

    HOUR = "hour"
    """By UTC hour."""
    DAY = "day"
    """By day of the configured time zone."""
