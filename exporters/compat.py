"""For clients of the earlier service, which cannot take a null: values as they leave, not as they are stored. Pure."""

from typing import TypeVar

from config.settings import CompatSettings
from exporters.store.aggregates import ServiceStats
from exporters.store.base import SessionRow
from scorer.model import DimensionName, Evaluation

Scored = TypeVar("Scored", Evaluation, SessionRow)


def fill_null_dimensions(settings: CompatSettings, value: Scored) -> Scored:
    """Return the value with null dimensions filled by its overall score, where `compat.null_dimensions` says so.

    Filled dimensions stand in `not_assessed`. Without an overall score nothing is filled: there is no number that
    would not be invented.
    """
    overall = value.overall_score
    if settings.null_dimensions == "null" or overall is None:
        return value
    empty = {name for name, score in value.dimensions.items() if score is None}
    if not empty:
        return value
    listed = empty | set(value.not_assessed)
    return value.model_copy(
        update={
            "dimensions": {name: overall if name in empty else score for name, score in value.dimensions.items()},
            "not_assessed": tuple(name for name in DimensionName if name in listed),
        }
    )


def fill_null_averages(settings: CompatSettings, stats: ServiceStats) -> ServiceStats:
    """Return the aggregates with the mean of a dimension that was never assessed filled by that of the overall scores.

    Only where `compat.null_dimensions` says so, and nothing where there is no such mean.
    """
    average = stats.avg_score
    if settings.null_dimensions == "null" or average is None:
        return stats
    filled = {name: average if mean is None else mean for name, mean in stats.dimension_averages.items()}
    return stats.model_copy(update={"dimension_averages": filled})
