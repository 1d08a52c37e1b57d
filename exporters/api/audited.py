"""Writes down who called what, and how it ended: the middleware around the guard, so that it sees denials too.

A route says with `action` what it does to people's records; one without is not written down, but for a denial.
What leaves while its handler runs (the feed, an export) and what erases is written down before it begins as well.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from config.errors import EnduranceError
from exporters.api.base import SERVICES, Handler, Principal
from exporters.api.principal import PRINCIPAL
from exporters.api.problem import problem_of
from exporters.audit import AuditLog
from exporters.store.audit import Action, Details, Link, Outcome
from exporters.store.record import clean_text

Actions = Mapping[tuple[str, str], Action]
"""By method and path pattern."""
ANONYMOUS: Final = "anonymous"
"""Actor of a request without a key that is known."""
UNKNOWN: Final = "unknown"
"""Path of a request that no route fits."""
TEXT_LIMIT: Final = 256
"""Characters of a target or detail that are kept."""
_BEGUN: Final = frozenset({Action.FOLLOW, Action.EXPORT, Action.ERASE})
_AT_ONCE: Final = frozenset({Action.CHANGE, Action.EXPORT, Action.ERASE})
_DENIALS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
_TOLD: Final = ("service_id", "end_user", "conversation_id", "format")
"""Query parameters that say whose records were asked for; words that were searched for are not kept."""
_WRITTEN: Final = web.RequestKey("audit_written", bool)
_CAUGHT: Final = (web.HTTPException, EnduranceError)


def audit_requests(actions: Actions) -> Middleware:
    """Return the middleware; it stands right outside the guard."""

    @web.middleware
    async def audited(request: web.Request, handler: Handler) -> web.StreamResponse:
        action = _action_of(request, actions)
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR
        try:
            response = await handler(request)
            status = response.status
        except _CAUGHT as error:
            status = error.status if isinstance(error, web.HTTPException) else problem_of(error).status
            await _write_end(request, action, status)
            raise
        except Exception:
            await _write_end(request, action, status)
            raise
        await _write_end(request, action, status)
        return response

    return audited


def begin_audit(actions: Actions) -> Middleware:
    """Return the middleware that writes down what begins; it stands right inside the guard, which knows who calls."""

    @web.middleware
    async def begun(request: web.Request, handler: Handler) -> web.StreamResponse:
        action = _action_of(request, actions)
        if action is not None:
            _log(request).check_room()
        if action in _BEGUN:
            await _write(request, action, Outcome.BEGUN, None)
        return await handler(request)

    return begun


async def write_done(request: web.Request, action: Action, details: Details) -> Link:
    """Write down now that the request's work is done, for a handler that tells its caller of the entry."""
    draft = _log(request).draft(
        actor_of(request), action, Outcome.DONE, _operation(request), target=_target(request), status=HTTPStatus.OK,
        details=details,
    )  # fmt: skip
    link = await _log(request).append(draft)
    request[_WRITTEN] = True
    return link


def actor_of(request: web.Request) -> str:
    """Return the name of the caller's key; never a part of the key."""
    caller: Principal | None = request.get(PRINCIPAL)
    return ANONYMOUS if caller is None else caller.name


async def _write_end(request: web.Request, action: Action | None, status: int) -> None:
    is_denied = status in _DENIALS
    if request.get(_WRITTEN) or (action is None and not is_denied):
        return
    outcome = Outcome.DENIED if is_denied else Outcome.FAILED if status >= HTTPStatus.BAD_REQUEST else Outcome.DONE
    await _write(request, Action.READ if action is None else action, outcome, status)


async def _write(request: web.Request, action: Action, outcome: Outcome, status: int | None) -> None:
    # A denial tells nothing that the caller made up: it could fill the audit with it.
    is_denied = outcome is Outcome.DENIED
    draft = _log(request).draft(
        actor_of(request),
        action,
        outcome,
        _operation(request),
        target=None if is_denied else _target(request),
        status=status,
        details={} if is_denied else _details(request),
    )
    if action in _AT_ONCE and not is_denied:
        await _log(request).append(draft)
    else:
        _log(request).gather(draft)


def _log(request: web.Request) -> AuditLog:
    return request.app[SERVICES].audit


def _action_of(request: web.Request, actions: Actions) -> Action | None:
    method = "GET" if request.method == "HEAD" else request.method
    return actions.get((method, _pattern(request)))


def _operation(request: web.Request) -> str:
    return f"{request.method} {_pattern(request)}"[:TEXT_LIMIT]


def _pattern(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return UNKNOWN if resource is None else resource.canonical


def _target(request: web.Request) -> str | None:
    return clean_text("/".join(request.match_info.values()))[:TEXT_LIMIT] or None


def _details(request: web.Request) -> dict[str, str | int]:
    given = ((name, request.query.get(name)) for name in _TOLD)
    return {name: clean_text(value)[:TEXT_LIMIT] for name, value in given if value}
