"""Logistic regression with a quadratic penalty over blocks of features, sparse and dense; exact, so without a seed.

For models that read words by vectors, which have a few hundred numbers in every row: Newton's method, each step solved
by conjugate gradients (Lin, Weng and Keerthi 2008). A second for three thousand texts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.train.fit import Example
from bench.train.vectors import Matrix, Vectors
from scorer.text.classifier import BUCKETS, hashed_features, model_words

Vector = NDArray[np.float64]
NEWTON_STEPS = 12
GRADIENT_STEPS = 60
ENOUGH = 1e-4
"""Part of the first gradient below which a fit is done, and of a step's own within it."""
ROW_SHARE, PAIR_SHARE = math.sqrt(2.0), 1.0
"""How large the blocks of rows and of pairs are beside that of n-grams; 0.5 to 2 were much the same, held out."""


@dataclass(frozen=True, slots=True)
class Sparse:
    """Rows of 0 and one value each: the places that a text has, of equal size."""

    places: NDArray[np.int64]
    """Of all rows, one after the other."""
    texts: NDArray[np.int64]
    """The row of each place."""
    values: Vector
    width: int
    count: int

    def times(self, weights: Vector) -> Vector:
        """Return one number for each row."""
        return np.bincount(self.texts, weights[self.places] * self.values, self.count)

    def back(self, errors: Vector) -> Vector:
        """Return one number for each column."""
        return np.bincount(self.places, errors[self.texts] * self.values, self.width)

    def of(self, chosen: NDArray[np.int64]) -> "Sparse":
        """Return some of the rows, in that order."""
        new = np.full(self.count, -1)
        new[chosen] = np.arange(len(chosen))
        kept = new[self.texts] >= 0
        return Sparse(self.places[kept], new[self.texts[kept]], self.values[kept], self.width, len(chosen))


@dataclass(frozen=True, slots=True)
class Features:
    """What the models read of some texts, one row each."""

    grams: Sparse
    pairs: Sparse
    vectors: Matrix
    """The sum of a text's row vectors by the root of their number, times `row_factor`."""
    row_factor: float
    rules: Vector
    """What rules say; the fit takes it into account, the joining weighs it anew."""

    def times(self, weights: "Weights") -> Vector:
        """Return the log-odds of each row."""
        return (
            weights.bias
            + self.grams.times(weights.grams)
            + self.pairs.times(weights.pairs)
            + self.vectors @ weights.direction
            + self.rules * weights.rule
        )

    def back(self, errors: Vector) -> "Weights":
        """Return the gradient by each weight."""
        return Weights(
            float(errors.sum()),
            self.grams.back(errors),
            self.pairs.back(errors),
            self.vectors.T @ errors,
            float(self.rules @ errors),
        )

    def of(self, chosen: Sequence[int]) -> "Features":
        """Return some of the rows, in that order."""
        rows = np.asarray(chosen, dtype=np.int64)
        return replace(
            self,
            grams=self.grams.of(rows),
            pairs=self.pairs.of(rows),
            vectors=self.vectors[rows],
            rules=self.rules[rows],
        )


@dataclass(frozen=True, slots=True)
class Weights:
    """A fitted model; also any point of the same space."""

    bias: float
    grams: Vector
    pairs: Vector
    direction: Vector
    """Of the space of word vectors."""
    rule: float

    def plus(self, other: "Weights", by: float) -> "Weights":
        """Return the point that lies `by` times the other further."""
        return Weights(
            self.bias + by * other.bias,
            self.grams + by * other.grams,
            self.pairs + by * other.pairs,
            self.direction + by * other.direction,
            self.rule + by * other.rule,
        )

    def dot(self, other: "Weights") -> float:
        """Return the inner product."""
        products = self.grams @ other.grams + self.pairs @ other.pairs + self.direction @ other.direction
        return float(products) + self.bias * other.bias + self.rule * other.rule


def features(examples: Sequence[Example], vectors: Vectors, has_characters: bool) -> Features:
    """Return the features of each example, same order."""
    lexicon = vectors.lexicon
    words = [model_words(example.text) for example in examples]
    read = [lexicon.read(one) for one in words]
    sums = np.zeros((len(examples), vectors.matrix.shape[1]))
    for n, (rows, _) in enumerate(read):
        if rows:
            sums[n] = vectors.matrix[rows].sum(axis=0) / math.sqrt(len(rows))
    factor = ROW_SHARE / (math.sqrt(float(np.median(np.square(sums).sum(axis=1)))) or 1.0)
    return Features(
        _sparse([sorted(hashed_features(one, has_characters)) for one in words], BUCKETS, 1.0),
        _sparse([sorted(pairs) for _, pairs in read], lexicon.pair_places, PAIR_SHARE),
        sums * factor,
        factor,
        np.array([example.rule for example in examples]),
    )


def _sparse(rows: Sequence[Sequence[int]], width: int, share: float) -> Sparse:
    sizes = [len(row) for row in rows]
    values = [share / math.sqrt(size) for size in sizes if size]
    return Sparse(
        np.array([place for row in rows for place in row], dtype=np.int64),
        np.repeat(np.arange(len(rows)), sizes),
        np.repeat(values, [size for size in sizes if size]),
        width,
        len(rows),
    )


def fit_ridge(of: Features, examples: Sequence[Example], ridge: float) -> Weights:
    """Fit on all rows; both classes weigh the same in all. `ridge` penalises each squared weight, the bias too."""
    truth = np.array([float(example.is_positive) for example in examples])
    sizes = np.array([example.weight for example in examples])
    for side in (0.0, 1.0):
        sizes[truth == side] *= len(examples) / (2 * sizes[truth == side].sum())
    found, first = of.back(np.zeros(len(examples))), 0.0
    for _ in range(NEWTON_STEPS):
        odds = 1 / (1 + np.exp(-of.times(found)))
        slope = of.back(sizes * (truth - odds)).plus(found, -ridge)
        first = first or slope.dot(slope)
        if slope.dot(slope) <= ENOUGH * ENOUGH * first:
            break
        found = found.plus(_newton_step(of, sizes * odds * (1 - odds), slope, ridge), 1.0)
    return found


def _newton_step(of: Features, curve: Vector, slope: Weights, ridge: float) -> Weights:
    """Return the solution of (X' diag(curve) X + ridge) step = slope, by conjugate gradients."""
    step, rest, toward = slope.plus(slope, -1.0), slope, slope
    size = rest.dot(rest)
    enough = ENOUGH * ENOUGH * size
    for _ in range(GRADIENT_STEPS):
        bent = of.back(curve * of.times(toward)).plus(toward, ridge)
        length = size / toward.dot(bent)
        step, rest = step.plus(toward, length), rest.plus(bent, -length)
        old, size = size, rest.dot(rest)
        if size <= enough:
            break
        toward = rest.plus(toward, size / old)
    return step
