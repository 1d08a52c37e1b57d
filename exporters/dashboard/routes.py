"""The page at `/` of the admin port: its files, and nothing else.

The files hold no data of an installation, so they need no key; the page asks for one when the API answers 401.
"""

from collections.abc import Sequence

from aiohttp import web

from exporters.dashboard.assets import asset_routes, load_assets

PREFIX = "/dashboard/"
"""Where the page's own modules and style sheets lie; like `/` itself they are served without a key."""


def dashboard_routes() -> Sequence[web.AbstractRouteDef]:
    """Return the routes of the page; reads the files once."""
    return asset_routes(load_assets("exporters.dashboard", "static"), "index.html", PREFIX)
