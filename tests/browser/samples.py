"""Evaluations that are hard to show rightly: astral characters before a claim, markup in every text, nulls."""

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
)
from tests.fakes.evaluations import make_evaluation

HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
_TRUTH = "The total budget for 2025-26 is Rs 42.60 crore."
_SALARIES = "Salaries receive Rs 12.40 crore."
# Two characters beyond the basic plane before every offset that counts, in the answer and in the document.
_CONTENT = f"💰📄 Budget of the department. {_TRUTH} {_SALARIES} River embankments receive Rs 15.75 crore."
WRONG = "The total budget for 2025-26 is Rs 46.20 crore"
RIGHT = "Salaries receive Rs 12.40 crore"
OPEN = "More staff is to be hired"
RESPONSE = f"🙂👍🏽 {WRONG}. {RIGHT}. {OPEN}. {HOSTILE}"
QUERY = f"What is the total budget? {HOSTILE}"


def _claim(text: str, verdict: Verdict, reason: str, *passages: str) -> Claim:
    start = RESPONSE.index(text)
    evidence = tuple(
        Evidence(field="documents", document_id="1", start=_CONTENT.index(part), end=_CONTENT.index(part) + len(part),
                 text=part)
        for part in passages
    )  # fmt: skip
    return Claim(text=text, start=start, end=start + len(text), verdict=verdict, confidence=0.93, reason=reason,
                 evidence=evidence)  # fmt: skip


def _signal(dimension: DimensionName, name: str, score: float | None, status: Status, reason: str) -> Signal:
    return Signal(dimension=dimension, name=name, unit=Unit.RATIO, value=None if score is None else score / 100,
                  score=score, status=status, reason=reason, source="a standard")  # fmt: skip


_SCORES: dict[DimensionName, float | None] = {
    DimensionName.BIAS_FAIRNESS: 100.0,
    DimensionName.DATA_GROUNDING: 31.25,
    DimensionName.EXPLAINABILITY: 64.0,
    DimensionName.ETHICAL_ALIGNMENT: 96.5,
    DimensionName.HUMAN_CONTROL: None,
    DimensionName.LEGAL_COMPLIANCE: None,
    DimensionName.SECURITY: 100.0,
    DimensionName.RESPONSE_QUALITY: 81.4,
    DimensionName.ENVIRONMENTAL_COST: 88.0,
}
_REASONS = {
    DimensionName.DATA_GROUNDING: "one of two checked claims is not supported by the documents",
    DimensionName.HUMAN_CONTROL: "no decision was conveyed, and nobody asked for a person",
    DimensionName.LEGAL_COMPLIANCE: f"no rule of the pack was triggered {HOSTILE}",
}


def make_hard_evaluation(number: int, **changes: object) -> Evaluation:
    """Return the evaluation of that number, with every kind of verdict."""
    values: dict[str, object] = {
        "query": QUERY,
        "response": RESPONSE,
        "overall_score": 39.9,
        "dimensions": _SCORES,
        "not_assessed": (DimensionName.HUMAN_CONTROL, DimensionName.LEGAL_COMPLIANCE),
        "verification": Verification(
            total_claims=3, verified_claims=1, hallucinated_claims=1, unverifiable_claims=1, verification_score=50.0,
            risk=0.91,
        ),
        "claims": (
            _claim(WRONG, Verdict.HALLUCINATED, "the amount differs: 46.20 crore, the document says 42.60", _TRUTH),
            _claim(RIGHT, Verdict.VERIFIED, "every fact stands in the passage", _SALARIES),
            _claim(OPEN, Verdict.UNVERIFIABLE, "the documents say nothing of it"),
        ),
        "rag_documents": (
            Document(id="1", source=f"budget{HOSTILE}.md", content=_CONTENT, page=1),
            Document(id="2", source="staff.md", content=None),
        ),
        "signals": (
            _signal(DimensionName.DATA_GROUNDING, "groundedness", 50.0, Status.ASSESSED, "1 of 2 claims"),
            _signal(DimensionName.DATA_GROUNDING, "numeric_consistency", 0.0, Status.ASSESSED, "an amount differs"),
            _signal(DimensionName.DATA_GROUNDING, "context_relevance", None, Status.NOT_ASSESSED, "the query is short"),
            _signal(DimensionName.HUMAN_CONTROL, "contestability", None, Status.NOT_APPLICABLE, "no decision"),
        ),
        "reasoning": tuple(
            DimensionScore(dimension=name, score=_SCORES[name], reason=_REASONS.get(name, "no fault was found"))
            for name in DimensionName
        ),
        "flagged": True,
        "flag_reasons": ("Hallucinations detected: 1", "Low data grounding: 31.2", f"Hostile: {HOSTILE}"),
        "flag_codes": ("hallucination", "low_data_grounding", "low_overall"),
        "capture": Capture(format="openai_chat", status=200),
        "model": HOSTILE,
    }  # fmt: skip
    return make_evaluation(number, **(values | changes))
