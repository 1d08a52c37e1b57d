"""Logistic regression over hashed features in plain Python: seeded, weighed by class, held out by group.

AdaGrad (Duchi 2011) on sparse rows; the penalty is applied where a feature is seen. Small sets, seconds.
"""

import math
import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from bench.quality.logistic import Row, fit_logistic
from scorer.text.classifier import BUCKETS, Classifier, Joining, hashed_features, model_words

SEED = 7
RATE = 0.5
FOLDS = 5
RIDGE = 0.01


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text."""

    text: str
    is_positive: bool
    group: str
    """Examples of one group (template, prompt, source) are never on both sides of a split."""
    rule: float = 0.0
    """What the rules say of it, 0 to 1."""
    source: str = ""
    """Where it comes from, for figures by source."""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Training:
    """How long and how stiffly one model is trained; set on held-out figures of the development files."""

    epochs: int = 24
    penalty: float = 2e-5
    """On a weight, each time its feature is seen."""


USUAL = Training()


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights before they are made bytes."""

    bias: float
    weights: Sequence[float]

    def logit(self, places: Sequence[int]) -> float:
        """Return the log-odds for features as `hashed_features` gives them."""
        if not places:
            return self.bias
        return self.bias + sum(self.weights[place] for place in places) / math.sqrt(len(places))


def fit(
    features: Sequence[Sequence[int]], examples: Sequence[Example], places: Sequence[int], training: Training = USUAL
) -> Fitted:
    """Fit on the examples at `places`; both classes weigh the same in all."""
    rng = random.Random(SEED)
    total = {side: sum(examples[n].weight for n in places if examples[n].is_positive is side) for side in (True, False)}
    weights, squares = array("d", bytes(8 * BUCKETS)), array("d", [1e-3]) * BUCKETS
    bias, bias_square = 0.0, 1e-3
    order = list(places)
    for _ in range(training.epochs):
        rng.shuffle(order)
        for n in order:
            example, row = examples[n], features[n]
            if not row:
                continue
            size = 1 / math.sqrt(len(row))
            z = bias + size * sum([weights[place] for place in row])
            p = 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))
            error = (example.is_positive - p) * example.weight * len(places) / (2 * total[example.is_positive])
            bias_square += error * error
            bias += RATE * error / math.sqrt(bias_square)
            step = error * size
            square = step * step
            for place in row:
                squares[place] += square
                gradient = step - training.penalty * weights[place]
                weights[place] += RATE * gradient / math.sqrt(squares[place])
    return Fitted(bias, weights)


def folds_of(examples: Sequence[Example], folds: int = FOLDS) -> list[int]:
    """Return the fold of each example: whole groups, dealt out in seeded order."""
    groups = sorted({example.group for example in examples})
    random.Random(SEED).shuffle(groups)
    fold = {group: n % folds for n, group in enumerate(groups)}
    return [fold[example.group] for example in examples]


def held_out_logits(
    features: Sequence[Sequence[int]],
    examples: Sequence[Example],
    folds: Sequence[int],
    training: Training = USUAL,
) -> list[float]:
    """Return for each example the logit of a model that saw nothing of its fold."""
    logits = [0.0] * len(examples)
    for fold in sorted(set(folds)):
        fitted = fit(features, examples, [n for n, other in enumerate(folds) if other != fold], training)
        for n, other in enumerate(folds):
            if other == fold:
                logits[n] = fitted.logit(features[n])
    return logits


def join(logits: Sequence[float], examples: Sequence[Example], places: Sequence[int], caution: float = 1.0) -> Joining:
    """Fit how logit and rule are joined, on held-out logits; the negatives weigh `caution` times the positives."""
    total = {side: sum(examples[n].weight for n in places if examples[n].is_positive is side) for side in (True, False)}
    has_rule = any(examples[n].rule for n in places)
    rows = [
        Row(
            (1.0, logits[n], examples[n].rule) if has_rule else (1.0, logits[n]),
            examples[n].is_positive,
            examples[n].weight * (1.0 if examples[n].is_positive else caution) / total[examples[n].is_positive],
        )
        for n in places
    ]
    coefficients = [*fit_logistic(rows, RIDGE), 0.0][:3]
    return Joining(*(round(one, 4) for one in coefficients))


def held_out_probabilities(
    logits: Sequence[float], examples: Sequence[Example], folds: Sequence[int], caution: float = 1.0
) -> list[float]:
    """Return joined probabilities; the joining, too, is fitted on the other folds only."""
    found = [0.0] * len(examples)
    for fold in sorted(set(folds)):
        joining = join(logits, examples, [n for n, other in enumerate(folds) if other != fold], caution)
        for n, other in enumerate(folds):
            if other == fold:
                found[n] = joining.probability(logits[n], examples[n].rule)
    return found


def make_classifier(name: str, has_characters: bool, fitted: Fitted, joining: Joining) -> Classifier:
    """Return the model with its weights as signed bytes; the largest is 127 steps."""
    largest = max(map(abs, fitted.weights)) or 1.0
    scale = largest / 127
    return Classifier(
        name=name,
        has_characters=has_characters,
        bias=round(fitted.bias, 5),
        scale=scale,
        weights=array("b", [round(weight / scale) for weight in fitted.weights]),
        joining=joining,
    )


def featurise(examples: Sequence[Example], has_characters: bool) -> list[list[int]]:
    """Return the features of each example, same order."""
    return [hashed_features(model_words(example.text), has_characters) for example in examples]
