"""The labelled answers that grounding is measured on, read from `EVAL_DATA` or from the small sample of the tests."""

import gzip
import json
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scorer.model import Capture, Document, Exchange

SAMPLE = Path(__file__).resolve().parents[2] / "tests" / "quality" / "grounding.jsonl"
ANSWER_SETS = frozenset({"attributionbench", "begin_wow", "factcheck_gpt", "halueval_qa", "qags", "summedits"})
"""Sets of answers; the others are single claims, many of them edited to be hard."""
FAMILIES = {
    "vitaminc_more": "vitaminc", "tabfact_more": "tabfact", "fever_binary": "fever", "fever_symmetric": "fever",
    "faithdial_audit_wow": "begin_wow", "q2_wow": "begin_wow", "snli_devtest": "snli", "snli_counterfactual": "snli",
}  # fmt: skip
"""Sets of one source; a set is never measured with its own source among what was fitted on."""
UNFITTED = frozenset({"breaking_nli", "scone", "med", "help_conj", "conjnli"})
"""Training sets made of templates, left out."""


@dataclass(frozen=True, slots=True)
class Item:
    """One answer with its documents; `is_unsupported` is people's verdict."""

    dataset: str
    query: str
    response: str
    documents: tuple[Document, ...]
    is_unsupported: bool

    @property
    def family(self) -> str:
        """The source that the set comes from."""
        return FAMILIES.get(self.dataset, self.dataset)

    def exchange(self) -> Exchange:
        """Return the answer as the engines take it; label and notes never go in."""
        return Exchange(
            session_id="eval",
            submission_id="eval",
            service_id="eval",
            query=self.query,
            response=self.response,
            documents=self.documents,
            capture=Capture(format="evaluate"),
            timestamp="2026-01-01T00:00:00Z",  # type: ignore[arg-type]  # pydantic reads it
        )


def data_folder(measure: str = "grounding") -> Path | None:
    """Return the folder of one measure's labelled sets; None when there is none.

    `EVAL_DATA` names the folder that holds `grounding/` and `dimensions/`, or for grounding that folder itself.
    """
    given = os.environ.get("EVAL_DATA")
    if not given:
        return None
    folder = Path(given) / measure
    if measure == "dimensions":
        folder = folder / "dev"  # signals are not fitted: there is nothing but development files
    elif not folder.is_dir():
        folder = Path(given)
    return folder if folder.is_dir() else None


def read_items(path: Path) -> list[Item]:
    """Return the items of one file, plain or gzipped."""
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    # Not `splitlines`: a text may hold U+2028.
    return [_item(json.loads(line)) for line in text.decode().split("\n") if line]


def _item(row: dict) -> Item:
    documents = tuple(Document(id=one["id"], content=one["content"]) for one in row["documents"])
    return Item(row["dataset"], row["query"], row["response"], documents, bool(row["label"]))


def read_development(folder: Path) -> dict[str, list[Item]]:
    """Return the development sets by name."""
    return {path.stem: read_items(path) for path in sorted((folder / "dev").glob("*.jsonl"))}


def read_training(folder: Path, per_set: int) -> dict[str, list[Item]]:
    """Return at most `per_set` items of each training set, drawn with a fixed seed."""
    sets = {}
    for path in sorted((folder / "train").glob("*.jsonl.gz")):
        name = path.name.split(".")[0]
        if name not in UNFITTED:
            items = read_items(path)
            random.Random(7).shuffle(items)
            sets[name] = items[:per_set]
    return sets


def macro(values: dict[str, float], names: Sequence[str]) -> float:
    """Return the mean over sets, each with equal say."""
    return sum(values[name] for name in names) / len(names)
