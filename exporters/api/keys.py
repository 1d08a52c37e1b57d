"""Keys of the settings: a key in, its owner out, in a time that tells nothing of how much of it was right. Pure.

Keys are known by their SHA-256 alone. That is enough for random keys; the plain ones of `api.keys` are hashed at start.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from config.api import ApiSettings, NamedKey
from exporters.api.base import Principal, Role
from exporters.api.principal import roles_of

_BEARER: Final = "bearer "


class KeyRing:
    """Every key of the installation."""

    def __init__(self, settings: ApiSettings, named: Sequence[NamedKey]) -> None:
        """`named` are all keys by hash, those of the settings included."""
        plain = [(_digest(key.get_secret_value()), place) for place, key in enumerate(settings.keys)]
        self._known = [(digest, Principal(f"api.keys.{place}", frozenset(Role))) for digest, place in plain]
        for key in named:
            services = None if key.services is None else frozenset(key.services)
            self._known.append((bytes.fromhex(key.sha256), Principal(key.name, roles_of(key.scopes), services)))

    def owner_of(self, key: str) -> Principal | None:
        """Return whose key it is; None for no key of ours. Compares with every key."""
        digest = _digest(key)
        owner = None
        for known, principal in self._known:  # no early end
            if hmac.compare_digest(digest, known):
                owner = principal
        return owner


def presented_key(authorization: str, x_api_key: str) -> str:
    """Return the key or token of a request's two headers; `Authorization: Bearer` comes first, empty is none."""
    is_bearer = authorization.lower().startswith(_BEARER)
    return authorization[len(_BEARER) :].strip() if is_bearer else x_api_key


def _digest(key: str) -> bytes:
    # Header bytes beyond UTF-8 arrive as surrogates.
    return hashlib.sha256(key.encode(errors="surrogateescape")).digest()
