"""Sessions: the list with its filters, one evaluation whole, and erasure."""

from dataclasses import fields
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, Field, WithJsonSchema, field_validator

from config.errors import InvalidInputError, NotFoundError
from exporters.api.base import SERVICES, Answer, Role, Route
from exporters.api.bodies import (
    Query,
    QueryBool,
    QueryCursor,
    QueryDimension,
    QueryEnd,
    QueryMoment,
    QueryScore,
    QueryService,
    Told,
    json_response,
    read_query,
)
from exporters.api.principal import store_of
from exporters.compat import fill_null_dimensions
from exporters.store.audit import Action
from exporters.store.base import SessionFilter, SessionRow, TotalKind
from scorer.flags import FLAG_CODES
from scorer.model import Evaluation, Verdict


def _flag_code(value: str) -> str:
    if value not in FLAG_CODES:
        raise ValueError(f"expected one of {', '.join(FLAG_CODES)}")
    return value


FlagReason = Annotated[
    str,
    AfterValidator(_flag_code),
    WithJsonSchema({"type": "string", "enum": list(FLAG_CODES), "examples": ["hallucination"]}),
]


class FilterQuery(Query):
    """Conditions on sessions; all that are given must hold."""

    service_id: QueryService | None = None
    flagged_only: QueryBool = False
    since: QueryMoment | None = None
    """Inclusive, on `timestamp`."""
    until: QueryEnd | None = None
    """Exclusive."""
    min_score: QueryScore | None = None
    """Inclusive, on the overall score, or on that of `dimension`."""
    max_score: QueryScore | None = None
    """Inclusive."""
    dimension: QueryDimension | None = None
    q: Annotated[str | None, Field(max_length=500, examples=["application fee"])] = None
    """Whole words, without regard to case, all of which must occur."""
    flag_reason: FlagReason | None = None
    """Code of a flag that the session has, such as `low_security`, `hallucination` or `gate_pii`."""
    verdict: Annotated[Verdict | None, Field(examples=[Verdict.HALLUCINATED])] = None
    """At least one claim of the session has it."""
    language: Annotated[str | None, Field(min_length=1, max_length=16, examples=["hi"])] = None
    """Detected in the answer, ISO 639-1 such as `hi`."""
    model: Annotated[str | None, Field(min_length=1, max_length=512, examples=["gpt-5"])] = None
    """As the bot named it."""
    conversation_id: Annotated[str | None, Field(min_length=1, max_length=1024, examples=["chat-4711"])] = None
    end_user: Annotated[str | None, Field(min_length=1, max_length=64, examples=["0" * 64])] = None
    """Salted hash of the asking person's id, as a session tells it."""

    @field_validator("q")
    @classmethod
    def _is_given(cls, value: str | None) -> str | None:
        return value if value is not None and value.strip() else None


class SessionQuery(FilterQuery):
    """Which page of the list; all conditions that are given must hold."""

    limit: Annotated[int, Field(ge=1, le=1000, examples=[200])] = 50
    cursor: QueryCursor | None = None
    """`next_cursor` of the page before."""


class SessionList(Told):
    """A page of rows, newest first."""

    sessions: list[SessionRow]
    total: int
    total_is: TotalKind
    next_cursor: str | None
    """Null on the last page."""
    source: str
    """Which store keeps the record."""


async def list_sessions(request: web.Request) -> web.Response:
    """List the sessions that fit, newest first."""
    services = request.app[SERVICES]
    query = read_query(request, SessionQuery)
    wanted = filter_of(query)
    page = await store_of(request).list_sessions(wanted, query.limit, query.cursor)
    answer = SessionList(
        sessions=[fill_null_dimensions(services.compat, row) for row in page.sessions],
        total=page.total,
        total_is=page.total_is,
        next_cursor=page.next_cursor,
        source=services.source,
    )
    return json_response(answer)


def filter_of(query: FilterQuery) -> SessionFilter:
    """Return the conditions. Raises InvalidInputError for a range that ends before it begins."""
    if query.since is not None and query.until is not None and query.since > query.until:
        raise InvalidInputError("expected a moment before until", "since")
    if query.min_score is not None and query.max_score is not None and query.min_score > query.max_score:
        raise InvalidInputError("expected a score up to max_score", "min_score")
    return SessionFilter(**{field.name: getattr(query, field.name) for field in fields(SessionFilter)})


async def get_session(request: web.Request) -> web.Response:
    """Return one evaluation whole."""
    services = request.app[SERVICES]
    evaluation = await store_of(request).get(request.match_info["session_id"])
    if evaluation is None:
        raise NotFoundError("no such session, or it was erased")
    return json_response(fill_null_dimensions(services.compat, evaluation))


async def erase_session(request: web.Request) -> web.Response:
    """Erase the text of a session for good."""
    if not await store_of(request).erase(request.match_info["session_id"]):
        raise NotFoundError("no such session, or it was erased before")
    return web.Response(status=204)


ROUTES = (
    Route(
        "GET", "/v1/sessions", list_sessions, Role.READ, "List sessions, newest first",
        (Answer("A page of rows.", SessionList),), query=SessionQuery, errors=(503,), action=Action.READ,
    ),
    Route(
        "GET", "/v1/sessions/{session_id}", get_session, Role.READ, "One evaluation whole",
        (Answer("The evaluation.", Evaluation),), errors=(404, 503), action=Action.READ,
    ),
    Route(
        "DELETE", "/v1/sessions/{session_id}", erase_session, Role.ADMIN, "Erase a session's text",
        (Answer("Erased; a stub without text stays in the counts.", status=204, media_type=None),), errors=(404, 503),
        action=Action.ERASE,
    ),
)  # fmt: skip
