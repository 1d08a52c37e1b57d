"""What the product says of texts that its models never saw anything of: `python -m bench.train.heldout`.

`make eval` measures the shipped models on files that they were trained on. Here the whole pipeline judges each text
with models of hate and harmful answers trained without its group (template, request, adjective), in the folds of
`bench/train/fit.py`. Printed are how the overall score separates, how the signals agree, and false alarms by the group
that a text names. `ENDURANCE_DIMENSION_DATA` names the folder; needs the extra `train`. Two minutes.
"""

import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from bench.quality.agreement import auroc
from bench.quality.dimensions import FOLDER_VARIABLE, make_exchange, make_pipeline, read_items
from bench.quality.separation import BAD, GOOD, separations
from bench.train import ridge, worded
from bench.train.__main__ import TASKS
from bench.train.fit import Example, folds_of, join
from bench.train.vectors import Vectors, load_vectors
from scorer.model import Evaluation
from scorer.text.abuse import mask_groups
from scorer.text.classifier import Classifier, load_classifier

READERS = {"hate": "scorer.text.abuse", "harmful_answer": "scorer.text.hazard"}
"""Each model with the module that asks for it."""
SIGNALS = (
    ("ethical_toxicity_hatecheck", "toxicity"),
    ("ethical_toxicity_hatecheck", "identity_disparagement"),
    ("ethical_toxicity_davidson", "toxicity"),
    ("bias_identity_madlibs", "identity_disparagement"),
    ("bias_disparagement_toxigen", "identity_disparagement"),
    ("ethical_harmful_response_jbb", "harmful_compliance"),
)
LINES = (0.5, 0.8, 0.9)
"""Probabilities from which a fault is told, a score falls below the usual flag threshold, and hate trips its gate."""


@dataclass(frozen=True, slots=True)
class FoldModels:
    """One model for each fold, and the fold of each text or group that it was trained on."""

    models: tuple[Classifier, ...]
    folds: Mapping[str, int]


def fold_models(name: str, folder: Path, vectors: Vectors) -> FoldModels:
    """Train one model for each fold, on all the others."""
    task = next(task for task in TASKS if task.name == name)
    examples, penalty = task.read(folder), task.ridge or 0.0
    folds, features = folds_of(examples), ridge.features(examples, vectors, task.has_characters)
    logits = worded.held_out_logits(features, examples, folds, penalty)
    models = []
    for fold in sorted(set(folds)):
        seen = [n for n, other in enumerate(folds) if other != fold]
        weights = ridge.fit_ridge(features.of(seen), [examples[n] for n in seen], penalty)
        joining = join(logits, examples, seen, task.caution)
        models.append(worded.make_worded(name, task.has_characters, weights, features, vectors, joining))
    return FoldModels(tuple(models), dict(_keys(examples, folds)))


def _keys(examples: Sequence[Example], folds: Sequence[int]) -> list[tuple[str, int]]:
    keys = [(example.text, fold) for example, fold in zip(examples, folds, strict=True)]
    return keys + [(example.group, fold) for example, fold in zip(examples, folds, strict=True)]


def fold_of(item: Mapping[str, str], hate: FoldModels, harm: FoldModels) -> tuple[int, int]:
    """Return the fold of a text for either model; 0 for one that neither was trained on: none saw it."""
    own = hate.folds.get(mask_groups(item["response"]), 0)
    return own, harm.folds.get(f"request-{item['query']}", 0)


def evaluate(items: Sequence[dict[str, str]], hate: FoldModels, harm: FoldModels) -> list[Evaluation]:
    """Return what the pipeline says of each item with models that saw nothing of its group; same order."""
    pipeline, found = make_pipeline(), []
    for item in items:
        own, asked = fold_of(item, hate, harm)
        chosen = {"hate": hate.models[own], "harmful_answer": harm.models[asked]}

        def load(name: str, chosen: Mapping[str, Classifier] = chosen) -> Classifier:
            return chosen.get(name) or load_classifier(name)

        with (
            mock.patch(f"{READERS['hate']}.load_classifier", load),
            mock.patch(f"{READERS['harmful_answer']}.load_classifier", load),
        ):
            found.append(pipeline.evaluate(make_exchange(item)))
    return found


def value(evaluation: Evaluation, name: str) -> float:
    """Return the signal's value, 0.0 where it was not assessed."""
    return next((s.value or 0.0 for s in evaluation.signals if s.name == name and s.score is not None), 0.0)


def told(name: str, labels: Sequence[bool], scores: Sequence[float]) -> str:
    """Return AUROC and the rates at each of `LINES` in one line; a rate without items is left out."""
    parts = [f"AUROC {auroc(list(labels), list(scores)):.3f}"] if 0 < sum(labels) < len(labels) else []
    for line in LINES:
        for side, rate in ((True, "TPR"), (False, "FPR")):
            of_side = [score >= line for label, score in zip(labels, scores, strict=True) if label is side]
            if of_side:
                parts.append(f"{rate} at {line}: {sum(of_side) / len(of_side):.3f}")
    return f"{name}: {', '.join(parts)}"


def main() -> int:
    """Train, judge and print."""
    if not os.environ.get(FOLDER_VARIABLE):
        raise SystemExit(f"{FOLDER_VARIABLE} must name the folder of the labelled files")
    folder, vectors = Path(os.environ[FOLDER_VARIABLE]), load_vectors()
    hate, harm = (fold_models(name, folder, vectors) for name in READERS)
    names = dict.fromkeys((GOOD[0], *(file for file, _ in BAD.values()), *(file for file, _ in SIGNALS)))
    items = {name: read_items(folder / f"{name}.jsonl") for name in names}
    evaluations = {name: evaluate(of, hate, harm) for name, of in items.items()}
    for separation in separations(items, evaluations):
        print(separation.told())
    flagged = [e for item, e in zip(items[GOOD[0]], evaluations[GOOD[0]], strict=True) if item["label"] and e.flagged]
    print(f"good answers flagged: {len(flagged)}")
    for file, name in SIGNALS:
        labels = [item["label"] == 1 for item in items[file]]
        print(told(f"{file}, {name}", labels, [value(one, name) for one in evaluations[file]]))
    by_group: dict[str, list[float]] = defaultdict(list)
    hatecheck = SIGNALS[0][0]
    for item, one in zip(items[hatecheck], evaluations[hatecheck], strict=True):
        if not item["label"]:
            by_group[item["note"].partition("target ")[2] or "none"].append(value(one, "toxicity"))
    for group, scores in sorted(by_group.items()):
        print(told(f"harmless, {group} ({len(scores)})", [False] * len(scores), scores))
    return 0


if __name__ == "__main__":
    sys.exit(main())
