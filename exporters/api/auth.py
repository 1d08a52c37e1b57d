"""Who may call: a key or a token for every route that is not open, with the scope that the route declares.

One middleware around the whole application, so that an unknown path asks for a key too. Without keys the port is meant
for its own machine. Then a web page that a person there looks at must not reach it: not by a DNS name that was rebound
to 127.0.0.1 (the Host header tells), and not by a plain cross-site POST (Origin tells).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from config.api import ApiSettings
from exporters.api.base import AdminServices, Handler, Principal, Role, TokenReader
from exporters.api.keys import KeyRing, presented_key
from exporters.api.principal import ANYONE, LOCAL, NOBODY, PRINCIPAL
from exporters.api.rate import RateLimit


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of its caller."""

    role: Role
    is_for_all: bool = False
    """It tells of all services at once: not for a caller that is for some only."""


Accesses = Mapping[tuple[str, str], Access]
"""By method and path pattern."""
UNDECLARED: Final = Access(Role.ADMIN)
"""Of a route that nobody declared."""
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CHALLENGE: Final = 'Bearer realm="endurance"'


def guard(services: AdminServices, accesses: Accesses) -> Middleware:
    """Return the middleware around all routes."""
    settings = services.api
    callers = Callers(settings, KeyRing(settings, services.named_keys), services.tokens)
    limit = RateLimit(settings.rate_limit, services.clock)

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if callers.is_local_only:
            _check_origin(request, settings.cors_origins)
            _check_host(request, services.admin_host)
        access = _access_of(request, accesses)
        if access is not None and access.role is Role.OPEN:
            request[PRINCIPAL] = NOBODY
            return await handler(request)
        principal = request[PRINCIPAL] = await callers.of(request)
        _check_rate(limit, principal)
        if access is not None:
            _check_access(access, principal)
        return await handler(request)

    return check


class Callers:
    """Says who sent a request."""

    def __init__(self, settings: ApiSettings, ring: KeyRing, tokens: TokenReader | None) -> None:
        self.is_local_only = not settings.is_guarded and settings.auth != "off"
        """Whether only this machine may call, and needs no key."""
        self._is_guarded = settings.is_guarded
        self._ring = ring
        self._tokens = tokens

    async def of(self, request: web.Request) -> Principal:
        """Return the caller. Raises HTTPUnauthorized, and UnavailableError where tokens cannot be checked."""
        if not self._is_guarded:
            return LOCAL if self.is_local_only else ANYONE
        given = presented_key(request.headers.get("Authorization", ""), request.headers.get("X-API-Key", ""))
        caller = self._ring.owner_of(given)
        if caller is None and self._tokens is not None:
            caller = await self._tokens.caller_of(given)
        if caller is None:
            raise web.HTTPUnauthorized(
                text="expected a key, as Authorization: Bearer or X-API-Key",
                headers={"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"' if given else _CHALLENGE},
            )
        return caller


def _access_of(request: web.Request, accesses: Accesses) -> Access | None:
    """Return what the route asks; None where no route fits, which the caller learns after the key was checked."""
    resource = request.match_info.route.resource
    if resource is None:
        return None
    method = "GET" if request.method == "HEAD" else request.method
    return accesses.get((method, resource.canonical), UNDECLARED)


def _check_rate(limit: RateLimit, principal: Principal) -> None:
    wait_seconds = limit.wait_seconds(principal.name)
    if wait_seconds is not None:
        raise web.HTTPTooManyRequests(
            text="this key has used up its requests for now (api.rate_limit)",
            headers={"Retry-After": str(wait_seconds)},
        )


def _check_access(access: Access, principal: Principal) -> None:
    if access.role not in principal.scopes:
        raise web.HTTPForbidden(
            text=f"this key has not the scope {access.role.value}",
            headers={"WWW-Authenticate": f'{_CHALLENGE}, error="insufficient_scope", scope="{access.role.value}"'},
        )
    if access.is_for_all and principal.services is not None:
        raise web.HTTPForbidden(text="this tells of all services, and the key is for some only")


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
