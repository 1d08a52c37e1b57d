"""A scoring process that does what its job's payload says; run by the pool's tests as a real child.

    python -m tests.fakes.scoring_child DESCRIPTOR

The payload's first word is one of `score`'s cases, anything else echoes the rest.
A bootstrap of `broken` fails to prepare, `slow` never gets ready.
"""

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from config.errors import InvalidInputError, RedactionError
from scorer.model import Capture, CaptureOutcome, DimensionName, Evaluation, Unscored
from scorer.pool_child import connection_from_arguments, serve_jobs
from scorer.protocols import Job

MOMENT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def make_evaluation(job: Job, response: str) -> Evaluation:
    return Evaluation(
        session_id=job.id,
        submission_id=job.id,
        service_id="test",
        query=job.kind,
        response=response,
        overall_score=None,
        dimensions=dict.fromkeys(DimensionName),
        coverage=0.0,
        flagged=False,
        capture=Capture(format="test"),
        timestamp=MOMENT,
        scored_at=MOMENT,
        scorer_version="test",
        compliance_mode="RTI",
        preset="standard_rti",
    )


def hang() -> None:
    threading.Event().wait()


def score(job: Job) -> Evaluation | Unscored:
    word, _, text = job.payload.decode().partition(" ")
    match word:
        case "abort":
            os.abort()
        case "abort-once":
            if not Path(text).exists():
                Path(text).touch()
                os.abort()
        case "hang":
            hang()
        case "raise":
            raise LookupError(text)
        case "invalid":
            raise InvalidInputError(f"unknown preset {text!r}", "preset")
        case "refuse":
            raise RedactionError(text)
        case "unscored":
            outcome = CaptureOutcome.NOT_CHAT
            return Unscored(session_id=job.id, service_id="test", outcome=outcome, reason=text)
        case "large":
            text = "x" * int(text)
        case "pid":
            text = str(os.getpid())
        case "priority":
            text = str(os.sched_getscheduler(0))
        case "garbage":
            CONNECTION.sendall(b"\x00\x00\x00\x00not a message")
            hang()
    return make_evaluation(job, text)


def prepare(bootstrap: bytes) -> Callable[[Job], Evaluation | Unscored]:
    if bootstrap == b"broken":
        raise FileNotFoundError("a model is missing")
    if bootstrap == b"slow":
        hang()
    return score


if __name__ == "__main__":
    CONNECTION = connection_from_arguments()
    serve_jobs(CONNECTION, prepare)
