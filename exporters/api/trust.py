"""`GET /v1/services/{id}/trust`."""

from aiohttp import web

from config.errors import NotFoundError
from exporters.api.bodies import json_response
from exporters.api.principal import store_of
from exporters.service_trust import read_trust


async def service_trust(request: web.Request) -> web.Response:
    """Return how a service does over time, and how far what is said of it agrees with people."""
    found = await read_trust(store_of(request), request.match_info["service_id"])
    if found is None:
        raise NotFoundError("no session of such a service; /v1/services lists those there are")
    return json_response(found)
