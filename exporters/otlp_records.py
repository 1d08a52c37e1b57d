"""An evaluation as OpenTelemetry knows it: the attributes of its span, and one event for each score. Pure.

By the GenAI semantic conventions (`gen_ai.evaluation.result`, status: development). Scores go from 0 to 100. No text of
the exchange is among the values, unless explanations are asked for: these are the dimensions' own reasons.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from scorer.model import Evaluation, Score

SPAN_NAME: Final = "endurance.evaluate"
EVENT_NAME: Final = "gen_ai.evaluation.result"
OVERALL: Final = "overall"
Attributes = dict[str, str | int | float | bool | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ScoreEvent:
    """One score."""

    name: str
    """`overall` or a dimension."""
    attributes: Attributes


def span_attributes(evaluation: Evaluation) -> Attributes:
    """Return what the span says of the evaluation."""
    found = evaluation.verification
    optional = {
        "gen_ai.response.model": evaluation.model,
        "gen_ai.conversation.id": evaluation.conversation_id,
        "gen_ai.usage.input_tokens": None if evaluation.usage.estimated else evaluation.usage.input_tokens,
        "gen_ai.usage.output_tokens": None if evaluation.usage.estimated else evaluation.usage.output_tokens,
        "endurance.overall_score": evaluation.overall_score,
    }
    return {
        "endurance.session_id": evaluation.session_id,
        "endurance.service_id": evaluation.service_id,
        "endurance.revision": evaluation.revision,
        "endurance.preset": evaluation.preset,
        "endurance.compliance_mode": evaluation.compliance_mode,
        "endurance.flagged": evaluation.flagged,
        "endurance.flag_codes": tuple(evaluation.flag_codes),
        "endurance.not_assessed": tuple(name.value for name in evaluation.not_assessed),
        "endurance.claims.verified": found.verified_claims,
        "endurance.claims.hallucinated": found.hallucinated_claims,
        "endurance.claims.unverifiable": found.unverifiable_claims,
        **{name: value for name, value in optional.items() if value is not None},
    }


def score_events(evaluation: Evaluation, *, with_explanations: bool = False) -> Iterator[ScoreEvent]:
    """Yield an event for the overall score and each dimension's, where it was assessed: nothing stands for a null."""
    reasons = {one.dimension.value: one.reason for one in evaluation.reasoning if with_explanations}
    scores: list[tuple[str, Score | None]] = [(OVERALL, evaluation.overall_score)]
    scores += [(name.value, score) for name, score in evaluation.dimensions.items()]
    for name, score in scores:
        if score is None:
            continue
        attributes: Attributes = {
            "gen_ai.evaluation.name": name,
            "gen_ai.evaluation.score.value": score,
            "gen_ai.evaluation.score.label": "fail" if f"low_{name}" in evaluation.flag_codes else "pass",
            "endurance.session_id": evaluation.session_id,
            "endurance.service_id": evaluation.service_id,
        }
        if name in reasons:
            attributes["gen_ai.evaluation.explanation"] = reasons[name]
        yield ScoreEvent(name, attributes)
