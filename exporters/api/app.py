"""The admin port's application: all routes, one guard around them, one shape of errors."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from exporters.api import catalogue, evaluate, export, feedback, health, services, sessions, stream
from exporters.api.auth import guard
from exporters.api.base import SERVICES, AdminServices, Role, Route
from exporters.api.cors import add_headers, answer_preflight
from exporters.api.docs import docs_assets, docs_routes
from exporters.api.problem import answer_problems
from exporters.dashboard.routes import dashboard_routes

ROUTES: Final[tuple[Route, ...]] = (
    *evaluate.ROUTES,
    *sessions.ROUTES,
    *services.ROUTES,
    *export.ROUTES,
    *stream.ROUTES,
    *feedback.ROUTES,
    *catalogue.ROUTES,
    *health.ROUTES,
)
"""Every route but the document of these routes, and the pages."""


def build_admin_app(services: AdminServices) -> web.Application:
    """Return the application. Somebody else opens the parts in `services`, runs its feed, and closes them after it."""
    routes = (*ROUTES, *docs_routes(ROUTES, services.version))
    pages = (*dashboard_routes(), *docs_assets())
    app = web.Application(
        client_max_size=services.api.body_limit_bytes,
        middlewares=(
            answer_problems,
            answer_preflight(services.api),
            guard(services.api, services.admin_host, _roles(routes, pages)),
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


def _roles(routes: Sequence[Route], pages: Sequence[web.AbstractRouteDef]) -> dict[tuple[str, str], Role]:
    roles = {(route.method, route.path): route.role for route in routes}
    # Pages hold no data of the installation; they ask for a key when the API answers 401.
    return roles | {("GET", page.path): Role.OPEN for page in pages if isinstance(page, web.RouteDef)}


async def _end_streams(app: web.Application) -> None:
    app[SERVICES].feed.close()
