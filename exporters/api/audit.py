"""The audit: who read, changed, exported or erased what."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from exporters.api.base import SERVICES, Answer, Role, Route
from exporters.api.bodies import Query, QueryCursor, QueryEnd, QueryMoment, Told, json_response, read_query
from exporters.store.audit import Action, AuditEntry, AuditFilter, Outcome


class AuditQuery(Query):
    """Which page of the audit; all conditions that are given must hold."""

    actor: Annotated[str | None, Field(min_length=1, max_length=256, examples=["helpdesk-bot"])] = None
    """Name of the key."""
    action: Annotated[Action | None, Field(examples=[Action.ERASE])] = None
    outcome: Annotated[Outcome | None, Field(examples=[Outcome.DONE])] = None
    target: Annotated[str | None, Field(min_length=1, max_length=256, examples=["0" * 64])] = None
    """Id of the session, person or service."""
    since: QueryMoment | None = None
    """Inclusive."""
    until: QueryEnd | None = None
    """Exclusive."""
    limit: Annotated[int, Field(ge=1, le=1000, examples=[200])] = 50
    cursor: QueryCursor | None = None
    """`next_cursor` of the page before."""


class AuditRow(AuditEntry):
    """An entry with its hash, which the next one of its writer names."""

    hash: str


class AuditList(Told):
    """A page of entries, newest first."""

    entries: list[AuditRow]
    next_cursor: str | None
    """Null on the last page."""


async def list_audit(request: web.Request) -> web.Response:
    """List entries, newest first; reads of the last seconds may not be among them yet."""
    query = read_query(request, AuditQuery)
    wanted = AuditFilter(query.actor, query.action, query.outcome, query.target, query.since, query.until)
    page = await request.app[SERVICES].store.list_audit(wanted, query.limit, query.cursor)
    rows = [AuditRow(**dict(link.entry), hash=link.hash) for link in page.links]
    return json_response(AuditList(entries=rows, next_cursor=page.next_cursor))


ROUTES = (
    Route(
        "GET", "/v1/audit", list_audit, Role.ADMIN, "List who did what, newest first",
        (Answer("A page of entries.", AuditList),), query=AuditQuery, errors=(503,), is_for_all=True,
        action=Action.READ,
    ),
)  # fmt: skip
