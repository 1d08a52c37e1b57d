"""How well scores agree with people's labels: balanced accuracy, AUROC, Cohen's kappa, bootstrap intervals."""

import random
from collections.abc import Callable, Sequence

Measure = Callable[[Sequence[bool], Sequence[float]], float]
"""From labels and scores to a figure; a score of at least 0.5 says yes."""


def balanced_accuracy(labels: Sequence[bool], scores: Sequence[float]) -> float:
    """Return the mean of sensitivity and specificity at a threshold of 0.5."""
    hits = [sum((score >= 0.5) is label for label, score in zip(labels, scores, strict=True) if label is side)
            for side in (True, False)]  # fmt: skip
    return sum(hit / max(1, labels.count(side)) for hit, side in zip(hits, (True, False), strict=True)) / 2


def auroc(labels: Sequence[bool], scores: Sequence[float]) -> float:
    """Return the probability that a positive scores above a negative, ties half (Mann and Whitney 1947)."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    rank_sum, at = 0.0, 0
    while at < len(order):
        end = at
        while end < len(order) and scores[order[end]] == scores[order[at]]:
            end += 1
        rank_sum += (at + end + 1) / 2 * sum(labels[order[n]] for n in range(at, end))
        at = end
    positives = sum(labels)
    negatives = len(labels) - positives
    if not positives or not negatives:
        return 0.5
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def kappa(labels: Sequence[bool], scores: Sequence[float]) -> float:
    """Return Cohen's kappa of the verdicts at 0.5 with the labels."""
    total = len(labels)
    said = sum(score >= 0.5 for score in scores)
    agreed = sum((score >= 0.5) is label for label, score in zip(labels, scores, strict=True)) / total
    positives = sum(labels)
    chance = (said * positives + (total - said) * (total - positives)) / total**2
    return 0.0 if chance == 1 else (agreed - chance) / (1 - chance)


def interval(labels: Sequence[bool], scores: Sequence[float], measure: Measure, draws: int) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval (Efron 1979), seeded."""
    rng = random.Random(7)
    places = range(len(labels))
    figures = []
    for _ in range(draws):
        drawn = rng.choices(places, k=len(labels))
        figures.append(measure([labels[n] for n in drawn], [scores[n] for n in drawn]))
    figures.sort()
    return figures[int(0.025 * draws)], figures[min(draws - 1, int(0.975 * draws))]


def best_threshold(sets: Sequence[tuple[Sequence[bool], Sequence[float]]]) -> float:
    """Return the threshold with the best mean balanced accuracy over the sets."""
    candidates = sorted({round(score, 2) for _, scores in sets for score in scores})
    return max(candidates, key=lambda t: sum(balanced_accuracy(labels, shifted(scores, t)) for labels, scores in sets))


def shifted(scores: Sequence[float], threshold: float) -> list[float]:
    """Return the scores moved so that the threshold stands at 0.5."""
    return [score - threshold + 0.5 for score in scores]
