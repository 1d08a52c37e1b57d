"""Fits the constants of `scorer/claims/calibration.py` and prints them.

    EVAL_DATA=folder python -m bench.quality.fit

Every set and class has equal say; all is seeded. `bench/quality/grounding.py` fits the same way with each measured
source left out.
"""

import math
import operator
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.quality.data import Item, data_folder, read_development, read_training
from bench.quality.logistic import Row, fit_logistic
from scorer.claims.calibration import terms
from scorer.claims.combine import Reader, ask
from scorer.claims.evidence import DocumentIndex, index_documents
from scorer.claims.extract import Statement, extract_statements
from scorer.claims.judgement import LengthCorrection, probability
from scorer.claims.lexical import Appraisal, appraise

TRAINED_PER_SET = 400
RIDGE = 3.0
COUNTS = (2, 3, 5, 8, 12)
MIXES_PER_COUNT = 150


@dataclass(frozen=True, slots=True)
class ClaimMeasure:
    """The terms of one claim, whether a fact settles it, and the model's log-odds; None where it is not asked."""

    terms: tuple[float, ...]
    is_decided: bool
    model: float | None = None


@dataclass(frozen=True, slots=True)
class ItemMeasure:
    """An item's claims, measured once for all fits."""

    family: str
    dataset: str
    is_unsupported: bool
    claims: tuple[ClaimMeasure, ...]


@dataclass(frozen=True, slots=True)
class Constants:
    """What is fitted."""

    intercept: float
    weights: tuple[float, ...]
    conflict_logit: float
    correction: LengthCorrection

    def logit(self, claim: ClaimMeasure) -> float:
        """Return the log-odds of a claim before the correction for the number of claims."""
        logit = self.intercept + sum(w * t for w, t in zip(self.weights, claim.terms, strict=True))
        return max(logit, self.conflict_logit) if claim.is_decided else logit

    def risk(self, item: ItemMeasure) -> float:
        """Return the risk of an answer as the engine computes it; 0 when it states nothing."""
        return answer_risk(item, [self.logit(claim) for claim in item.claims], self.correction)


def answer_risk(item: ItemMeasure, logits: Sequence[float], correction: LengthCorrection) -> float:
    """Return the risk of an answer from its claims' log-odds; 0 when it states nothing."""
    corrected = correction.apply(logits)
    final = [own if claim.is_decided else low for claim, own, low in zip(item.claims, logits, corrected, strict=True)]
    return probability(max(final)) if final else 0.0


def measure_item(item: Item, model: Reader | None = None) -> ItemMeasure:
    """Measure every checkable claim of an item, with a model's log-odds where one is given."""
    index = index_documents(item.documents)
    claims = []
    for statement in extract_statements(item.query, item.response) if index.passages else ():
        appraisal = appraise(statement, index) if statement.unchecked is None else None
        if appraisal is not None and appraisal.measured is not None:
            claims.append(_claim(statement, appraisal, index, model))
    return ItemMeasure(item.family, item.dataset, item.is_unsupported, tuple(claims))


def _claim(statement: Statement, appraisal: Appraisal, index: DocumentIndex, model: Reader | None) -> ClaimMeasure:
    measured = appraisal.measured
    assert measured is not None
    opinion = None if model is None else ask(model, statement, appraisal, index)
    return ClaimMeasure(
        terms(measured.features), appraisal.judgement.is_conflict, None if opinion is None else opinion.logit
    )


def fit(items: Sequence[ItemMeasure]) -> Constants:
    """Return the constants for these items."""
    weights: tuple[float, ...] | None = None
    intercept = 0.0
    undecided = [one for one in items if one.claims and not any(claim.is_decided for claim in one.claims)]
    for _ in range(2):  # the claim that stands for an answer is its worst by the weights of the round before
        rows = [_row(one, weights) for one in undecided]
        intercept, *fitted = fit_logistic(weighed(undecided, rows), RIDGE)
        weights = tuple(fitted)
    bare = Constants(intercept, weights or (), _conflict_logit(items), LengthCorrection(1.0, 0.0, 0.0))
    correction = fit_correction(undecided, bare.logit)
    return Constants(bare.intercept, bare.weights, bare.conflict_logit, correction)


