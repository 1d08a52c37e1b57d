"""The engines on the small sample: no measure of quality, but a fall below the recorded floor is a defect."""

from bench.quality.agreement import auroc, balanced_accuracy
from bench.quality.data import SAMPLE, read_items
from scorer.claims.combine import default_engine
from scorer.claims.lexical import LexicalEngine
from scorer.claims.model import ClaimModel
from scorer.protocols import ClaimEngine

# Measured when recorded, 58 answers; the floors lie two answers below.
LEXICAL_FLOOR = (0.84, 0.90)
"""Balanced accuracy and AUROC; 0.879 and 0.935."""
DEFAULT_FLOOR = (0.79, 0.92)
"""The same with the shipped model; 0.828 and 0.950."""


def agreement(engine: ClaimEngine) -> tuple[float, float]:
    items = read_items(SAMPLE)
    risks = [engine.check(item.exchange(), item.documents).risk or 0.0 for item in items]
    labels = [item.is_unsupported for item in items]
    return balanced_accuracy(labels, risks), auroc(labels, risks)


def test_lexical_engine_agrees_with_the_sample_as_recorded() -> None:
    accuracy, ranking = agreement(LexicalEngine())

    assert accuracy >= LEXICAL_FLOOR[0]
    assert ranking >= LEXICAL_FLOOR[1]


def test_default_engine_with_the_shipped_model_agrees_with_the_sample_as_recorded() -> None:
    accuracy, ranking = agreement(default_engine(ClaimModel.load()))

    assert accuracy >= DEFAULT_FLOOR[0]
    assert ranking >= DEFAULT_FLOOR[1]
