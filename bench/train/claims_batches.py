"""In what order the claim model reads its samples, and at what learning rate. Pure, seeded.

Batches hold sequences of like length, so that little is padded.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.train.claims_data import SUPPORTED, TRANSFER_FAMILIES

SEQUENCES_PER_BATCH = 32
PEAK_RATE = 1.2e-4
WARM_UP_SHARE = 0.06
WINDOW_BATCHES = 40
"""Batches drawn together and sorted by length: enough for little padding, few enough to stay mixed."""
DOUBTFUL_CLAIMS = 4
"""Claims drawn of an unsupported answer that has more: its worst carries the label."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A sample as token ids: one row per claim."""

    rows: tuple[tuple[list[int], list[int]], ...]
    label: int
    family: str

    @property
    def length(self) -> int:
        """Tokens of its longest row."""
        return max(len(ids) for ids, _ in self.rows)


def batches(rounds: Sequence[Sequence[Encoded]], seed: int) -> Iterator[list[Encoded]]:
    """Yield batches without end: every pass reads the next round, in a new order."""
    passes = 0
    while True:
        rng = random.Random(f"{seed} {passes}")
        samples = rounds[passes % len(rounds)]
        order = [_thinned(one, rng) for one in rng.sample(samples, len(samples))]
        window = WINDOW_BATCHES * SEQUENCES_PER_BATCH
        for at in range(0, len(order), window):
            cut = list(_cut(sorted(order[at : at + window], key=lambda one: one.length)))
            rng.shuffle(cut)
            yield from cut
        passes += 1


def _thinned(one: Encoded, rng: random.Random) -> Encoded:
    if len(one.rows) == 1:
        return one
    if one.label == SUPPORTED:  # each claim of a supported answer is supported
        return Encoded((rng.choice(one.rows),), one.label, one.family)
    return Encoded(tuple(rng.sample(one.rows, min(len(one.rows), DOUBTFUL_CLAIMS))), one.label, one.family)


def _cut(ordered: Sequence[Encoded]) -> Iterator[list[Encoded]]:
    batch: list[Encoded] = []
    held = 0
    for one in ordered:
        batch.append(one)
        held += len(one.rows)
        if held >= SEQUENCES_PER_BATCH:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def rate(done: float) -> float:
    """Return the learning rate when this share of a stage is done: up linearly, down linearly to zero."""
    return PEAK_RATE * min(done / WARM_UP_SHARE, (1.0 - done) / (1.0 - WARM_UP_SHARE))


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the training; its learning rate rises and falls by itself."""

    name: str
    steps: int
    has_transfer_families: bool
    peak_share: float = 1.0
    """Of the usual learning rate: a second stage goes more gently."""
    ends_at: float | None = None
    """Seconds since the epoch at which it ends, whatever its steps."""

    def reads(self, family: str) -> bool:
        """Return whether the stage trains on sets of this source."""
        return self.has_transfer_families or family not in TRANSFER_FAMILIES

    def progress(self, started_at: float) -> Callable[[int], float]:
        """Return a function from the steps done to the share done, 1 at the end."""
        if self.ends_at is None:
            return lambda step: step / self.steps
        length = self.ends_at - started_at
        return lambda _: min(1.0, (time.time() - started_at + 1.0) / length)
