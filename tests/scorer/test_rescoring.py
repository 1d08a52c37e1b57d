"""What moved between two judgements of the same answers."""

import pytest

from scorer.model import DimensionName, Verdict, Verification
from scorer.rescoring import (
    OVERALL,
    CountMove,
    FlagMove,
    Moves,
    ScoreMove,
    documents_of,
    exchange_again,
    submission_of,
)
from tests.fakes.evaluations import make_evaluation, make_full_evaluation


def test_the_exchange_is_the_stored_one_under_a_submission_of_its_own() -> None:
    stored = make_full_evaluation(1, conversation_id="c", custom_weights={DimensionName.SECURITY: 1.0})

    exchange = exchange_again(stored, documents_of(stored), "again")

    assert exchange.submission_id == "again"
    for name in ("session_id", "service_id", "query", "response", "conversation_id", "model", "usage", "metadata",
                 "preset", "compliance_mode", "custom_weights", "capture", "timestamp"):  # fmt: skip
        assert getattr(exchange, name) == getattr(stored, name), name
    assert exchange.documents == stored.rag_documents


@pytest.mark.parametrize(("given", "documents"), [(True, ()), (False, None)])
def test_no_documents_and_no_documents_field_stay_apart(given: bool, documents: tuple[()] | None) -> None:
    stored = make_evaluation(1, rag_documents=(), documents_given=given)

    assert documents_of(stored) == documents
    assert exchange_again(stored, documents_of(stored), "x").documents == documents


def test_a_run_submits_a_session_under_one_id_and_another_run_under_another() -> None:
    assert submission_of("run", "s1") == submission_of("run", "s1")
    assert len({submission_of(run, session) for run in ("run", "other") for session in ("s1", "s2")}) == 4


def test_moves_count_scores_claims_and_flags() -> None:
    old = make_evaluation(1, overall_score=30.0, flagged=True, flag_codes=("low_overall",))
    new = make_evaluation(
        1,
        overall_score=60.0,
        dimensions=old.dimensions | {DimensionName.SECURITY: None, DimensionName.EXPLAINABILITY: 80.0},
        flagged=True,
        flag_codes=("gate_pii",),
        verification=Verification(total_claims=4, verified_claims=3, hallucinated_claims=0, unverifiable_claims=1),
    )

    moves = Moves().plus(old, new).plus(old, old)

    assert moves.sessions == 2
    assert moves.scores[OVERALL] == ScoreMove(before=2, before_sum=60.0, after=2, after_sum=90.0, raised=1)
    assert (moves.scores[OVERALL].before_mean, moves.scores[OVERALL].after_mean) == (30.0, 45.0)
    security, explainability = moves.scores["security"], moves.scores["explainability"]
    assert (security.before, security.after, security.raised, security.lowered) == (2, 1, 0, 0)
    assert (explainability.before_mean, explainability.after_mean) == (None, 80.0)
    assert moves.claims[Verdict.VERIFIED] == CountMove(before=4, after=5)
    assert moves.claims[Verdict.HALLUCINATED] == CountMove(before=2, after=1)
    assert moves.sessions_with_other_verdicts == 1
    assert (moves.flagged, moves.flags) == (
        FlagMove(), {"low_overall": FlagMove(off=1), "gate_pii": FlagMove(on=1)},
    )  # fmt: skip


def test_moves_survive_their_file() -> None:
    moves = Moves().plus(make_evaluation(1), make_evaluation(2))

    assert Moves.model_validate_json(moves.model_dump_json()) == moves
