"""How training samples are batched, and how the learning rate goes."""

import itertools

import pytest

from bench.train.claims_batches import (
    DOUBTFUL_CLAIMS,
    PEAK_RATE,
    SEQUENCES_PER_BATCH,
    WARM_UP_SHARE,
    Encoded,
    Stage,
    batches,
    rate,
)
from bench.train.claims_data import SUPPORTED, UNSUPPORTED


def make(count: int, rows: int = 1, label: int = SUPPORTED) -> list[Encoded]:
    return [
        Encoded(tuple(([number] * (5 + number % 40), [0]) for _ in range(rows)), label, "a") for number in range(count)
    ]


def test_one_pass_holds_every_sample_once() -> None:
    samples = make(500)
    count = -(-500 // SEQUENCES_PER_BATCH)

    drawn = [one.rows[0][0][0] for batch in itertools.islice(batches([samples], 7), count) for one in batch]

    assert sorted(drawn) == list(range(500))


def test_same_seed_draws_the_same_batches_and_the_next_pass_others() -> None:
    samples = make(200)
    drawn = list(itertools.islice(batches([samples], 7), 14))

    assert drawn == list(itertools.islice(batches([samples], 7), 14))
    assert drawn[:7] != drawn[7:]


def test_every_pass_reads_the_next_round() -> None:
    rounds = [make(64), make(32, label=UNSUPPORTED)]

    labels = [batch[0].label for batch in itertools.islice(batches(rounds, 7), 5)]

    assert labels == [SUPPORTED, SUPPORTED, UNSUPPORTED, SUPPORTED, SUPPORTED]


def test_stage_without_the_transfer_families_reads_none_of_them() -> None:
    assert not Stage("a", 1, has_transfer_families=False).reads("tabfact")
    assert Stage("a", 1, has_transfer_families=True).reads("tabfact")
    assert Stage("a", 1, has_transfer_families=False).reads("fm2")


def test_batches_hold_sequences_of_like_length() -> None:
    batch = next(batches([make(1200)], 7))

    assert max(one.length for one in batch) - min(one.length for one in batch) <= 2


def test_supported_answer_gives_one_claim_and_an_unsupported_one_several() -> None:
    supported, unsupported = make(1, 9), make(1, 9, UNSUPPORTED)

    assert len(next(batches([supported], 7))[0].rows) == 1
    assert len(next(batches([unsupported], 7))[0].rows) == DOUBTFUL_CLAIMS


def test_rate_rises_to_its_peak_and_falls_to_zero() -> None:
    assert rate(0.0) == 0.0
    assert rate(WARM_UP_SHARE) == pytest.approx(PEAK_RATE)
    assert rate(0.5) < PEAK_RATE
    assert rate(1.0) == 0.0


def test_stage_goes_by_steps_unless_it_has_an_end() -> None:
    by_steps = Stage("a", 200, has_transfer_families=True).progress(0.0)
    by_clock = Stage("a", 200, has_transfer_families=True, ends_at=1.0).progress(0.0)

    assert by_steps(50) == 0.25
    assert by_clock(0) == 1.0
