"""The review queue: sessions that wait for a person's verdict, most wanted first."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from exporters.api.base import SERVICES, Answer, Role, Route
from exporters.api.bodies import Query, QueryService, Told, json_response, read_query
from exporters.api.principal import principal_of
from exporters.compat import fill_null_dimensions
from exporters.review import Waiting, waiting_sessions
from exporters.store.audit import Action
from exporters.store.base import SessionRow, row_of


class ReviewQuery(Query):
    """How many, and whose."""

    limit: Annotated[int, Field(ge=1, le=200, examples=[50])] = 20
    service_id: QueryService | None = None


class ReviewRow(SessionRow):
    """A session that nobody has judged yet."""

    stratum: str
    """`flagged` or `clear`, and the band of its overall score: `flagged:low`, `clear:high`."""
    judged: int
    """Sessions of its service and stratum that were judged: the fewer, the earlier it comes."""


class ReviewList(Told):
    """What to judge next, in order."""

    sessions: list[ReviewRow]


async def list_review(request: web.Request) -> web.Response:
    """List sessions to judge: flagged ones and a sample of the others, fewest-judged stratum first."""
    services, query = request.app[SERVICES], read_query(request, ReviewQuery)
    visible = principal_of(request).services
    if query.service_id is not None:
        asked = frozenset({query.service_id})
        visible = asked if visible is None else visible & asked
    waiting = await waiting_sessions(services.store, visible, query.limit)
    rows = [_row(one) for one in waiting]
    return json_response(ReviewList(sessions=[fill_null_dimensions(services.compat, row) for row in rows]))


def _row(waiting: Waiting) -> ReviewRow:
    row = row_of(waiting.evaluation)
    return ReviewRow.model_construct(**dict(row), stratum=waiting.stratum, judged=waiting.judged)


ROUTES = (
    Route(
        "GET", "/v1/review", list_review, Role.READ, "List sessions that wait for a person's verdict",
        (Answer("What to judge next, in order.", ReviewList),), query=ReviewQuery, errors=(503,), action=Action.READ,
    ),
)  # fmt: skip
