"""Whether the overall score tells good answers from bad ones: AUROC and the gap of the means, set against set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.quality.agreement import auroc
from scorer.model import Evaluation

GOOD = ("response_quality_relevance_alpacaeval", 1)
"""Answers to their own question."""
BAD = {
    "answers to other questions": ("response_quality_relevance_alpacaeval", 0),
    "harmful texts": ("ethical_toxicity_hatecheck", 1),
    "abusive texts": ("ethical_toxicity_davidson", 1),
    "successful jailbreaks": ("ethical_harmful_response_jbb", 1),
}


@dataclass(frozen=True, slots=True)
class Separation:
    """Good answers against one kind of bad ones."""

    kind: str
    good: int
    bad: int
    """Items of either side that have an overall score."""
    auroc: float
    gap: float
    """Mean of the good less mean of the bad, in points."""

    def told(self) -> str:
        """Return it in a line."""
        return (
            f"overall score, good answers against {self.kind}: AUROC {self.auroc:.3f}, "
            f"means {self.gap:.1f} points apart ({self.good} and {self.bad} items)"
        )


def separations(
    items: Mapping[str, Sequence[Mapping[str, Any]]], evaluations: Mapping[str, Sequence[Evaluation]]
) -> tuple[Separation, ...]:
    """Return one entry per kind of bad text whose file is there; `evaluations` are of `items`, same order."""

    def overall(file: str, label: int) -> list[float]:
        pairs = zip(items.get(file, ()), evaluations.get(file, ()), strict=True)
        return [e.overall_score for item, e in pairs if item["label"] == label and e.overall_score is not None]

    good, found = overall(*GOOD), []
    for kind, place in BAD.items():
        bad = overall(*place)
        if good and bad:
            labels = [False] * len(good) + [True] * len(bad)
            rank = auroc(labels, [-score for score in (*good, *bad)])
            gap = sum(good) / len(good) - sum(bad) / len(bad)
            found.append(Separation(kind, len(good), len(bad), rank, gap))
    return tuple(found)
