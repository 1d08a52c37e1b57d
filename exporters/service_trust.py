"""How far a service can be trusted, from its newest evaluations: course, drift, groups, agreement with feedback.

Told by `GET /v1/services/{id}/trust`, and as metrics by the watch that runs beside the engine.
"""

import asyncio
from collections import Counter
from typing import Final, Protocol

from pydantic import BaseModel, ConfigDict

from exporters.store.base import EvaluationPage, SessionFilter
from scorer.model import Claim, DimensionName, Evaluation, Verdict
from scorer.trust import Calibration, Course, Drift, GroupGap, Judged, calibrate, drift, follow, group_gaps

RECORDS_READ: Final = 500
"""Newest evaluations of the service that are looked at."""
PAGE: Final = 100
GROUPS_LIMIT: Final = 20
"""Values of one declared attribute that are compared; the most frequent ones."""


class ServiceTrust(BaseModel):
    """A service over its newest evaluations, oldest half against newest half where windows are compared."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    service_id: str
    records: int
    """Evaluations it rests on."""
    overall: Course
    dimensions: dict[DimensionName, Course]
    drift: dict[str, Drift]
    """Of the overall score, and of the answers' and queries' length."""
    groups: dict[str, list[GroupGap]]
    """By attribute that callers declare in `metadata.groups`; good is an answer without a flag."""
    calibration: Calibration
    """Flags and probabilities against people's feedback, the newest verdict of each evaluation."""
    claims: Calibration
    """Verdicts of claims against those that people gave single claims; a fault is a hallucinated claim."""
    claims_undecided: int
    """Claims that people decided and we did not: they are in no figure of `claims`."""


class EvaluationReader(Protocol):
    """Whoever reads evaluations out of the record."""

    async def read_evaluations(self, wanted: SessionFilter, limit: int, cursor: str | None) -> EvaluationPage:
        """Return one page, newest first. Raises StoreUnavailableError."""


async def read_trust(store: EvaluationReader, service_id: str) -> ServiceTrust | None:
    """Return the figures of a service; None when it has no session. Raises StoreUnavailableError."""
    newest = await _newest(store, service_id)
    return await asyncio.to_thread(trust_of, service_id, newest[::-1]) if newest else None  # milliseconds of figures


async def _newest(store: EvaluationReader, service_id: str) -> list[Evaluation]:
    found: list[Evaluation] = []
    cursor: str | None = None
    while len(found) < RECORDS_READ:
        page = await store.read_evaluations(SessionFilter(service_id=service_id), PAGE, cursor)
        found.extend(page.evaluations)
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def trust_of(service_id: str, evaluations: list[Evaluation]) -> ServiceTrust:
    """Return the figures for evaluations of one service, oldest first."""
    claims = [verdict for e in evaluations for verdict in judged_claims(e)]
    return ServiceTrust(
        service_id=service_id,
        records=len(evaluations),
        overall=follow([e.overall_score for e in evaluations if e.overall_score is not None]),
        dimensions={name: follow(_scores(evaluations, name)) for name in DimensionName},
        drift=_drifts(evaluations),
        groups=_groups(evaluations),
        calibration=calibrate([judged for e in evaluations if (judged := _judged(e)) is not None]),
        claims=calibrate([judged for judged in claims if judged is not None]),
        claims_undecided=claims.count(None),
    )


def _scores(evaluations: list[Evaluation], name: DimensionName) -> list[float]:
    return [score for e in evaluations if (score := e.dimensions.get(name)) is not None]


def _drifts(evaluations: list[Evaluation]) -> dict[str, Drift]:
    half = len(evaluations) // 2
    before, after = evaluations[:half], evaluations[half:]

    def overall(window: list[Evaluation]) -> list[float]:
        return [e.overall_score for e in window if e.overall_score is not None]

    return {
        "overall_score": drift(overall(before), overall(after)),
        "query_characters": drift([len(e.query) for e in before], [len(e.query) for e in after]),
        "response_characters": drift([len(e.response) for e in before], [len(e.response) for e in after]),
    }


def _groups(evaluations: list[Evaluation]) -> dict[str, list[GroupGap]]:
    counts: dict[str, dict[str, Counter[str]]] = {}
    for evaluation in evaluations:
        declared = evaluation.metadata.get("groups")
        if not isinstance(declared, dict):
            continue
        for attribute, group in declared.items():
            if isinstance(attribute, str) and isinstance(group, str):
                counter = counts.setdefault(attribute, {}).setdefault(group, Counter())
                counter.update(all=1, good=int(not evaluation.flagged))
    found = {}
    for attribute, groups in sorted(counts.items()):
        frequent = sorted(groups, key=lambda name: (-groups[name]["all"], name))[:GROUPS_LIMIT]
        found[attribute] = list(group_gaps({name: (groups[name]["good"], groups[name]["all"]) for name in frequent}))
    return found


def _judged(evaluation: Evaluation) -> Judged | None:
    """What people say of it: who approves an evaluation says that its flag, or its lack of one, is right."""
    if not evaluation.feedback:
        return None
    said = evaluation.flagged
    is_fault = said if evaluation.feedback[-1].approved else not said
    stated = [s.probability_fault for s in evaluation.signals if s.probability_fault is not None and not s.experimental]
    if evaluation.verification.risk is not None:
        stated.append(evaluation.verification.risk)
    return Judged(said, is_fault, max(stated, default=None))


def judged_claims(evaluation: Evaluation) -> list[Judged | None]:
    """Return what people say of single claims, the newest verdict of each; None where we had not decided.

    Only of this revision's claims, and only where a person decided: a claim that a person cannot judge either tells
    nothing.
    """
    newest: dict[int, Verdict] = {}
    for feedback in evaluation.feedback:
        if feedback.revision == evaluation.revision:
            newest |= {claim.index: claim.verdict for claim in feedback.claims if claim.index < len(evaluation.claims)}
    decided = {index: verdict for index, verdict in newest.items() if verdict is not Verdict.UNVERIFIABLE}
    return [_judged_claim(evaluation.claims[index], verdict) for index, verdict in decided.items()]


def _judged_claim(claim: Claim, verdict: Verdict) -> Judged | None:
    if claim.verdict is Verdict.UNVERIFIABLE:
        return None
    said_fault = claim.verdict is Verdict.HALLUCINATED
    probability_fault = claim.confidence if said_fault else 1 - claim.confidence
    return Judged(said_fault, verdict is Verdict.HALLUCINATED, probability_fault)
