"""Null dimensions, filled for clients that cannot take them."""

from pathlib import Path
from typing import Any

from config.settings import CompatSettings
from exporters.compat import fill_null_averages, fill_null_dimensions
from exporters.store.aggregates import ServiceStats
from exporters.store.base import row_of
from exporters.store.sqlite import SqliteStore
from scorer.model import DimensionName
from tests.fakes.evaluations import make_evaluation

NEUTRAL = CompatSettings(null_dimensions="neutral")


def test_null_stays_null_unless_the_setting_says_otherwise() -> None:
    evaluation = make_evaluation(1)

    assert fill_null_dimensions(CompatSettings(), evaluation) is evaluation


def test_a_null_dimension_takes_the_overall_score_and_is_still_listed() -> None:
    evaluation = make_evaluation(1, overall_score=55.0)

    for value in (evaluation, row_of(evaluation)):
        filled = fill_null_dimensions(NEUTRAL, value)
        assert filled.dimensions[DimensionName.EXPLAINABILITY] == 55.0
        assert filled.dimensions[DimensionName.SECURITY] == value.dimensions[DimensionName.SECURITY]
        assert filled.not_assessed == (DimensionName.EXPLAINABILITY,)
        assert list(filled.dimensions) == list(value.dimensions)


def test_a_filled_dimension_that_was_not_applicable_is_listed_too() -> None:
    filled = fill_null_dimensions(NEUTRAL, make_evaluation(1, not_assessed=()))

    assert filled.not_assessed == (DimensionName.EXPLAINABILITY,)


def test_without_an_overall_score_nothing_is_invented() -> None:
    evaluation = make_evaluation(1, overall_score=None)

    assert fill_null_dimensions(NEUTRAL, evaluation) is evaluation


def test_a_whole_evaluation_needs_no_filling() -> None:
    evaluation = make_evaluation(1, dimensions=dict.fromkeys(DimensionName, 50.0), not_assessed=())

    assert fill_null_dimensions(NEUTRAL, evaluation) is evaluation


async def stats_of(folder: Path, **changes: Any) -> ServiceStats:
    """Return the aggregates of one evaluation without a score for explainability."""
    store = SqliteStore(folder / "record.db", "UTC")
    await store.open()
    try:
        await store.save(make_evaluation(1, **changes))
        stats = await store.service_stats("desk")
    finally:
        await store.close()
    assert stats is not None
    return stats


async def test_the_mean_of_a_dimension_that_was_never_assessed_takes_the_overall_mean(tmp_path: Path) -> None:
    stats = await stats_of(tmp_path, overall_score=60.0)

    filled = fill_null_averages(NEUTRAL, stats)

    assert stats.dimension_averages[DimensionName.EXPLAINABILITY] is None
    assert filled.dimension_averages == stats.dimension_averages | {DimensionName.EXPLAINABILITY: 60.0}
    assert fill_null_averages(CompatSettings(), stats) is stats


async def test_without_any_overall_score_no_mean_is_invented(tmp_path: Path) -> None:
    stats = await stats_of(tmp_path, overall_score=None)

    assert fill_null_averages(NEUTRAL, stats) is stats
