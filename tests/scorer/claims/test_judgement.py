from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from scorer.claims.judgement import UNCERTAIN, Judgement, LengthCorrection, decide, probability
from scorer.model import Verdict

CORRECTION = LengthCorrection(slope=1.0, per_log_count=-0.3, shift=0.0)
LOGITS = st.floats(min_value=-8, max_value=8)


def judgement(logit: float | None, is_conflict: bool = False) -> Judgement:
    return Judgement(0, 1, "x", logit, "because", is_conflict=is_conflict)


def test_one_doubtful_claim_among_many_is_uncertain() -> None:
    claims, risk = decide([judgement(0.2), *[judgement(-2.0)] * 9], CORRECTION)

    assert (claims[0].verdict, claims[0].reason) == (Verdict.UNVERIFIABLE, UNCERTAIN)
    assert risk is not None
    assert risk < 0.5


def test_many_doubtful_claims_are_no_chance() -> None:
    claims, _ = decide([judgement(0.2)] * 10, CORRECTION)

    assert {claim.verdict for claim in claims} == {Verdict.HALLUCINATED}


def test_an_exact_conflict_is_not_excused_by_company() -> None:
    claims, risk = decide([judgement(0.2, is_conflict=True), *[judgement(-2.0)] * 9], CORRECTION)

    assert claims[0].verdict is Verdict.HALLUCINATED
    assert risk == probability(0.2)


def test_what_was_not_checked_is_unverifiable_and_has_no_part_in_the_risk() -> None:
    claims, risk = decide([judgement(None), judgement(-1.0)], CORRECTION)

    assert [claim.verdict for claim in claims] == [Verdict.UNVERIFIABLE, Verdict.VERIFIED]
    assert risk == probability(-1.0)


def test_nothing_checked_has_no_risk() -> None:
    assert decide([judgement(None)], CORRECTION)[1] is None


def test_a_lone_claim_is_not_corrected() -> None:
    assert CORRECTION.apply([0.7]) == [0.7]


@given(st.lists(st.builds(judgement, st.none() | LOGITS, st.booleans()), max_size=12))
def test_risk_reaches_one_half_exactly_when_a_claim_is_hallucinated(judgements: list[Judgement]) -> None:
    claims, risk = decide(judgements, CORRECTION)

    has_hallucination = any(claim.verdict is Verdict.HALLUCINATED for claim in claims)
    assert (risk is not None and risk >= 0.5) == has_hallucination
    assert all(0.5 <= claim.confidence <= 1 for claim in claims)


@given(st.lists(LOGITS, min_size=1, max_size=12))
def test_correction_never_raises_and_keeps_the_order(logits: list[float]) -> None:
    corrected = CORRECTION.apply(logits)

    assert all(low <= own for low, own in zip(corrected, logits, strict=True))
    order = sorted(range(len(logits)), key=logits.__getitem__)
    assert all(corrected[one] <= corrected[two] for one, two in pairwise(order))


@given(st.floats(allow_nan=False))
def test_probability_is_one_of_any_logit(logit: float) -> None:
    assert 0 <= probability(logit) <= 1
