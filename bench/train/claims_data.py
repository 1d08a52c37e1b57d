"""What the claim model is trained on: pairs of claim and evidence, by fixed shares of the labelled training sets.

Sets without a stated licence are never read, nor the part of SummEdits whose dialogues come from SAMSum (CC BY-NC-ND).
Claims and evidence are cut by the product's own extraction and retrieval, so that training reads what checking reads.
"""

import gzip
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.train.claims_edits import add_detail, change_alike, contradict
from scorer.claims.evidence import DocumentIndex, index_documents, share_held
from scorer.claims.extract import Statement, extract_statements
from scorer.claims.pairing import claim_text, evidence_text
from scorer.model import Document
from scorer.text.rarity import rarity
from scorer.text.tokens import content_stems

Row = dict[str, Any]
SUPPORTED, CONTRADICTED, NOT_FOUND, UNSUPPORTED = 0, 1, 2, 3
"""Classes; the last is one of the two before it, which of them the labels do not tell."""
SHARES = {
    "factcg_doc": 2055, "fib_xsum": 2400, "diasumfact_qmsum": 676, "bump": 604, "storysumm": 39, "summedits": 1353,
    "faithdial_audit_wow": 697, "q2_wow": 1074, "begin_wow": 2934, "factcheck_gpt": 1187,
    "clinifact": 1200, "check_covid": 960, "fm2": 1169, "fever_symmetric": 708,
    "vitaminc": 6000, "vitaminc_more": 10000, "fever_binary": 8000, "tabfact": 2500, "tabfact_more": 2500,
    "mnli_binary": 9000, "snli_devtest": 3000, "snli_counterfactual": 3000, "conjnli": 2500,
    "scone": 800, "med": 800, "help_conj": 600, "breaking_nli": 300,
}  # fmt: skip
"""Items of each set in one round, long and answer-like sets whole."""
ROUNDS = 3
"""Draws that are prepared: each takes other items of the large sets, and makes other false statements."""
TRANSFER_FAMILIES = frozenset({"tabfact", "begin_wow"})
"""Sources kept out of the first stage, to show what transfers."""
EDITED_SETS = frozenset(
    {"factcg_doc", "fib_xsum", "bump", "diasumfact_qmsum", "summedits", "faithdial_audit_wow", "q2_wow", "begin_wow",
     "factcheck_gpt", "fm2", "vitaminc", "fever_binary", "mnli_binary", "check_covid"}
)  # fmt: skip
EDITED_PER_SET = 900
"""Supported pairs of a set from which false ones are made in one round."""
_CLASSES = {
    "contradiction": CONTRADICTED, "refute": CONTRADICTED, "refutes": CONTRADICTED, "refuted": CONTRADICTED,
    "neutral": NOT_FOUND, "not enough info": NOT_FOUND, "irrelevant": NOT_FOUND,
}  # fmt: skip
_REFUTED_SETS = frozenset({"tabfact", "fever_symmetric"})
FAMILY = {
    "tabfact_more": "tabfact", "faithdial_audit_wow": "begin_wow", "q2_wow": "begin_wow", "vitaminc_more": "vitaminc",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled answer: its claims with their evidence. With several claims the worst one carries the label."""

    source: str
    pairs: tuple[tuple[str, str], ...]
    label: int

    @property
    def family(self) -> str:
        """The source that the set comes from."""
        return FAMILY.get(self.source, self.source)


def read_rows(folder: Path, name: str) -> list[Row]:
    """Return the rows of one training set that weights may be trained on."""
    text = gzip.decompress((folder / f"{name}.jsonl.gz").read_bytes()).decode()
    rows = [json.loads(line) for line in text.split("\n") if line]
    return [row for row in rows if not (name == "summedits" and "samsum" in row["note"])]


def read_samples(
    folder: Path, seed: int = 7, shares: Mapping[str, int] = SHARES, round_number: int = 0
) -> list[Sample]:
    """Return one round's samples of all sets by their shares, and the made ones; several minutes of one core."""
    samples = []
    for name, share in shares.items():
        random.Random(f"{seed} {name}").shuffle(rows := read_rows(folder, name))
        kept: list[Row] = []
        if name == "fib_xsum":  # four of five are unsupported
            kept = [row for row in rows if not row["label"]][:share]
            rows = [row for row in rows if row["label"]]
        drawn = kept + _draw(rows, share - len(kept), round_number)
        found = [one for one in map(_sample, drawn) if one is not None]
        samples += found
        if name in EDITED_SETS:
            supported = _draw([row for row in drawn if not row["label"]], EDITED_PER_SET, round_number)
            samples += _made(name, supported, random.Random(f"{seed} {name} {round_number}"))
        print(f"round {round_number}: {name} {len(found)} {len(samples)}", flush=True)
    return samples


def _draw(rows: Sequence[Row], count: int, round_number: int) -> list[Row]:
    """Return so many rows, in each round the next ones, from the start again where they end."""
    start = round_number * count
    return [rows[place % len(rows)] for place in range(start, start + min(count, len(rows)))]


def _index(row: Row) -> DocumentIndex:
    return index_documents([Document(id=one["id"], content=one["content"]) for one in row["documents"]])


def _statements(row: Row) -> list[Statement]:
    return [one for one in extract_statements(row["query"], row["response"]) if one.unchecked is None]


def _sample(row: Row) -> Sample | None:
    index = _index(row)
    statements = _statements(row)
    if not statements or not index.passages:
        return None
    pairs = tuple(_pair(one, index) for one in statements[:8])
    return Sample(row["dataset"], pairs, _label(row))


def _pair(statement: Statement, index: DocumentIndex) -> tuple[str, str]:
    stems = content_stems(statement.spoken)
    own = frozenset(stems)
    match = index.match(stems, [stem for stem in content_stems(statement.context) if stem not in own])
    return claim_text(statement, match.passages), evidence_text(index, match.numbers)


def _label(row: Row) -> int:
    if not row["label"]:
        return SUPPORTED
    name = row["dataset"]
    note = (row.get("note") or "").split(";")[0].strip().lower().replace("_", " ")
    return CONTRADICTED if name in _REFUTED_SETS else _CLASSES.get(note, UNSUPPORTED)


def _made(name: str, rows: Sequence[Row], rng: random.Random) -> Iterator[Sample]:
    """Yield for supported answers of one claim: it edited, edited alike, with an added detail, and another's claim."""
    indexes = [_index(row) for row in rows]
    claims = [_statements(row) for row in rows]
    for place, (index, statements) in enumerate(zip(indexes, claims, strict=True)):
        if not index.passages or not statements:
            continue
        one = rng.choice(statements)
        claim, evidence = _pair(one, index)
        edited = contradict(one.spoken, evidence, rng)
        if edited is not None:
            yield Sample(name, (_again(edited, index),), CONTRADICTED)
        alike = change_alike(claim, evidence, rng)
        if alike is not None:
            yield Sample(name, (alike,), SUPPORTED)
        others = [n for n in rng.sample(range(len(claims)), min(30, len(claims))) if n != place and claims[n]]
        if rng.random() < 0.5 and others:
            added = add_detail(one.spoken, rng.choice(claims[others[0]]).spoken, rng)
            if added is not None:
                yield Sample(name, (_again(added, index),), NOT_FOUND)
        nearest = _nearest(index, claims, others, rows[place])
        if nearest is not None and rng.random() < 0.4:
            yield Sample(name, (_pair(nearest, index),), NOT_FOUND)


def _again(text: str, index: DocumentIndex) -> tuple[str, str]:
    return _pair(Statement(0, len(text), text, text), index)


NEAR_LIMIT = 0.7
"""A statement of another answer that the documents hold beyond this may well be true of them."""


def _nearest(
    index: DocumentIndex, claims: Sequence[Sequence[Statement]], others: Sequence[int], row: Row
) -> Statement | None:
    """Return the statement of another answer that shares most with the documents, and is not held by them."""
    best, found = 0.0, None
    words = index.postings.keys()
    for number in others:
        one = claims[number][0]
        weights = {stem: rarity(stem) for stem in content_stems(one.spoken)}
        held = share_held(weights, frozenset(words & weights.keys()))
        if best < held < NEAR_LIMIT and one.spoken not in row["response"]:
            best, found = held, one
    return found
