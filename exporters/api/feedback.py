"""Feedback: what a person says of an evaluation. Kept with it, and told to nobody else: no feed event."""

from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from config.errors import InvalidInputError, NotFoundError
from exporters.api.base import SERVICES, AdminServices, Answer, Role, Route
from exporters.api.bodies import Body, Query, QueryBool, Told, json_response, read_body, read_query
from scorer.model import Feedback
from scorer.redact.evaluation import redact_feedback

Comment = Annotated[str, Field(max_length=10_000)]
Reviewer = Annotated[str, Field(min_length=1, max_length=128)]


class FeedbackQuery(Query):
    """The verdict in the query string."""

    approved: QueryBool | None = None
    comment: Comment | None = None
    reviewer: Reviewer | None = None


class FeedbackBody(Body):
    """The verdict as JSON; what it gives beats the query string."""

    approved: Annotated[bool | None, Field(strict=True)] = None
    comment: Comment | None = None
    reviewer: Reviewer | None = None


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
    evaluation = await services.store.add_feedback(session_id, await _redacted(services, session_id, verdict))
    if evaluation is None:
        raise NotFoundError("no such session, or it was erased")
    return json_response(FeedbackAnswer(session_id=session_id, feedback=list(evaluation.feedback)))


async def _redacted(services: AdminServices, session_id: str, verdict: Feedback) -> Feedback:
    """Take out of a reviewer's words what the session's service does not store."""
    if services.redactions is None:
        return verdict
    stored = await services.store.get(session_id)
    if stored is None:
        raise NotFoundError("no such session, or it was erased")
    return redact_feedback(verdict, services.redactions.plan_for(stored.service_id))


ROUTES = (
    Route(
        "POST", "/v1/feedback/{session_id}", add_feedback, Role.FEEDBACK, "Say whether an evaluation is right",
        (Answer("The session's feedback.", FeedbackAnswer),),
        query=FeedbackQuery, body=FeedbackBody, is_body_required=False, errors=(404, 503),
    ),
)  # fmt: skip
