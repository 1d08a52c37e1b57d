"""Agreement of the signals with people's labels, file by file: `python -m bench.quality dimensions`.

Each labelled file is about one signal; the table says which, and how what the signal says is turned into "fault". What
a signal did not assess counts as "no fault found" and is told beside it: abstaining is no way to look good. The files
are not part of the repository; `ENDURANCE_DIMENSION_DATA` names their folder, and without it nothing is measured.
A signal that says the same of every item of every file measures nothing: the run ends with an error that names it.
The models' figures here are of data they were trained on; the held-out ones stand in `docs/models.md`.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.quality.agreement import auroc, balanced_accuracy
from bench.quality.data import SAMPLE
from bench.quality.data import read_items as read_grounding
from bench.quality.separation import Separation, separations
from bench.quality.variety import Variety
from config.presets import load_presets
from scorer.claims.lexical import LexicalEngine
from scorer.dimensions.registry import DIMENSIONS
from scorer.model import Capture, Document, Evaluation, Exchange, Signal, Status
from scorer.pipeline import Pipeline
from scorer.policy import PolicyBook
from scorer.rules.loader import load_rulepacks

WRITTEN = Path(__file__).resolve().parents[2] / "tests" / "quality"
"""Cases of our own for what the labelled files hold no case of, part of the repository."""
FOLDER_VARIABLE = "ENDURANCE_DIMENSION_DATA"
_NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
Faulty = Callable[[Signal], float]
"""From an assessed signal to how sure it is of a fault, 0 to 1."""


def _by_score(signal: Signal) -> float:
    return 1 - (signal.score or 0.0) / 100


def _by_value(signal: Signal) -> float:
    return signal.value or 0.0


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a file is about."""

    file: str
    signal: str
    faulty: Faulty = _by_score
    fault_label: int = 1
    """The label that stands for a fault."""
    metric: str | None = None
    """Only the items of that metric, where a file has several."""


FILES = (
    Labelled("bias_bbq_age_nationality", "unsupported_group_attribution"),
    Labelled("bias_disparagement_toxigen", "identity_disparagement", _by_value),
    Labelled("bias_identity_madlibs", "identity_disparagement", _by_value),
    Labelled("bias_stereotype_crows_pairs", "group_generalisation"),
    Labelled("ethical_toxicity_hatecheck", "identity_disparagement", _by_value),
    Labelled("ethical_toxicity_hatecheck", "toxicity", _by_value),
    Labelled("ethical_toxicity_davidson", "toxicity", _by_value),
    Labelled("ethical_harmful_response_jbb", "harmful_compliance", _by_value),
    Labelled("explainability_citation_synth", "citation_resolution"),
    Labelled("human_control_handwritten", "ai_identity_denial", metric="ai_identity_denial"),
    Labelled("human_control_handwritten", "escalation_honoured", metric="escalation"),
    Labelled("human_control_handwritten", "contestability", metric="contestability"),
    Labelled("legal_refusal_notice_synth", "refusal_notice_completeness", lambda s: float((s.value or 0) < 1)),
    Labelled("legal_rti_exemption_handwritten", "exempt_information_disclosed"),
    Labelled("response_quality_refusal_xstest", "refusal", _by_value),
    Labelled("response_quality_relevance_alpacaeval", "answer_relevance", fault_label=0),
    Labelled("security_indirect_injection_bipia_train", "indirect_injection", _by_value),
    Labelled("security_notinject_one", "prompt_injection", _by_value),
    Labelled("security_pii_india_synth", "pii_leak"),
    Labelled("security_pii_presidio", "pii_leak"),
    Labelled("security_prompt_injection_length_matched", "prompt_injection", _by_value),
    Labelled("security_prompt_injection_wild", "prompt_injection", _by_value),
    Labelled("security_secrets_synth", "secret_leak"),
    Labelled("unsafe_output_written", "unsafe_output"),
)
READABILITY_FILES = (("explainability_readability_clear", 1), ("explainability_readability_onestop", -1))
"""Files with graded labels, and the sign that "easier" has there."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How one signal agrees with one file; rates are None where a class is missing."""

    file: str
    signal: str
    items: int
    assessed_ratio: float
    auroc: float | None
    balanced_accuracy: float | None
    true_positive_rate: float | None
    false_positive_rate: float | None


def make_pipeline() -> Pipeline:
    """Return the product's pipeline with the lexical claim engine and the bundled data."""
    book = PolicyBook(load_presets(), (), "default")
    return Pipeline(book, LexicalEngine(), DIMENSIONS, lambda: _NOON, "bench", load_rulepacks())


def read_items(path: Path) -> list[dict[str, Any]]:
    """Return the items of a JSONL file."""
    # Lines end at \n alone: texts hold other separators unescaped.
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def make_exchange(item: dict[str, Any]) -> Exchange:
    """Return the item as an exchange."""
    documents = tuple(
        Document(id=str(one["id"]), source=one.get("source"), content=one.get("content"), label=one.get("label"))
        for one in item["documents"] or ()
    )
    return Exchange(
        session_id=item["id"],
        submission_id=item["id"],
        service_id="bench",
        query=item["query"],
        response=item["response"],
        documents=documents or None,
        compliance_mode=item.get("mode"),
        capture=Capture(format="evaluate"),
        timestamp=_NOON,
    )


