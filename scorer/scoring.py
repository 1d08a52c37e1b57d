"""What a scoring process does with one job: read it, then judge it. Pure."""

from typing import assert_never

from scorer.intake import Intake
from scorer.model import Evaluation, Exchange, Unscored
from scorer.pipeline import Pipeline
from scorer.protocols import Job, JobKind


def score_job(job: Job, intake: Intake, pipeline: Pipeline) -> Evaluation | Unscored:
    """Return the evaluation, or what the exchange was instead.

    Raises InvalidInputError for an unknown preset or compliance mode.
    """
    match job.kind:
        case JobKind.EXCHANGE:
            read = intake.read(job.payload)
            return pipeline.evaluate(read) if isinstance(read, Exchange) else read
        case JobKind.EVALUATE:
            return pipeline.evaluate(Exchange.model_validate_json(job.payload))
        case _:
            assert_never(job.kind)
