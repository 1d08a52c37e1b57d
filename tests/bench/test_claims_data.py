"""What the claim model is trained on, made from labelled files."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from bench.train.claims_data import CONTRADICTED, NOT_FOUND, SHARES, SUPPORTED, UNSUPPORTED, Sample, read_samples

UNLICENSED = {"healthver", "climate_fever", "covidfact", "attributionbench"}
DOCUMENT = "The library of Thane was opened in 1923 by Asha Rao. It holds some 40,000 books and is open on Sundays."


def row(name: str, label: int, response: str, note: str = "") -> dict[str, Any]:
    return {
        "dataset": name, "query": "", "documents": [{"id": "d", "content": DOCUMENT}], "response": response,
        "label": label, "note": note,
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SHARES}
    rows["fm2"] = [
        row("fm2", 0, "The library was opened in 1923 by Asha Rao.", "SUPPORTS"),
        row("fm2", 1, "The library was opened in 1950.", "REFUTES"),
    ]
    rows["vitaminc"] = [row("vitaminc", 1, "It has a garden of roses.", "NOT ENOUGH INFO")]
    rows["summedits"] = [
        row("summedits", 1, "The library holds maps of the moon.", "domain=news; x"),
        row("summedits", 1, "The library holds maps of Mars.", "domain=samsum; x"),
    ]
    for name, found in rows.items():
        text = "\n".join(map(json.dumps, found))
        (tmp_path / f"{name}.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    return tmp_path


def labels(samples: list[Sample], source: str) -> dict[str, int]:
    return {sample.pairs[0][0]: sample.label for sample in samples if sample.source == source}


def test_sets_without_a_licence_are_not_among_the_shares() -> None:
    assert not UNLICENSED & SHARES.keys()


def test_notes_tell_contradicted_from_not_found_where_they_can(folder: Path) -> None:
    samples = read_samples(folder)

    assert labels(samples, "fm2")["The library was opened in 1950."] == CONTRADICTED
    assert labels(samples, "fm2")["The library was opened in 1923 by Asha Rao."] == SUPPORTED
    assert labels(samples, "vitaminc") == {"It has a garden of roses.": NOT_FOUND}
    assert labels(samples, "summedits") == {"The library holds maps of the moon.": UNSUPPORTED}


def test_dialogues_under_a_non_commercial_licence_are_left_out(folder: Path) -> None:
    assert all("Mars" not in claim for sample in read_samples(folder) for claim, _ in sample.pairs)


def test_supported_statement_gives_edited_ones(folder: Path) -> None:
    claims = labels(read_samples(folder), "fm2")

    assert len(claims) > 2
    assert CONTRADICTED in {label for claim, label in claims.items() if claim != "The library was opened in 1950."}


def test_same_seed_gives_the_same_samples(folder: Path) -> None:
    assert read_samples(folder) == read_samples(folder)


def test_only_the_share_of_a_set_is_drawn(folder: Path) -> None:
    rows = [row("tabfact", 0, f"It holds {number} books.") for number in range(5)]
    (folder / "tabfact.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))

    assert len(read_samples(folder, shares={"tabfact": 3})) == 3


def test_each_round_draws_the_next_items(folder: Path) -> None:
    rows = [row("tabfact", 0, f"It holds {number} books.") for number in range(5)]
    (folder / "tabfact.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))

    first, second = (read_samples(folder, shares={"tabfact": 2}, round_number=number) for number in (0, 1))

    assert len(first) == len(second) == 2
    assert not {one.pairs for one in first} & {one.pairs for one in second}
