"""Feedback: what a person says of an evaluation. Kept with it, and told to nobody else: no feed event."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from config.errors import InvalidInputError, NotFoundError
from exporters.api.base import SERVICES, Answer, Role, Route
from exporters.api.bodies import Body, Query, QueryBool, Told, json_response, read_body, read_query
from exporters.api.principal import store_of
from exporters.store.audit import Action
from scorer.model import Claim, ClaimFeedback, Evaluation, Feedback, Verdict
from scorer.redact.evaluation import redact_feedback
from scorer.redact.plan import RedactionBook

Comment = Annotated[str, Field(max_length=10_000)]
Reviewer = Annotated[str, Field(min_length=1, max_length=128)]


class FeedbackQuery(Query):
    """The verdict in the query string."""

    approved: QueryBool | None = None
    comment: Annotated[Comment | None, Field(examples=["The amount is right."])] = None
    reviewer: Annotated[Reviewer | None, Field(examples=["asha"])] = None


class ClaimBody(Body):
    """A person's verdict on one claim, which is named by its place in `claims` or in the answer."""

    index: Annotated[int | None, Field(ge=0, strict=True)] = None
    """From 0."""
    start: Annotated[int | None, Field(ge=0, strict=True)] = None
    """Where the claim begins in the answer."""
    verdict: Verdict


class FeedbackBody(Body):
    """The verdict as JSON; what it gives beats the query string."""

    approved: Annotated[bool | None, Field(strict=True)] = None
    comment: Comment | None = None
    reviewer: Reviewer | None = None
    claims: Annotated[tuple[ClaimBody, ...], Field(max_length=1000)] = ()
    """What the claims' verdicts should be; of claims that are not named nothing is said."""


class FeedbackAnswer(Told):
    """All feedback that the session has now, oldest first."""

    session_id: str
    feedback: list[Feedback]


async def add_feedback(request: web.Request) -> web.Response:
    """Keep a person's verdict."""
    services = request.app[SERVICES]
    session_id = request.match_info["session_id"]
    query = read_query(request, FeedbackQuery)
    body = await read_body(request, FeedbackBody) if request.body_exists else FeedbackBody()
    approved = query.approved if body.approved is None else body.approved
    if approved is None:
        raise InvalidInputError("expected true or false, in the query string or the body", "approved")
    verdict = Feedback(
        approved=approved,
        comment=query.comment if body.comment is None else body.comment,
        reviewer=query.reviewer if body.reviewer is None else body.reviewer,
        at=datetime.fromtimestamp(services.clock(), UTC),
    )
    store = store_of(request)
    if services.redactions is not None or body.claims:
        stored = await store.get(session_id)
        if stored is None:
            raise _nothing_there()
        verdict = _redacted(services.redactions, stored, _with_claims(verdict, body.claims, stored))
    evaluation = await store.add_feedback(session_id, verdict)
    if evaluation is None:
        raise _nothing_there()
    return json_response(FeedbackAnswer(session_id=session_id, feedback=list(evaluation.feedback)))


def _nothing_there() -> NotFoundError:
    return NotFoundError("no such session, or it was erased")


def _redacted(redactions: RedactionBook | None, stored: Evaluation, verdict: Feedback) -> Feedback:
    """Take out of a reviewer's words what the session's service does not store."""
    return verdict if redactions is None else redact_feedback(verdict, redactions.plan_for(stored.service_id))


def _with_claims(verdict: Feedback, bodies: Sequence[ClaimBody], stored: Evaluation) -> Feedback:
    """Return the verdict with those of the claims. Raises InvalidInputError for a claim that the session has not."""
    if not bodies:
        return verdict
    claims: dict[int, ClaimFeedback] = {}
    for place, body in enumerate(bodies):
        index = _index_of(body, stored.claims, f"claims.{place}")
        if index in claims:
            raise InvalidInputError("expected each claim once", f"claims.{place}")
        claims[index] = ClaimFeedback(index=index, start=stored.claims[index].start, verdict=body.verdict)
    return verdict.model_copy(update={"claims": tuple(claims.values()), "revision": stored.revision})


def _index_of(body: ClaimBody, claims: Sequence[Claim], field: str) -> int:
    if (body.index is None) is (body.start is None):
        raise InvalidInputError("expected either index or start", field)
    if body.start is not None:
        index = next((index for index, claim in enumerate(claims) if claim.start == body.start), None)
        if index is None:
            raise InvalidInputError("expected the place where a claim of the session begins", f"{field}.start")
        return index
    if body.index is None or body.index >= len(claims):
        raise InvalidInputError(f"expected one of the session's {len(claims)} claims, from 0", f"{field}.index")
    return body.index


ROUTES = (
    Route(
        "POST", "/v1/feedback/{session_id}", add_feedback, Role.FEEDBACK, "Say whether an evaluation is right",
        (Answer("The session's feedback.", FeedbackAnswer),),
        query=FeedbackQuery, body=FeedbackBody, is_body_required=False, errors=(404, 503), action=Action.CHANGE,
        examples={"wrong_flag": {"approved": False, "comment": "The amount is right.", "reviewer": "asha"}},
    ),
)  # fmt: skip
