"""Evaluations for tests of what stores, lists and sends them: complete, small, and different by number."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from scorer.model import (
    Capture,
    Claim,
    DimensionName,
    DimensionScore,
    Document,
    Evaluation,
    Evidence,
    Signal,
    Status,
    Unit,
    Verdict,
    Verification,
    new_session_id,
)

START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def make_id(number: int) -> str:
    """Return the same UUIDv7 for the same number."""
    return new_session_id(1_772_357_400_000 + number, random.Random(number).randbytes(10))


def make_evaluation(number: int = 0, **changes: Any) -> Evaluation:
    """Return the evaluation of that number, a minute after the one before; `changes` override its fields."""
    rng = random.Random(number)
    overall = round(rng.uniform(0, 100), 2)
    values: dict[str, Any] = {
        "session_id": make_id(number),
        "submission_id": make_id(number + 1_000_000),
        "service_id": "desk",
        "query": f"What is the fee of case {number}?",
        "response": f"The fee of case {number} is ten rupees.",
        "model": "demo-1",
        "overall_score": overall,
        "dimensions": {name: round(rng.uniform(0, 100), 2) for name in DimensionName}
        | {DimensionName.EXPLAINABILITY: None},
        "not_assessed": (DimensionName.EXPLAINABILITY,),
        "coverage": 0.75,
        "verification": Verification(
            total_claims=4, verified_claims=2, hallucinated_claims=1, unverifiable_claims=1, verification_score=66.7
        ),
        "flagged": overall < 40,
        "flag_reasons": (f"Low overall: {overall}",) if overall < 40 else (),
        "flag_codes": ("low_overall",) if overall < 40 else (),
        "capture": Capture(format="evaluate"),
        "timestamp": START + timedelta(minutes=number),
        "scored_at": START + timedelta(minutes=number, seconds=1),
        "scorer_version": "1",
        "compliance_mode": "RTI",
        "preset": "standard_rti",
    }
    return Evaluation(**(values | changes))


def make_full_evaluation(number: int, **changes: Any) -> Evaluation:
    """Return an evaluation as long as a real one: claims with evidence, thirty signals, five documents."""
    passage = "The application fee under the Right to Information Act is ten rupees, paid by demand draft. " * 2
    evidence = Evidence(document_id="d1", start=0, end=len(passage), text=passage)
    claims = tuple(
        Claim(text=f"Statement {index} of case {number}.", start=index, end=index + 20, verdict=Verdict.VERIFIED,
              confidence=0.9, reason="every fact stands in the passage", evidence=(evidence,))
        for index in range(4)
    )  # fmt: skip
    signals = tuple(
        Signal(dimension=name, name=f"signal_{index}", unit=Unit.RATIO, value=0.5, score=50.0, status=Status.ASSESSED,
               reason="half of it was found", source="a standard")
        for name in DimensionName
        for index in range(3)
    )  # fmt: skip
    full = {
        "query": f"What is the application fee for case {number} under section {number % 31}?",
        "response": " ".join(f"Sentence {index} about word{(number * 7 + index) % 5000}." for index in range(40)),
        "claims": claims,
        "signals": signals,
        "reasoning": tuple(DimensionScore(dimension=name, score=50.0, reason="two signals") for name in DimensionName),
        "rag_documents": tuple(Document(id=f"d{index}", source="act.pdf", content=passage) for index in range(5)),
        "metadata": {"region": "north", "groups": {"language": "en"}},
    }
    return make_evaluation(number, **(full | changes))
