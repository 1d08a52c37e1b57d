"""How far a service can be trusted, from what is stored of it."""

from scorer.model import Feedback, Verification
from tests.fakes.admin import Admin
from tests.fakes.evaluations import START, make_evaluation


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
