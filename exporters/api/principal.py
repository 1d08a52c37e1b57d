"""Who calls, and what that caller may see: set by the guard, asked by every route that touches sessions.

A route reads and judges through `store_of`, which shows a caller that is for some services only those; what it lets in
it checks with `check_service`. Neither a header nor a token reaches the store: a caller is known before.
"""

from collections.abc import Iterable
from typing import Final

from aiohttp import web

from config.api import Scope
from config.errors import ForbiddenError
from exporters.api.base import SERVICES, Principal, Role
from exporters.store.restricted import RestrictedStore, VisibleStore

PRINCIPAL: Final = web.RequestKey("principal", Principal)
NOBODY: Final = Principal("nobody", frozenset(), frozenset())
"""Who calls an open route: it was not asked."""
LOCAL: Final = Principal("local", frozenset(Role))
"""Whoever is on this machine, where no key is asked for."""
ANYONE: Final = Principal("anyone", frozenset(Role))
"""Whoever calls where `api.auth` is off."""


def roles_of(scopes: Iterable[Scope]) -> frozenset[Role]:
    """Return what the scopes allow; `admin` allows all."""
    given = frozenset(Role(scope.value) for scope in scopes)
    return frozenset(Role) if Role.ADMIN in given else given


def principal_of(request: web.Request) -> Principal:
    """Return who calls."""
    return request[PRINCIPAL]


def store_of(request: web.Request) -> VisibleStore:
    """Return the record as this caller sees it."""
    store, services = request.app[SERVICES].store, request[PRINCIPAL].services
    return store if services is None else RestrictedStore(store, services)


def check_service(request: web.Request, service_id: str) -> None:
    """Raise ForbiddenError where sessions of that service are not for this caller."""
    if not request[PRINCIPAL].sees(service_id):
        raise ForbiddenError("this key is for other services; give one of its own as service_id")


async def check_session_id(request: web.Request, session_id: str | None) -> None:
    """Raise ForbiddenError where that session is another service's, which this caller may not replace."""
    services = request[PRINCIPAL].services
    if services is None or session_id is None:
        return
    stored = await request.app[SERVICES].store.get(session_id)
    if stored is not None and stored.service_id not in services:
        raise ForbiddenError("this session_id is taken; give another, or none")
