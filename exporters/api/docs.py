"""`/openapi.json`, and `/docs`: a page that shows it, made of three files of ours, without a request to elsewhere."""

from collections.abc import Sequence
from typing import Final, cast

import orjson
from aiohttp import web

from exporters.api.base import JSON, Answer, Handler, Role, Route
from exporters.api.openapi import build_openapi
from exporters.dashboard.assets import asset_routes, load_assets

_INDEX: Final = "docs.html"
_PREFIX: Final = "/docs/"
_HTML: Final = "text/html"


def docs_routes(routes: Sequence[Route], version: str) -> tuple[Route, ...]:
    """Return the two documented routes; the document tells of `routes`, of itself and of the page."""
    document = b""

    async def openapi(_: web.Request) -> web.Response:
        """Return the OpenAPI document."""
        return web.Response(body=document, content_type=JSON)

    own = (
        Route(
            "GET", "/openapi.json", openapi, Role.READ, "This document",
            (Answer("OpenAPI 3.1.", media_type=JSON),),
        ),
        Route("GET", "/docs", _page(), Role.OPEN, "This document as a page", (Answer("The page.", media_type=_HTML),)),
    )  # fmt: skip
    document = orjson.dumps(build_openapi([*routes, *own], version))
    return own


def docs_assets() -> list[web.RouteDef]:
    """Return the style and the script of the page, served like the page without a key."""
    return [route for route in _assets() if route.path != "/"]


def _page() -> Handler:
    page = next(route for route in _assets() if route.path == "/")
    send = cast("Handler", page.handler)  # typed as a view class too, which it is not

    async def docs(request: web.Request) -> web.StreamResponse:
        """Return the page; its files are named relative to it."""
        return await send(request)

    return docs


def _assets() -> list[web.RouteDef]:
    return asset_routes(load_assets("exporters.api", "static"), _INDEX, _PREFIX)
