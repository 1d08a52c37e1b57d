"""Who may call: a key of `api.keys` for every route that is not open, and a name that is really ours.

Without keys the port is meant for its own machine. Then a web page that a person there looks at must not reach it: not
by a DNS name that was rebound to 127.0.0.1 (the Host header tells), and not by a plain cross-site POST (Origin tells).
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware
from pydantic import SecretStr

from config.settings import ApiSettings
from exporters.api.base import Handler, Role

Roles = Mapping[tuple[str, str], Role]
"""Role by method and path pattern."""
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER: Final = "bearer "


def guard(settings: ApiSettings, admin_host: str, roles: Roles) -> Middleware:
    """Return the middleware around all routes; a route that nobody declared needs a key."""
    digests = [_digest(key) for key in settings.keys]
    is_local_only = not digests and settings.auth != "off"

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if is_local_only:
            _check_origin(request, settings.cors_origins)
            _check_host(request, admin_host)
        if digests and _role_of(request, roles) is not Role.OPEN and not _has_key(request, digests):
            raise web.HTTPUnauthorized(
                text="expected a key, as Authorization: Bearer or X-API-Key",
                headers={"WWW-Authenticate": 'Bearer realm="endurance"'},
            )
        return await handler(request)

    return check


def _role_of(request: web.Request, roles: Roles) -> Role | None:
    resource = request.match_info.route.resource
    if resource is None:
        return None
    method = "GET" if request.method == "HEAD" else request.method
    return roles.get((method, resource.canonical))


def _digest(key: SecretStr) -> bytes:
    return hashlib.sha256(key.get_secret_value().encode()).digest()


def _has_key(request: web.Request, digests: Sequence[bytes]) -> bool:
    """Compare with every key, in a time that tells nothing of how much was right."""
    authorization = request.headers.get("Authorization", "")
    is_bearer = authorization.lower().startswith(_BEARER)
    given = authorization[len(_BEARER) :].strip() if is_bearer else request.headers.get("X-API-Key", "")
    # Header bytes beyond UTF-8 arrive as surrogates.
    digest = hashlib.sha256(given.encode(errors="surrogateescape")).digest()
    return any([hmac.compare_digest(digest, known) for known in digests])  # noqa: C419 - a list: no early end


def _check_host(request: web.Request, admin_host: str) -> None:
    host = request.headers.get("Host")
    if host is None:  # HTTP/1.0: no browser
        return
    name = _parts(f"//{host}").hostname or ""
    if not (_is_local_name(name) or name == admin_host.lower()):
        raise web.HTTPForbidden(
            text="expected this port to be called as localhost or by an IP address; "
            "for another name set api.keys, or say api.auth: off"
        )


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _is_local_name(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ip_address(name)  # any address: rebinding needs a name
    except ValueError:
        return False
    return True


def _check_origin(request: web.Request, allowed: Sequence[str]) -> None:
    origin = request.headers.get("Origin")
    if request.method in _SAFE_METHODS or origin is None or origin in allowed:
        return
    if _parts(origin).netloc.lower() != request.headers.get("Host", "").lower():
        raise web.HTTPForbidden(text="a page of another origin may not change anything here (api.cors_origins)")
