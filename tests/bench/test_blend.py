"""How words and model are joined, fitted on answers whose right blend is known."""

import random

import pytest

from bench.quality.blend import BlendedConstants, fit_blend
from bench.quality.fit import ClaimMeasure, Constants, ItemMeasure
from scorer.claims.judgement import LengthCorrection

LEXICAL = Constants(0.0, (1.0,), 2.0, LengthCorrection(1.0, 0.0, 0.0))


def items(count: int = 800) -> list[ItemMeasure]:
    """Answers of one claim: words and model each tell the label with noise of their own."""
    rng = random.Random(7)
    made = []
    for number in range(count):
        is_unsupported = number % 2 == 1
        side = 1.0 if is_unsupported else -1.0
        words, model = side + rng.gauss(0, 1.5), 6 * side + 3 + rng.gauss(0, 9)
        claim = ClaimMeasure((words,), is_decided=False, model=model)
        made.append(ItemMeasure("a", "a", is_unsupported, (claim,)))
    return made


def agreement(constants: BlendedConstants | Constants, measured: list[ItemMeasure]) -> float:
    return sum((constants.risk(item) >= 0.5) is item.is_unsupported for item in measured) / len(measured)


def test_model_that_is_too_sure_and_off_centre_is_calibrated() -> None:
    blend = fit_blend(items(), LEXICAL, 1.0)

    assert blend.calibrated(3.0) == pytest.approx(0.0, abs=0.3)
    assert 0.0 < blend.slope < 0.5


def test_average_agrees_better_than_words_alone() -> None:
    measured = items()
    blended = BlendedConstants(LEXICAL, fit_blend(measured, LEXICAL, 0.5))

    assert agreement(blended, measured) > agreement(LEXICAL, measured) + 0.02


def test_claim_that_the_model_was_not_asked_of_keeps_its_own_log_odds() -> None:
    blended = BlendedConstants(LEXICAL, fit_blend(items(), LEXICAL, 0.5))

    assert blended.logit(ClaimMeasure((-1.5,), is_decided=False)) == -1.5
