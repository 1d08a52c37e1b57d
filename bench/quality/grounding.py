"""How well the claim engines agree with people, set by set, beside what they have to beat.

With `EVAL_DATA` the development sets, each measured with constants fitted without its source; without it the small
sample of `tests/quality/` with the shipped constants: a guard against regressions, no independent measure.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.quality.agreement import auroc, balanced_accuracy, best_threshold, interval, kappa, shifted
from bench.quality.baselines import always_supported, rouge_l_novelty, unigram_novelty
from bench.quality.blend import BlendedConstants, fit_blend
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
from bench.quality.fit import TRAINED_PER_SET, Constants, ItemMeasure, fit, measure_item
from scorer.claims.calibration import DEFAULT_BLEND, MODEL_BLEND
from scorer.claims.combine import Reader, default_engine, model_engine
from scorer.claims.lexical import LexicalEngine
from scorer.claims.model import MANIFEST, WEIGHTS_FOLDER, ClaimModel, Opinion
from scorer.protocols import ClaimEngine

BASELINES: dict[str, Callable[[Item], float]] = {
    "always supported": always_supported,
    "unigram precision": unigram_novelty,
    "ROUGE-L": rouge_l_novelty,
}
DRAWS = 200
"""Bootstrap draws of each interval."""


MODEL_VARIABLE = "CLAIM_MODEL"
"""Names the folder of another claim model than the shipped one, such as the one trained without some sources."""


@dataclass(frozen=True, slots=True)
class Column:
    """One method's scores by set; at least 0.5 says unsupported."""

    name: str
    scores: dict[str, list[float]]
    tuned_on: str
    seen: dict[str, str] = field(default_factory=dict)
    """By set, what the model saw of it in training."""


class Remembering:
    """A model that is asked each pair once, though several engines ask."""

    def __init__(self, model: ClaimModel) -> None:
        self.version = model.version
        self._model = model
        self._opinions: dict[tuple[str, str], Opinion] = {}

    def judge(self, claim: str, evidence: str) -> Opinion:
        """Return the model's opinion of one claim."""
        key = (claim, evidence)
        if key not in self._opinions:
            self._opinions[key] = self._model.judge(claim, evidence)
        return self._opinions[key]


def run(folder: Path | None = None) -> None:
    """Measure the sets of a folder with `dev/` and `train/`, or the small sample, and print."""
    console = Console(width=150)
    weights = Path(os.environ.get(MODEL_VARIABLE) or WEIGHTS_FOLDER)
    model = Remembering(ClaimModel.load(weights))
    if folder is None:
        sets = {"sample": read_items(SAMPLE)}
        console.print("EVAL_DATA names no labelled sets: the sample of tests/quality/, a guard against regressions.")
        known = "not fitted here; errors that it exposed were mended"
        columns = [
            *_baselines(sets),
            *(Column(one.name, _shipped(sets, one), known) for one in _engines(model)),
        ]
    else:
        sets = read_development(folder)
        columns = [*_baselines(sets), *_engine_columns(folder, sets, model, _trained_on(weights))]
    labels = {name: [item.is_unsupported for item in items] for name, items in sets.items()}
    for column in columns:
        console.print(_table(column, labels))


def _engines(model: Reader) -> tuple[ClaimEngine, ...]:
    return LexicalEngine(), model_engine(model), default_engine(model)


def _engine_columns(
    folder: Path, sets: dict[str, list[Item]], model: Reader, trained_on: Sequence[str]
) -> list[Column]:
    training = [measure_item(item) for items in read_training(folder, TRAINED_PER_SET).values() for item in items]
    measured = {name: [measure_item(item, model) for item in items] for name, items in sets.items()}
    seen = {name: _seen(name, trained_on) for name in sets}
    others = "all other sources, dev and train"
    every = "every row: dev and train of all sources"
    lexical = _left_out(measured, training)
    only_training = _left_out(measured, training, only_training=True)
    left_out = [
        Column("lexical, source left out", _risks(measured, lexical), others),
        Column("lexical, train sets only", _risks(measured, only_training), "training sets of other sources"),
    ]
    for name, share in (("model", MODEL_BLEND.share), ("default", DEFAULT_BLEND.share)):
        blended = {one: _blended(measured, one, lexical[one], share) for one in measured}
        left_out.append(Column(f"{name}, source left out", _risks(measured, blended), others, seen))
    shipped = [
        Column(f"{one.name} as shipped", _shipped(sets, one), every, seen if one.name != "lexical" else {})
        for one in _engines(model)
    ]
    return [*left_out, *shipped]


def _trained_on(weights: Path) -> list[str]:
    """Return the sets that the model was trained on."""
    return list(json.loads((weights / MANIFEST).read_text(encoding="utf-8"))["sets"])


def _seen(name: str, trained_on: Sequence[str]) -> str:
    if name in trained_on:
        return "its training part"
    family = FAMILIES.get(name, name)
    return "sets of its source" if family in {FAMILIES.get(one, one) for one in trained_on} else "nothing"


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
) -> dict[str, Constants]:
    """Return for each set the lexical constants that never saw its source."""
    found = {}
    for name in measured:
        development = [] if only_training else _others(measured, name)
        family = FAMILIES.get(name, name)
        found[name] = fit([*development, *(one for one in training if one.family != family)])
    return found


def _others(measured: dict[str, list[ItemMeasure]], name: str) -> list[ItemMeasure]:
    """Return the items of the sets of other sources."""
    family = FAMILIES.get(name, name)
    return [one for rows in measured.values() for one in rows if one.family != family]


def _blended(measured: dict[str, list[ItemMeasure]], name: str, lexical: Constants, share: float) -> BlendedConstants:
    return BlendedConstants(lexical, fit_blend(_others(measured, name), lexical, share))


def _risks(
    measured: dict[str, list[ItemMeasure]], constants: Mapping[str, Constants | BlendedConstants]
) -> dict[str, list[float]]:
    """Return the risks of each set by its constants."""
    return {name: [constants[name].risk(item) for item in items] for name, items in measured.items()}


def _shipped(sets: dict[str, list[Item]], engine: ClaimEngine) -> dict[str, list[float]]:
    """Return the risks of the engine itself; an answer without a checkable claim counts as not flagged."""
    return {
        name: [engine.check(item.exchange(), item.documents).risk or 0.0 for item in items]
        for name, items in sets.items()
    }


def _table(column: Column, labels: dict[str, list[bool]]) -> Table:
    title = f"{column.name} (tuned on: {column.tuned_on})"
    heads = ("set", "n", "balanced accuracy", "AUROC", "kappa", *(("the model saw",) if column.seen else ()))
    table = Table(*heads, title=title)
    figures: dict[str, dict[str, float]] = {}
    for name, truth in labels.items():
        cells = []
        for measure in (balanced_accuracy, auroc, kappa):
            value = measure(truth, column.scores[name])
            low, high = interval(truth, column.scores[name], measure, DRAWS)
            figures.setdefault(measure.__name__, {})[name] = value
            cells.append(f"{value:.3f} [{low:.3f}, {high:.3f}]")
        table.add_row(name, str(len(truth)), *cells, *((column.seen[name],) if column.seen else ()))
    answers = [name for name in labels if name in ANSWER_SETS]
    claims = [name for name in labels if name not in ANSWER_SETS]
    groups = (("macro: all", list(labels)), ("macro: answers", answers), ("macro: claims", claims))
    for title, names in groups:
        if names and answers:
            table.add_row(title, "", *(f"{macro(values, names):.3f}" for values in figures.values()), style="bold")
    return table
