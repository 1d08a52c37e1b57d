"""`make train`: train the shipped models and write their weights. `python -m bench.train [MODEL …]`.

All seeded. The models of the dimensions take a minute or two and print held-out figures; `hate` and `harmful_answer`
need the word vectors of the extra `train`. `claims` is a neural network, needs all of that extra, and takes hours. The
labelled files are not part of the repository: `ENDURANCE_DIMENSION_DATA` names the folder of the former's, `EVAL_DATA`
that of the latter's.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.quality.agreement import auroc
from bench.quality.data import data_folder
from bench.train import data, ridge, worded
from bench.train.claims import train_claims
from bench.train.fit import (
    USUAL,
    Example,
    Training,
    featurise,
    fit,
    folds_of,
    held_out_logits,
    held_out_probabilities,
    join,
    make_classifier,
)
from bench.train.vectors import Vectors, load_vectors
from scorer.text.classifier import Classifier, write_classifier
from scorer.text.lexicon import write_lexicon

FOLDER_VARIABLE = "ENDURANCE_DIMENSION_DATA"
WEIGHTS = Path(__file__).resolve().parents[2] / "scorer" / "dimensions" / "weights"
FIGURES = WEIGHTS / "figures.json"
CLAIMS = "claims"


@dataclass(frozen=True, slots=True)
class Task:
    """One model to train."""

    name: str
    read: Callable[[Path], list[Example]]
    has_characters: bool = False
    caution: float = 1.0
    """How much more an innocent text weighs when logit and rules are joined."""
    training: Training = USUAL
    ridge: float | None = None
    """The penalty of a model that reads words by the lexicon; None for one that does not."""


TASKS = (
    Task("refusal", data.refusal_examples, caution=4.3, training=Training(epochs=12, penalty=0.01)),
    Task("injection", data.injection_examples, caution=1.5),
    Task("indirect_injection", data.instruction_examples),
    Task("hate", data.hate_examples, has_characters=True, caution=4.0, ridge=0.1),
    Task("harmful_answer", data.harmful_answer_examples, caution=3.5, ridge=0.05),
)


def train(task: Task, folder: Path, vectors: Vectors | None) -> dict[str, object]:
    """Train one model, write its weights, and return its held-out figures. A task with `ridge` needs the vectors."""
    examples = task.read(folder)
    folds = folds_of(examples)
    logits, model = _hashed(task, examples, folds) if vectors is None else _worded(task, examples, folds, vectors)
    held_out = held_out_probabilities(logits, examples, folds, task.caution)
    everything = range(len(examples))
    (WEIGHTS / f"{task.name}.json").write_text(write_classifier(model))
    return {
        "examples": len(examples),
        "groups": len({example.group for example in examples}),
        "all": _figures(examples, held_out, everything),
        "by_source": {
            source: _figures(examples, held_out, [n for n in everything if examples[n].source == source])
            for source in sorted({example.source for example in examples})
        } if task.name != "indirect_injection" else {"documents": _by_document(examples, held_out, folder)},
    }  # fmt: skip


def _hashed(task: Task, examples: list[Example], folds: list[int]) -> tuple[list[float], Classifier]:
    """Return held-out log-odds, and the model of all examples: n-grams alone."""
    features, everything = featurise(examples, task.has_characters), range(len(examples))
    logits = held_out_logits(features, examples, folds, task.training)
    joining = join(logits, examples, everything, task.caution)
    fitted = fit(features, examples, everything, task.training)
    return logits, make_classifier(task.name, task.has_characters, fitted, joining)


def _worded(task: Task, examples: list[Example], folds: list[int], vectors: Vectors) -> tuple[list[float], Classifier]:
    """Return the same of a model that also reads words by the lexicon."""
    features, penalty = ridge.features(examples, vectors, task.has_characters), task.ridge or 0.0
    logits = worded.held_out_logits(features, examples, folds, penalty)
    joining = join(logits, examples, range(len(examples)), task.caution)
    fitted = ridge.fit_ridge(features, examples, penalty)
    return logits, worded.make_worded(task.name, task.has_characters, fitted, features, vectors, joining)


def _figures(
    examples: list[Example], held_out: list[float], places: list[int] | range
) -> dict[str, float | int | None]:
    labels = [examples[n].is_positive for n in places]
    return _rates(labels, [held_out[n] for n in places])


def _rates(labels: list[bool], scores: list[float]) -> dict[str, float | int | None]:
    positives, negatives = sum(labels), len(labels) - sum(labels)
    said = [score >= 0.5 for score in scores]
    hits = sum(yes and label for yes, label in zip(said, labels, strict=True))
    return {
        "positive": positives,
        "negative": negatives,
        "auroc": round(auroc(labels, scores), 3) if positives and negatives else None,
        "true_positive_rate": round(hits / positives, 3) if positives else None,
        "false_positive_rate": round((sum(said) - hits) / negatives, 3) if negatives else None,
    }


def _by_document(examples: list[Example], held_out: list[float], folder: Path) -> dict[str, float | int | None]:
    """Figures of whole documents: their worst sentence, every sentence judged by a model that had not seen it."""
    worst: dict[str, float] = {}
    for example, probability in zip(examples, held_out, strict=True):
        worst[example.source] = max(worst.get(example.source, 0.0), probability)
    labels, scores = [], []
    for row in data.read_rows(folder, "security_indirect_injection_bipia_train"):
        labels.append(bool(row["label"]))
        base = worst.get(data.document_key(row), 0.0)
        scores.append(max(base, worst.get(row["id"], 0.0)) if row["label"] else base)
    return _rates(labels, scores)


def main() -> int:
    """Train what was asked for, by default all, and print the held-out figures."""
    names = [task.name for task in TASKS]
    parser = argparse.ArgumentParser(prog="python -m bench.train", description="Train the shipped models.")
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"one of {', '.join([*names, CLAIMS])} (all)")
    parser.add_argument("--minutes", type=float, help=f"end the training of {CLAIMS} by the clock")
    options = parser.parse_args()
    chosen = options.models or [*names, CLAIMS]
    unknown = set(chosen) - {*names, CLAIMS}
    if unknown:
        parser.error(f"unknown model {', '.join(sorted(unknown))}")
    folder, claim_folder = os.environ.get(FOLDER_VARIABLE), data_folder()
    if not folder and set(chosen) & set(names):
        parser.error(f"{FOLDER_VARIABLE} must name the folder of the labelled files")
    if claim_folder is None and CLAIMS in chosen:
        parser.error(f"EVAL_DATA must name the folder of the labelled sets that {CLAIMS} is trained on")
    if folder:
        _train_small([task for task in TASKS if task.name in chosen], Path(folder))
    if claim_folder is not None and CLAIMS in chosen:
        train_claims(claim_folder, options.minutes)
    return 0


def _train_small(tasks: Sequence[Task], folder: Path) -> None:
    figures = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    vectors = load_vectors() if any(task.ridge for task in tasks) else None
    if vectors is not None:
        (WEIGHTS / "lexicon.json").write_text(write_lexicon(vectors.lexicon))
    for task in tasks:
        figures[task.name] = train(task, folder, vectors if task.ridge else None)
        print(task.name, json.dumps(figures[task.name], indent=1))
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
