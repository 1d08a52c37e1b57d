"""The admin port's application: all routes, one guard around them, one shape of errors."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from exporters.api import (
    audit,
    catalogue,
    evaluate,
    export,
    feedback,
    health,
    review,
    services,
    sessions,
    stream,
    subjects,
    webhooks,
)
from exporters.api.audited import audit_requests, begin_audit
from exporters.api.auth import Access, guard
from exporters.api.base import SERVICES, AdminServices, Role, Route
from exporters.api.cors import add_headers, answer_preflight
from exporters.api.docs import docs_assets, docs_routes
from exporters.api.problem import answer_problems
from exporters.dashboard.routes import dashboard_routes

LINE_LIMIT_BYTES: Final = 128 * 1024
"""Longest request line and header of the admin port: room for every documented parameter, percent-encoded."""
ROUTES: Final[tuple[Route, ...]] = (
    *evaluate.ROUTES,
    *sessions.ROUTES,
    *services.ROUTES,
    *export.ROUTES,
    *stream.ROUTES,
    *feedback.ROUTES,
    *review.ROUTES,
    *subjects.ROUTES,
    *audit.ROUTES,
    *catalogue.ROUTES,
    *webhooks.ROUTES,
    *health.ROUTES,
)
"""Every route but the document of these routes, and the pages."""


def build_admin_app(services: AdminServices) -> web.Application:
    """Return the application. Somebody else opens the parts in `services`, runs its feed, and closes them after it."""
    routes = (*ROUTES, *docs_routes(ROUTES, services.version))
    pages = (*dashboard_routes(), *docs_assets())
    actions = {(route.method, route.path): route.action for route in routes if route.action is not None}
    app = web.Application(
        client_max_size=services.api.body_limit_bytes,
        middlewares=(
            answer_problems,
            answer_preflight(services.api),
            audit_requests(actions),
            guard(services, _accesses(routes, pages)),
            begin_audit(actions),
        ),
    )
    app[SERVICES] = services
    app.add_routes([_definition(route) for route in routes])
    app.add_routes(pages)
    app.on_response_prepare.append(add_headers(services.api))
    app.on_shutdown.append(_end_streams)
    return app


def _definition(route: Route) -> web.RouteDef:
    if route.method == "GET":
        # A stream has no HEAD: its headers would be followed by a body without end, or by all of the record.
        is_stream = route.handler in (stream.stream, export.export)
        return web.get(route.path, route.handler, allow_head=not is_stream)
    return web.route(route.method, route.path, route.handler)


def _accesses(routes: Sequence[Route], pages: Sequence[web.AbstractRouteDef]) -> dict[tuple[str, str], Access]:
    accesses = {(route.method, route.path): Access(route.role, route.is_for_all) for route in routes}
    # Pages hold no data of the installation; they ask for a key when the API answers 401.
    return accesses | {("GET", page.path): Access(Role.OPEN) for page in pages if isinstance(page, web.RouteDef)}


async def _end_streams(app: web.Application) -> None:
    app[SERVICES].feed.close()
