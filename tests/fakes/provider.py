"""An OpenID provider: keys, tokens signed with them, and its key set over HTTP on a loopback socket."""

import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

ISSUER = "https://login.example.org/"
AUDIENCE = "endurance"
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def new_rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def public_jwk(key: PrivateKey, key_id: str | None, **more: Any) -> dict[str, Any]:
    """Return the public half as the provider publishes it."""
    writers: dict[type, Any] = {rsa.RSAPrivateKey: RSAAlgorithm, ec.EllipticCurvePrivateKey: ECAlgorithm}
    writer = next((writers[kind] for kind in writers if isinstance(key, kind)), OKPAlgorithm)
    name = {} if key_id is None else {"kid": key_id}
    return {**json.loads(writer.to_jwk(key.public_key())), "use": "sig", **name, **more}


def claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a good token; a change to None leaves the claim out."""
    now = int(time.time())
    given = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "asha", "iat": now, "exp": now + 600,
        "scope": "openid endurance:read endurance:feedback",
    }  # fmt: skip
    return {name: value for name, value in (given | changes).items() if value is not None}


def sign(key: PrivateKey, key_id: str | None = "k1", algorithm: str = "RS256", **changes: Any) -> str:
    """Return a token."""
    headers = {} if key_id is None else {"kid": key_id}
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers=headers)


def unsigned(header: dict[str, Any], body: dict[str, Any], signature: bytes = b"") -> str:
    """Return three parts that look like a token, whatever they say."""
    parts = [json.dumps(header).encode(), json.dumps(body).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@dataclass
class Provider:
    """The provider's end of the line."""

    url: str = ""
    keys: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    location: str | None = None
    padding_bytes: int = 0
    fetches: int = 0

    async def answer(self, _: web.Request) -> web.Response:
        self.fetches += 1
        headers = {} if self.location is None else {"Location": self.location}
        body = json.dumps({"keys": self.keys}) + " " * self.padding_bytes
        return web.Response(status=self.status, text=body, content_type="application/json", headers=headers)


@asynccontextmanager
async def running_provider(*keys: dict[str, Any]) -> AsyncIterator[Provider]:
    """Serve a key set until the context ends."""
    provider = Provider(keys=list(keys))
    app = web.Application()
    app.router.add_get("/keys", provider.answer)
    async with TestServer(app) as server:
        provider.url = str(server.make_url("/keys"))
        yield provider
