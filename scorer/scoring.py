"""What a scoring process does with one job: read it, judge it, take out what may not be stored. Pure."""

from typing import assert_never

from config.errors import RedactionError
from scorer.claims.question import Questions
from scorer.defects import describe_error
from scorer.intake import Intake
from scorer.model import Evaluation, Exchange, Unscored
from scorer.pipeline import Pipeline
from scorer.protocols import Job, JobKind
from scorer.redact.evaluation import redact
from scorer.redact.plan import RedactionBook


def score_job(
    job: Job, intake: Intake, pipeline: Pipeline, redactions: RedactionBook
) -> Evaluation | Unscored | Questions:
    """Return the evaluation as it may be stored, what the exchange was instead, or what a judge is to be asked first.

    Raises InvalidInputError for an unknown preset or compliance mode, RedactionError.
    """
    match job.kind:
        case JobKind.EXCHANGE:
            read = intake.read(job.payload)
        case JobKind.EVALUATE:
            read = Exchange.model_validate_json(job.payload)
        case _:
            assert_never(job.kind)
    if not isinstance(read, Exchange):
        return read
    result = pipeline.evaluate_judged(read, job.rulings)
    return _redacted(result, redactions) if isinstance(result, Evaluation) else result


def _redacted(evaluation: Evaluation, redactions: RedactionBook) -> Evaluation:
    try:
        return redact(evaluation, redactions.plan_for(evaluation.service_id))
    except Exception as error:  # noqa: BLE001  whatever it was, an evaluation that is half redacted is not stored
        # `from None`: the text of the first error may hold what was read.
        raise RedactionError(f"redaction failed: {describe_error(error)}") from None
