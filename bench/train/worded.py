"""Models that read words by the lexicon, from examples to what is shipped: held-out log-odds, and weights as bytes."""

from array import array
from collections.abc import Sequence

import numpy as np

from bench.train.fit import Example
from bench.train.ridge import PAIR_SHARE, Features, Vector, Weights, fit_ridge
from bench.train.vectors import Vectors
from scorer.text.classifier import Classifier, Joining, WordWeights


def held_out_logits(of: Features, examples: Sequence[Example], folds: Sequence[int], ridge: float) -> list[float]:
    """Return for each example the log-odds, without the rules' part, of a model that saw nothing of its fold."""
    logits = [0.0] * len(examples)
    for fold in sorted(set(folds)):
        seen = [n for n, other in enumerate(folds) if other != fold]
        weights = fit_ridge(of.of(seen), [examples[n] for n in seen], ridge)
        unseen = [n for n, other in enumerate(folds) if other == fold]
        for n, logit in zip(unseen, word_logits(of.of(unseen), weights), strict=True):
            logits[n] = logit
    return logits


def word_logits(of: Features, weights: Weights) -> list[float]:
    """Return the log-odds of each row without what the rules add."""
    return [float(logit) for logit in of.times(weights) - weights.rule * of.rules]


def make_worded(
    name: str, has_characters: bool, weights: Weights, of: Features, vectors: Vectors, joining: Joining
) -> Classifier:
    """Return the model as it is shipped: each row's product with the direction is a byte, and no vector is left."""
    scale, grams = _bytes_of(weights.grams)
    row_scale, rows = _bytes_of(of.row_factor * (vectors.matrix @ weights.direction))
    pair_scale, pairs = _bytes_of(PAIR_SHARE * weights.pairs)
    words = WordWeights(row_scale, rows, pair_scale, pairs)
    return Classifier(name, has_characters, round(weights.bias, 5), scale, grams, joining, words)


def _bytes_of(weights: Vector) -> tuple[float, "array[int]"]:
    """Return the weights as signed bytes, and what one step is worth; the largest is 127 steps."""
    scale = (float(np.abs(weights).max()) or 1.0) / 127
    return scale, array("b", np.rint(weights / scale).astype(np.int8).tobytes())
