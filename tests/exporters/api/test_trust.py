"""How far a service can be trusted, from what is stored of it."""

import pytest

from exporters.service_trust import judged_claims
from scorer.model import Claim, ClaimFeedback, Feedback, Verdict, Verification
from scorer.trust import Judged
from tests.fakes.admin import Admin
from tests.fakes.evaluations import START, make_evaluation

VERIFIED, HALLUCINATED, UNVERIFIABLE = Verdict.VERIFIED, Verdict.HALLUCINATED, Verdict.UNVERIFIABLE


async def test_unknown_service_is_404(admin: Admin) -> None:
    await admin.get("/v1/services/desk/trust", 404)


async def test_trust_tells_course_drift_groups_and_agreement(admin: Admin) -> None:
    await admin.save(
        *(
            make_evaluation(
                n,
                overall_score=90.0 if n < 60 else 20.0,
                flagged=n >= 60,
                metadata={"groups": {"language": "hi" if n % 2 else "en"}},
                verification=Verification(risk=0.1 if n < 60 else 0.9),
            )
            for n in range(120)
        )
    )
    for n in range(0, 120, 4):
        verdict = Feedback(approved=n != 0, at=START)
        await admin.store.add_feedback(make_evaluation(n).session_id, verdict)

    trust = await admin.get("/v1/services/desk/trust")

    assert (trust["service_id"], trust["records"]) == ("desk", 120)
    assert trust["overall"]["is_alarm"]
    assert trust["drift"]["overall_score"]["is_significant"]
    assert [(g["group"], g["records"], g["good_ratio"]) for g in trust["groups"]["language"]] == [
        ("en", 60, 0.5), ("hi", 60, 0.5),
    ]  # fmt: skip
    assert trust["calibration"]["records"] == 30
    assert trust["calibration"]["true_positive_rate"]["value"] == 15 / 16
    assert trust["calibration"]["brier"] is not None


async def test_odd_group_declarations_are_left_out(admin: Admin) -> None:
    await admin.save(make_evaluation(1, metadata={"groups": ["x"]}), make_evaluation(2, metadata={"groups": {"a": 3}}))

    assert (await admin.get("/v1/services/desk/trust"))["groups"] == {}


def claim(verdict: Verdict, confidence: float = 0.9) -> Claim:
    return Claim(text="It is.", start=0, end=6, verdict=verdict, confidence=confidence, reason="r")


def said(*claims: tuple[int, Verdict], revision: int = 1) -> Feedback:
    kept = tuple(ClaimFeedback(index=index, start=0, verdict=verdict) for index, verdict in claims)
    return Feedback(approved=True, at=START, claims=kept, revision=revision)


def test_claims_are_judged_by_the_newest_verdict_of_this_revision_where_both_decided() -> None:
    ours = (claim(HALLUCINATED, 0.8), claim(VERIFIED, 0.7), claim(UNVERIFIABLE), claim(VERIFIED))
    earlier = said((0, VERIFIED), (3, HALLUCINATED), revision=1)
    evaluation = make_evaluation(
        claims=ours,
        revision=2,
        feedback=(
            earlier,
            said((0, VERIFIED), (1, HALLUCINATED), (2, VERIFIED), (3, UNVERIFIABLE), (9, VERIFIED), revision=2),
            said((0, HALLUCINATED), revision=2),
        ),
    )

    judged = judged_claims(evaluation)

    assert judged[0] == Judged(True, True, 0.8)
    assert judged[1] == Judged(False, True, pytest.approx(0.3))
    assert judged[2:] == [None]


async def test_trust_tells_how_far_claims_agree_with_people(admin: Admin) -> None:
    await admin.save(*(make_evaluation(n, claims=(claim(HALLUCINATED), claim(VERIFIED))) for n in range(20)))
    for n in range(20):
        verdict = said((0, HALLUCINATED if n else VERIFIED), (1, VERIFIED))
        await admin.store.add_feedback(make_evaluation(n).session_id, verdict)

    trust = await admin.get("/v1/services/desk/trust")

    agreement = trust["claims"]
    assert (agreement["records"], trust["claims_undecided"]) == (40, 0)
    assert agreement["true_positive_rate"]["value"] == 1.0
    assert agreement["true_negative_rate"]["value"] == pytest.approx(20 / 21)
    assert agreement["kappa"] == pytest.approx(0.95)
