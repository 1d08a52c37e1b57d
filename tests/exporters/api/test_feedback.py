"""A person's verdict, in the query string or as JSON."""

from pathlib import Path
from typing import Any

import pytest

from config.redaction import RedactionSettings, ServiceRedaction
from config.settings import ServiceSettings
from scorer.model import Claim, Evaluation, Verdict
from scorer.redact.plan import RedactionBook
from tests.fakes.admin import Admin, running_admin
from tests.fakes.evaluations import make_evaluation


async def test_feedback_in_the_query_string_needs_no_body(admin: Admin) -> None:
    await admin.save(make_evaluation(1, session_id="s1"))

    told = await admin.post("/v1/feedback/s1?approved=true&comment=well%20said&reviewer=asha")

    assert told == {
        "session_id": "s1",
        "feedback": [
            {
                "approved": True, "comment": "well said", "reviewer": "asha", "at": "2027-01-15T08:00:00.000Z",
                "claims": [], "revision": None,
            },
        ],
    }  # fmt: skip


async def test_feedback_as_json_is_appended_and_beats_the_query_string(admin: Admin) -> None:
    await admin.save(make_evaluation(1, session_id="s1"))
    await admin.post("/v1/feedback/s1?approved=1")

    await admin.post("/v1/feedback/s1?approved=true&comment=from+query", {"approved": False})

    kept = (await admin.get("/v1/sessions/s1"))["feedback"]
    assert [(entry["approved"], entry["comment"]) for entry in kept] == [(True, None), (False, "from query")]


async def test_feedback_emits_no_feed_event_and_makes_no_revision(admin: Admin) -> None:
    await admin.save(make_evaluation(1, session_id="s1"))
    before = await admin.store.position()

    await admin.post("/v1/feedback/s1?approved=false")

    assert await admin.store.position() == before
    assert (await admin.get("/v1/sessions/s1"))["revision"] == 1


@pytest.mark.parametrize(
    ("query", "body", "field"),
    [
        ("", None, "approved"),
        ("approved=", None, "approved"),
        ("approved=perhaps", None, "approved"),
        ("aproved=true", None, "aproved"),
        ("", {"comment": "?"}, "approved"),
        ("", {"approved": "yes"}, "approved"),
        ("", {"approved": 1}, "approved"),
        ("approved=true", {"comment": 5}, "comment"),
        ("approved=true&reviewer=", None, "reviewer"),
    ],
)
async def test_bad_feedback_is_400_that_names_the_field(admin: Admin, query: str, body: Any, field: str) -> None:
    await admin.save(make_evaluation(1, session_id="s1"))

    problem = await admin.post(f"/v1/feedback/s1?{query}", body, status=400)

    assert [error["field"] for error in problem["errors"]] == [field]
    assert (await admin.get("/v1/sessions/s1"))["feedback"] == []


async def test_feedback_on_an_unknown_session_is_404(admin: Admin) -> None:
    await admin.post("/v1/feedback/nobody?approved=true", status=404)

    assert (await admin.get("/v1/sessions"))["total"] == 0


async def test_a_body_that_is_not_json_is_415(admin: Admin) -> None:
    problem = await admin.post("/v1/feedback/s1?approved=true", data={"approved": "true"}, status=415)

    assert "application/json" in problem["detail"]


async def test_a_reviewers_words_are_redacted_as_their_session_is(tmp_path: Path) -> None:
    desk = ServiceSettings(id="desk", redaction=ServiceRedaction(mode="mask"))
    redactions = RedactionBook(RedactionSettings(), (desk,), b"s" * 16)
    body = {"approved": False, "comment": "ask a.b@mail.org", "reviewer": "a.b@mail.org"}
    async with running_admin(tmp_path, redactions=redactions) as admin:
        await admin.save(make_evaluation(1, session_id="s1"), make_evaluation(2, session_id="s2", service_id="other"))

        (masked,) = (await admin.post("/v1/feedback/s1", body))["feedback"]
        (plain,) = (await admin.post("/v1/feedback/s2", body))["feedback"]
        await admin.post("/v1/feedback/nobody", body, status=404)

    assert (masked["comment"], masked["reviewer"]) == ("ask ************", "************")
    assert (plain["comment"], plain["reviewer"]) == (body["comment"], body["reviewer"])


def claimed(number: int, **changes: Any) -> Evaluation:
    """Return an evaluation with a verified, a hallucinated and an undecided claim."""
    verdicts = (Verdict.VERIFIED, Verdict.HALLUCINATED, Verdict.UNVERIFIABLE)
    claims = tuple(
        Claim(text=f"claim {index}", start=10 * index, end=10 * index + 7, verdict=verdict, confidence=0.9, reason="r")
        for index, verdict in enumerate(verdicts)
    )
    return make_evaluation(number, claims=claims, **changes)


async def test_verdicts_of_claims_are_kept_by_place_with_the_revision(admin: Admin) -> None:
    await admin.save(claimed(1, session_id="s1"))
    claims = [{"index": 1, "verdict": "verified"}, {"start": 20, "verdict": "hallucinated"}]

    told = await admin.post("/v1/feedback/s1", {"approved": False, "claims": claims})

    (kept,) = told["feedback"]
    assert kept["claims"] == [
        {"index": 1, "start": 10, "verdict": "verified"}, {"index": 2, "start": 20, "verdict": "hallucinated"},
    ]  # fmt: skip
    assert kept["revision"] == 1


@pytest.mark.parametrize(
    ("claims", "field"),
    [
        ([{"index": 3, "verdict": "verified"}], "claims.0.index"),
        ([{"index": -1, "verdict": "verified"}], "claims.0.index"),
        ([{"start": 11, "verdict": "verified"}], "claims.0.start"),
        ([{"verdict": "verified"}], "claims.0"),
        ([{"index": 0, "start": 0, "verdict": "verified"}], "claims.0"),
        ([{"index": 0, "verdict": "verified"}, {"start": 0, "verdict": "hallucinated"}], "claims.1"),
        ([{"index": 0, "verdict": "perhaps"}], "claims.0.verdict"),
        ({"index": 0}, "claims"),
    ],
)
async def test_a_claim_that_is_not_there_is_named_and_nothing_is_kept(admin: Admin, claims: Any, field: str) -> None:
    await admin.save(claimed(1, session_id="s1"))

    problem = await admin.post("/v1/feedback/s1", {"approved": False, "claims": claims}, 400)

    assert problem["errors"][0]["field"] == field
    assert (await admin.get("/v1/sessions/s1"))["feedback"] == []


async def test_claims_of_an_unknown_or_erased_session_are_404(admin: Admin) -> None:
    await admin.save(claimed(1, session_id="s1"))
    await admin.store.erase("s1")

    for session_id in ("s1", "nobody"):
        body = {"approved": True, "claims": [{"index": 0, "verdict": "verified"}]}
        await admin.post(f"/v1/feedback/{session_id}", body, 404)
