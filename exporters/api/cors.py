"""Which pages may read answers (`api.cors_origins`), and the headers that keep browsers on the safe side."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from config.api import ApiSettings
from exporters.api.base import Handler

_ALLOWED_METHODS: Final = "GET, POST, DELETE"
_ALLOWED_HEADERS: Final = "Authorization, Content-Type, Last-Event-ID, X-API-Key"
_PREFLIGHT_SECONDS: Final = 600
_SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""Each only where a route has not set its own."""

Prepare = Callable[[web.Request, web.StreamResponse], Awaitable[None]]


def answer_preflight(settings: ApiSettings) -> Middleware:
    """Return the middleware that answers the question a browser asks before a cross-origin request."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if not is_preflight or not _is_allowed(request, settings):
            return await handler(request)
        return web.Response(
            status=204,
            headers={
                "Access-Control-Allow-Methods": _ALLOWED_METHODS,
                "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
                "Access-Control-Max-Age": str(_PREFLIGHT_SECONDS),
            },
        )

    return answer


def add_headers(settings: ApiSettings) -> Prepare:
    """Return the signal handler that completes every answer, streams and errors included."""

    async def add(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in _SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["Server"] = "endurance"
        if not settings.cors_origins:
            return
        response.headers["Vary"] = "Origin"
        if _is_allowed(request, settings):
            # The origin itself, never credentials: keys travel in a header that the page sets.
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Access-Control-Expose-Headers"] = "Content-Disposition, Retry-After"

    return add


def _is_allowed(request: web.Request, settings: ApiSettings) -> bool:
    origin = request.headers.get("Origin")
    return origin is not None and (origin in settings.cors_origins or "*" in settings.cors_origins)
