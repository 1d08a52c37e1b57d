"""Tokens of an OpenID provider (`api.oidc`): a signed JWT in, the caller out (RFC 7519, RFC 8725, RFC 9068).

Only signatures with a public key of the provider count, with an algorithm of the settings' list; the token's own `jku`,
`jwk` and `x5u` are never looked at. Keys are fetched when the first token comes, kept, and fetched anew when they are
old or a token names one we do not know, with a least time between two fetches.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import aiohttp
import jwt
import orjson

from config.api import OidcSettings, Scope
from config.errors import UnavailableError
from config.logging import get_logger
from exporters.api.base import Principal
from exporters.api.principal import roles_of

TOKEN_LIMIT: Final = 16_384
"""Characters of a token; larger ones are no token."""
KEYS_LIMIT_BYTES: Final = 1024 * 1024
NAME_LIMIT: Final = 128
_KINDS: Final = frozenset({"RSA", "EC", "OKP"})
"""Key types with a public half (RFC 7518, RFC 8037); a shared secret in the set is passed over."""
_REQUIRED: Final = ("exp", "iss", "aud")

Fetch = Callable[[], Awaitable[bytes]]
Jwk = Mapping[str, Any]


class ProviderKeys:
    """The provider's key set."""

    def __init__(self, settings: OidcSettings, fetch: Fetch, clock: Callable[[], float]) -> None:
        """`fetch` returns the set's JSON, or raises aiohttp.ClientError or TimeoutError; `clock` gives seconds."""
        self._settings = settings
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str | None, Jwk] | None = None
        self._fetched_at = 0.0
        self._tried_at: float | None = None
        self._turn = asyncio.Lock()
        self._log = get_logger("exporters.api.oidc")

    async def find(self, key_id: str | None) -> Jwk | None:
        """Return the key of that id; without an id, the only key. None: there is none.

        Raises UnavailableError while no key set could be fetched.
        """
        async with self._turn:  # one fetch, however many tokens wait for it
            if self._is_due(key_id):
                await self._refresh()
        if self._keys is None:
            wait_seconds = int(self._settings.refetch_seconds)
            raise UnavailableError("the OpenID provider's keys could not be fetched", max(1, wait_seconds))
        return self._lookup(key_id)

    def _lookup(self, key_id: str | None) -> Jwk | None:
        keys = self._keys or {}
        if key_id is None:
            return next(iter(keys.values())) if len(keys) == 1 else None
        return keys.get(key_id)

    def _is_due(self, key_id: str | None) -> bool:
        now = self._clock()
        if self._tried_at is not None and abs(now - self._tried_at) < self._settings.refetch_seconds:
            return False
        is_old = now - self._fetched_at >= self._settings.refresh_seconds
        return self._keys is None or is_old or self._lookup(key_id) is None

    async def _refresh(self) -> None:
        self._tried_at = self._clock()
        try:
            keys = read_key_set(await self._fetch())
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # The keys at hand go on being used: a provider that is away must not lock everybody out.
            self._log.warning("the OpenID provider's keys could not be fetched", error=type(error).__name__)
            return
        if self._keys is None or keys.keys() != self._keys.keys():
            self._log.info("the OpenID provider's keys were fetched", keys=len(keys))
        self._keys, self._fetched_at = keys, self._tried_at


def read_key_set(data: bytes) -> dict[str | None, Jwk]:
    """Return the public signing keys of a JWK set by their id (RFC 7517, section 5). Raises ValueError."""
    parsed = orjson.loads(data)
    listed = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(listed, list):
        raise ValueError("expected a JWK set: an object with a list `keys`")  # noqa: TRY004 - bad data, not a bad call
    usable = [
        key for key in listed
        if isinstance(key, dict) and key.get("kty") in _KINDS and key.get("use", "sig") == "sig"
    ]  # fmt: skip
    return {key_id: key for key in usable if isinstance(key_id := key.get("kid"), str | None)}


class OidcTokens:
    """Turns tokens into callers: the `TokenReader` of the admin port."""

    def __init__(self, settings: OidcSettings, keys: ProviderKeys) -> None:
        self._settings = settings
        self._keys = keys

    async def caller_of(self, token: str) -> Principal | None:
        """Return the caller; None for anything that is no valid token. Raises UnavailableError without keys."""
        if len(token) > TOKEN_LIMIT or token.count(".") != 2:
            return None
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in self._settings.algorithms:
                return None
            key = await self._keys.find(header.get("kid"))
            claims = None if key is None else self._claims(token, key, str(header["alg"]))
        except jwt.PyJWTError:
            return None
        return None if claims is None else self._principal(claims)

    def _claims(self, token: str, key: Jwk, algorithm: str) -> Mapping[str, Any] | None:
        if key.get("alg", algorithm) != algorithm:
            return None
        return jwt.decode(
            token,
            jwt.PyJWK(dict(key), algorithm),
            algorithms=[algorithm],
            audience=self._settings.audience,
            issuer=self._settings.issuer,
            leeway=self._settings.leeway_seconds,
            options={"require": list(_REQUIRED), "enforce_minimum_key_length": True},
        )

    def _principal(self, claims: Mapping[str, Any]) -> Principal | None:
        name = claims.get(self._settings.name_claim)
        if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= NAME_LIMIT:
            return None
        prefix = self._settings.scope_prefix
        words = {word.removeprefix(prefix) for word in _words(claims, self._settings.scope_claim)
                 if word.startswith(prefix)}  # fmt: skip
        services_claim = self._settings.services_claim
        services = None if services_claim is None else frozenset(_words(claims, services_claim))
        return Principal(f"oidc:{name}", roles_of(scope for scope in Scope if scope.value in words), services)


def _words(claims: Mapping[str, Any], name: str) -> list[str]:
    """Return a claim that is a list, or words in one text (RFC 8693, section 4.2)."""
    value = claims.get(name)
    if isinstance(value, str):
        return value.split()
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def fetch_by(session: aiohttp.ClientSession, settings: OidcSettings) -> Fetch:
    """Return what fetches the provider's key set; a redirect, or more than a megabyte, is a failure."""

    async def fetch() -> bytes:
        timeout = aiohttp.ClientTimeout(total=settings.timeout_seconds)
        async with session.get(settings.jwks_url, timeout=timeout, allow_redirects=False) as answer:
            if answer.status != 200:
                raise aiohttp.ClientError(f"expected status 200, got {answer.status}")
            body = await answer.content.read(KEYS_LIMIT_BYTES + 1)
            while len(body) <= KEYS_LIMIT_BYTES and (more := await answer.content.readany()):
                body += more
        if len(body) > KEYS_LIMIT_BYTES:
            raise ValueError(f"expected at most {KEYS_LIMIT_BYTES} bytes")
        return body

    return fetch
