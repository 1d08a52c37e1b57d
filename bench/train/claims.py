"""Trains the claim model from its data to the files that are shipped. `python -m bench.train claims`.

Two stages. The first leaves the sources of two development sets out, and its model is kept beside, to measure what
transfers to sources never seen; the second goes on with everything. Shipped is the mean of the two stages' weights,
which forgets less of the first (Wortsman and others 2022, Model soups, arXiv:2203.05482). Each step of the way is kept
in a work folder, so that a training that was cut short goes on where it was.
"""

import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, replace
from pathlib import Path

from bench.train.claims_batches import Stage
from bench.train.claims_data import FAMILY, ROUNDS, SHARES, Sample, read_samples
from scorer.claims.model import WEIGHTS_FOLDER

SEED = 7
WORK_VARIABLE = "CLAIM_TRAINING"
"""Names the work folder."""
WORK_FOLDER = Path("build") / "claim-training"
STAGES = (
    Stage("transfer", 6000, has_transfer_families=False),
    Stage("all", 3000, has_transfer_families=True, peak_share=0.7),
)
VERSION = "2"


def train_claims(folder: Path, minutes: float | None = None) -> None:
    """Train on the sets of `folder` and write the model; hours of a few cores.

    `minutes` ends the stages by the clock, in the proportion of their steps, instead of by their steps.
    """
    import torch  # here, so that what needs no training needs no PyTorch

    from bench.train.claims_export import export_model
    from bench.train.claims_fit import encode, load_tokenizer, mean_weights, new_model, train_stage

    work = Path(os.environ.get(WORK_VARIABLE) or WORK_FOLDER)
    work.mkdir(parents=True, exist_ok=True)
    tokenizer = load_tokenizer()
    rounds = [encode(samples, tokenizer) for samples in _rounds(folder, work)]
    model = new_model(SEED)
    for number, stage in enumerate(_timed(STAGES, minutes)):
        done = work / f"{stage.name}.pt"
        if done.exists():
            model.load_state_dict(torch.load(done))
            continue
        steps = train_stage(model, rounds, stage, work, SEED + number)
        print(f"{stage.name}: {steps} steps", flush=True)
        export_model(model, tokenizer, work / stage.name, VERSION, trained_on(stage))
    model.load_state_dict(mean_weights([work / f"{stage.name}.pt" for stage in STAGES]))
    export_model(model, tokenizer, WEIGHTS_FOLDER, VERSION, trained_on(STAGES[-1]))


def trained_on(stage: Stage) -> list[str]:
    """Return the sets that a model has seen after this stage."""
    return [name for name in SHARES if stage.reads(FAMILY.get(name, name))]


def _timed(stages: Sequence[Stage], minutes: float | None) -> list[Stage]:
    if minutes is None:
        return list(stages)
    ends_at, total = time.time(), sum(stage.steps for stage in stages)
    timed = []
    for stage in stages:
        ends_at += 60 * minutes * stage.steps / total
        timed.append(replace(stage, ends_at=ends_at))
    return timed


def _rounds(folder: Path, work: Path) -> list[list[Sample]]:
    """Return the prepared samples of each round, from the work folder where they are there already."""
    with ProcessPoolExecutor() as pool:
        prepared = [pool.submit(_prepare, folder, work / f"samples-{number}.jsonl", number) for number in range(ROUNDS)]
        return [_read(one.result()) for one in prepared]


def _prepare(folder: Path, path: Path, round_number: int) -> Path:
    if not path.exists():
        new = path.with_suffix(".new")
        samples = read_samples(folder / "train", SEED, round_number=round_number)
        new.write_text("\n".join(json.dumps(astuple(sample)) for sample in samples), encoding="utf-8")
        new.replace(path)
    return path


def _read(path: Path) -> list[Sample]:
    rows = map(json.loads, path.read_text(encoding="utf-8").split("\n"))
    return [
        Sample(source, tuple((claim, evidence) for claim, evidence in pairs), label) for source, pairs, label in rows
    ]
