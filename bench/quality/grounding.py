"""How well the claim engines agree with people, set by set, beside what they have to beat.

With `EVAL_DATA` the development sets, each measured with constants fitted without its source; without it the small
sample of `tests/quality/` with the shipped constants: a guard against regressions, no independent measure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.quality.agreement import auroc, balanced_accuracy, best_threshold, interval, kappa, shifted
from bench.quality.baselines import always_supported, rouge_l_novelty, unigram_novelty
from bench.quality.data import (
    ANSWER_SETS,
    FAMILIES,
    SAMPLE,
    Item,
    macro,
    read_development,
    read_items,
    read_training,
)
from bench.quality.fit import TRAINED_PER_SET, ItemMeasure, fit, measure_item
from scorer.claims.lexical import LexicalEngine

BASELINES: dict[str, Callable[[Item], float]] = {
    "always supported": always_supported,
    "unigram precision": unigram_novelty,
    "ROUGE-L": rouge_l_novelty,
}
DRAWS = 200
"""Bootstrap draws of each interval."""


@dataclass(frozen=True, slots=True)
class Column:
    """One method's scores by set; at least 0.5 says unsupported."""

    name: str
    scores: dict[str, list[float]]
    tuned_on: str


def run(folder: Path | None = None) -> None:
    """Measure the sets of a folder with `dev/` and `train/`, or the small sample, and print."""
    console = Console(width=150)
    if folder is None:
        sets = {"sample": read_items(SAMPLE)}
        console.print("EVAL_DATA names no labelled sets: the sample of tests/quality/, a guard against regressions.")
        columns = [
            *_baselines(sets),
            Column("lexical", _shipped(sets), "not fitted here; errors that it exposed were mended"),
        ]
    else:
        sets = read_development(folder)
        training = [measure_item(item) for items in read_training(folder, TRAINED_PER_SET).values() for item in items]
        measured = {name: [measure_item(item) for item in items] for name, items in sets.items()}
        columns = [
            *_baselines(sets),
            Column("lexical, source left out", _left_out(measured, training), "all other sources, dev and train"),
            Column("lexical, train sets only", _left_out(measured, training, only_training=True),
                   "training sets of other sources"),
            Column("lexical as shipped", _shipped(sets), "every row: dev and train of all sources"),
        ]  # fmt: skip
    labels = {name: [item.is_unsupported for item in items] for name, items in sets.items()}
    for column in columns:
        console.print(_table(column, labels))


def _baselines(sets: dict[str, list[Item]]) -> list[Column]:
    columns = []
    for name, measure in BASELINES.items():
        raw = {key: [measure(item) for item in items] for key, items in sets.items()}
        truth = {key: [item.is_unsupported for item in items] for key, items in sets.items()}
        moved = {}
        for key in sets:
            others = [(truth[one], raw[one]) for one in sets if one != key]
            moved[key] = shifted(raw[key], best_threshold(others) if others and any(raw[key]) else 0.5)
        columns.append(Column(name, moved, "its threshold on the other sets" if len(sets) > 1 else "nothing"))
    return columns


def _left_out(
    measured: dict[str, list[ItemMeasure]], training: Sequence[ItemMeasure], only_training: bool = False
) -> dict[str, list[float]]:
    """Return the risks of each set by constants that never saw its source."""
    scores = {}
    for name, items in measured.items():
        family = FAMILIES.get(name, name)
        others = [] if only_training else [one for rows in measured.values() for one in rows]
        constants = fit([one for one in (*others, *training) if one.family != family])
        scores[name] = [constants.risk(item) for item in items]
    return scores


def _shipped(sets: dict[str, list[Item]]) -> dict[str, list[float]]:
    """Return the risks of the engine itself; an answer without a checkable claim counts as not flagged."""
    engine = LexicalEngine()
    return {
        name: [engine.check(item.exchange(), item.documents).risk or 0.0 for item in items]
        for name, items in sets.items()
    }


def _table(column: Column, labels: dict[str, list[bool]]) -> Table:
    table = Table(
        "set", "n", "balanced accuracy", "AUROC", "kappa", title=f"{column.name} (tuned on: {column.tuned_on})"
    )
    figures: dict[str, dict[str, float]] = {}
    for name, truth in labels.items():
        cells = []
        for measure in (balanced_accuracy, auroc, kappa):
            value = measure(truth, column.scores[name])
            low, high = interval(truth, column.scores[name], measure, DRAWS)
            figures.setdefault(measure.__name__, {})[name] = value
            cells.append(f"{value:.3f} [{low:.3f}, {high:.3f}]")
        table.add_row(name, str(len(truth)), *cells)
    answers = [name for name in labels if name in ANSWER_SETS]
    claims = [name for name in labels if name not in ANSWER_SETS]
    groups = (("macro: all", list(labels)), ("macro: answers", answers), ("macro: claims", claims))
    for title, names in groups:
        if names and answers:
            table.add_row(title, "", *(f"{macro(values, names):.3f}" for values in figures.values()), style="bold")
    return table