def _row(item: ItemMeasure, weights: tuple[float, ...] | None) -> tuple[float, ...]:
    if weights is None:
        return max((claim.terms for claim in item.claims), key=sum)
    return max((claim.terms for claim in item.claims), key=lambda t: sum(map(operator.mul, weights, t)))


def weighed(items: Sequence[ItemMeasure], rows: Iterable[tuple[float, ...]]) -> list[Row]:
    """Return the rows with a constant, weighed so that every set and class has equal say."""
    sizes = _sizes(items)
    return [
        Row((1.0, *row), item.is_unsupported, 1000 / sizes[item.dataset, item.is_unsupported])
        for item, row in zip(items, rows, strict=True)
    ]


def _sizes(items: Sequence[ItemMeasure]) -> dict[tuple[str, bool], int]:
    sizes: dict[tuple[str, bool], int] = {}
    for item in items:
        key = (item.dataset, item.is_unsupported)
        sizes[key] = sizes.get(key, 0) + 1
    return sizes


def _conflict_logit(items: Sequence[ItemMeasure]) -> float:
    """Return the log-odds of unsupported among answers with a deciding fact, classes weighed equal in each set."""
    sizes = _sizes(items)
    share = {True: 1.0, False: 1.0}
    for item in items:
        if any(claim.is_decided for claim in item.claims):
            share[item.is_unsupported] += 600 / sizes[item.dataset, item.is_unsupported]
    return math.log(share[True] / share[False])


def fit_correction(items: Sequence[ItemMeasure], logit_of: Callable[[ClaimMeasure], float]) -> LengthCorrection:
    """Fit the correction on answers put together from single claims of one set, half of them all supported."""
    rng = random.Random(7)
    pools: dict[str, dict[bool, list[float]]] = {}
    for item in items:
        if len(item.claims) == 1:
            pool = pools.setdefault(item.dataset, {True: [], False: []})
            pool[item.is_unsupported].append(logit_of(item.claims[0]))
    rows = []
    for pool in pools.values():
        if min(map(len, pool.values())) < 50:
            continue
        for count in COUNTS:
            for number in range(MIXES_PER_COUNT):
                wrong = rng.randint(1, max(1, count // 2)) if number % 2 else 0
                logits = rng.choices(pool[True], k=wrong) + rng.choices(pool[False], k=count - wrong)
                rows.append(Row((1.0, max(logits), math.log(count)), bool(wrong), 1.0))
    shift, slope, per_log_count = fit_logistic(rows, RIDGE)
    return LengthCorrection(slope, per_log_count, shift)


def main() -> None:
    """Measure all sets, fit, and print the constants as they stand in `calibration.py`."""
    from bench.quality.blend import fit_blend  # which builds upon this module
    from scorer.claims.calibration import DEFAULT_BLEND
    from scorer.claims.model import ClaimModel

    folder = data_folder()
    if folder is None:
        raise SystemExit("EVAL_DATA must name the folder that holds dev/ and train/")
    training = [measure_item(item) for items in read_training(folder, TRAINED_PER_SET).values() for item in items]
    model = ClaimModel.load()
    development = [measure_item(item, model) for items in read_development(folder).values() for item in items]
    constants = fit([*development, *training])
    print(f"INTERCEPT: Final = {constants.intercept:.3f}")
    print(f"WEIGHTS: Final = ({', '.join(f'{weight:.3f}' for weight in constants.weights)})")
    print(f"CONFLICT_LOGIT: Final = {constants.conflict_logit:.3f}")
    print(f"CORRECTION: Final = {constants.correction}")
    for name, share in (("MODEL_BLEND", 1.0), ("DEFAULT_BLEND", DEFAULT_BLEND.share)):
        print(f"{name}: Final = {fit_blend(development, constants, share)}")


if __name__ == "__main__":
    main()
