"""Logistic regression in plain Python: a few terms, weighed rows, ridge. For fitting, never at run time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

ROUNDS = 8
"""Newton steps; the fits here are still by the sixth."""


@dataclass(frozen=True, slots=True)
class Row:
    """One observation; the first term is the constant 1."""

    terms: tuple[float, ...]
    is_positive: bool
    weight: float


def fit_logistic(rows: Sequence[Row], ridge: float) -> list[float]:
    """Return the coefficients, the intercept first and without a penalty. Newton's method on the weighed likelihood.

    `ridge` is the penalty of a squared coefficient, in mean row weights.
    """
    size = len(rows[0].terms)
    penalty = ridge * sum(row.weight for row in rows) / len(rows)
    coefficients = [0.0] * size
    for _ in range(ROUNDS):
        gradient = [0.0] + [-penalty * coefficient for coefficient in coefficients[1:]]
        hessian = [[penalty if i == j and i else 1e-9 if i == j else 0.0 for j in range(size)] for i in range(size)]
        for row in rows:
            z = sum(c * t for c, t in zip(coefficients, row.terms, strict=True))
            p = 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))
            error, curve = row.weight * (row.is_positive - p), row.weight * p * (1 - p)
            for i, term in enumerate(row.terms):
                if term:
                    gradient[i] += error * term
                    line, scaled = hessian[i], curve * term
                    for j in range(i + 1):
                        line[j] += scaled * row.terms[j]
        for i in range(size):
            for j in range(i):
                hessian[j][i] = hessian[i][j]
        coefficients = [c + s for c, s in zip(coefficients, _solve(hessian, gradient), strict=True)]
    return coefficients


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Return the solution of a small symmetric system by elimination with pivoting."""
    size = len(right)
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda r: abs(rows[r][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for r in range(column + 1, size):
            factor = rows[r][column] / rows[column][column]
            for c in range(column, size + 1):
                rows[r][c] -= factor * rows[column][c]
    solution = [0.0] * size
    for r in reversed(range(size)):
        known = sum(rows[r][c] * solution[c] for c in range(r + 1, size))
        solution[r] = (rows[r][size] - known) / rows[r][r]
    return solution