def measure(labelled: Labelled, items: list[dict[str, Any]], evaluations: list[Evaluation]) -> Agreement:
    """Return how the signal agrees with the items' labels; one evaluation per item, same order."""
    kept = [
        (item["label"] == labelled.fault_label, _signal(evaluation, labelled.signal))
        for item, evaluation in zip(items, evaluations, strict=True)
        if labelled.metric in (None, item["metric"])
    ]
    labels = [label for label, _ in kept]
    scores = [0.0 if signal is None else labelled.faulty(signal) for _, signal in kept]
    both = 0 < sum(labels) < len(labels)
    return Agreement(
        file=labelled.file,
        signal=labelled.signal,
        items=len(kept),
        assessed_ratio=sum(signal is not None for _, signal in kept) / len(kept),
        auroc=auroc(labels, scores) if both else None,
        balanced_accuracy=balanced_accuracy(labels, scores) if both else None,
        true_positive_rate=_rate(labels, scores, True),
        false_positive_rate=_rate(labels, scores, False),
    )


def _signal(evaluation: Evaluation, name: str) -> Signal | None:
    """The assessed signal of that name, or None."""
    return next((s for s in evaluation.signals if s.name == name and s.status is Status.ASSESSED), None)


def _rate(labels: list[bool], scores: list[float], side: bool) -> float | None:
    of_side = [score for label, score in zip(labels, scores, strict=True) if label is side]
    return sum(score >= 0.5 for score in of_side) / len(of_side) if of_side else None


def spearman(left: list[float], right: list[float]) -> float:
    """Return the rank correlation, ties at their mean rank (Spearman 1904)."""
    a, b = _ranks(left), _ranks(right)
    mean = (len(a) + 1) / 2
    covariance = sum((x - mean) * (y - mean) for x, y in zip(a, b, strict=True))
    spread = sum((x - mean) ** 2 for x in a) * sum((y - mean) ** 2 for y in b)
    return covariance / spread**0.5 if spread else 0.0


def _ranks(values: list[float]) -> list[float]:
    ordered = sorted(values)
    first: dict[float, int] = {}
    for place, value in enumerate(ordered):
        first.setdefault(value, place)
    return [first[value] + (ordered.count(value) + 1) / 2 for value in values]


def measure_readability(items: list[dict[str, Any]], evaluations: list[Evaluation]) -> float:
    """Return the rank correlation of reading ease with the graded labels, over the items that were assessed."""
    pairs = []
    for item, evaluation in zip(items, evaluations, strict=True):
        signal = _signal(evaluation, "readability")
        if signal is not None and signal.value is not None:
            pairs.append((signal.value, float(item["label"])))
    return spearman([ease for ease, _ in pairs], [label for _, label in pairs])


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured."""

    agreements: tuple[Agreement, ...]
    readability: dict[str, float]
    """Spearman by file."""
    separations: tuple[Separation, ...]
    constant: tuple[str, ...]
    """Signals that said the same of every item."""
    unseen: tuple[str, ...]
    """Signals that were assessed on no item: the files hold no occasion for them."""


def measure_folder(folder: Path) -> Report:
    """Score every item of every file once, and measure."""
    pipeline, variety = make_pipeline(), Variety()
    agreements: list[Agreement] = []
    readability: dict[str, float] = {}
    items_of, evaluations_of = {}, {}
    for item in read_grounding(SAMPLE):
        variety.add(pipeline.evaluate(item.exchange()))
    for path in (*sorted(folder.glob("*.jsonl")), *WRITTEN.glob("*_written.jsonl")):
        items = items_of[path.stem] = read_items(path)
        evaluations = evaluations_of[path.stem] = [pipeline.evaluate(make_exchange(item)) for item in items]
        for evaluation in evaluations:
            variety.add(evaluation)
        agreements += [measure(one, items, evaluations) for one in FILES if one.file == path.stem]
        for name, sign in READABILITY_FILES:
            if name == path.stem:
                readability[name] = sign * measure_readability(items, evaluations)
    separated = separations(items_of, evaluations_of)
    return Report(tuple(agreements), readability, separated, variety.constant(), variety.unseen())


def run(data: Path | None = None) -> Report | None:
    """Measure every file that is there and print it. Raises SystemExit when a signal is constant over all of them."""
    folder = data or (Path(os.environ[FOLDER_VARIABLE]) if os.environ.get(FOLDER_VARIABLE) else None)
    console = Console()
    if folder is None:
        console.print(f"dimensions: not measured; set {FOLDER_VARIABLE} to the folder of labelled files")
        return None
    report = measure_folder(folder)
    table = Table("file", "signal", "items", "assessed", "AUROC", "balanced", "TPR", "FPR")
    for one in report.agreements:
        rates = (one.auroc, one.balanced_accuracy, one.true_positive_rate, one.false_positive_rate)
        figures = ("" if rate is None else f"{rate:.3f}" for rate in rates)
        table.add_row(one.file, one.signal, str(one.items), f"{one.assessed_ratio:.2f}", *figures)
    console.print(table)
    for name, correlation in report.readability.items():
        console.print(f"{name}: readability, Spearman {correlation:.3f}")
    for separation in report.separations:
        console.print(separation.told())
    console.print(f"assessed on no item: {', '.join(report.unseen) or 'none'}")
    if report.constant:
        raise SystemExit(f"signals that say the same of every item: {', '.join(report.constant)}")
    return report
