"""Static files out of a package: read once, answered with an ETag and a strict content security policy.

Serves the page on the admin port and the example chatbot's page. Knows nothing about what the files do.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

from aiohttp import ETag, web

# No inline script or style, and no request to another host: what a scored text holds can never run or phone home.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Kept, and asked about each time: an upgrade shows at once, an unchanged file costs a 304.
    "Cache-Control": "no-cache",
}
_TYPES: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to be sent."""

    name: str
    body: bytes
    content_type: str
    etag: str
    """Of the bytes, without quotes."""


def load_assets(package: str, folder: str) -> tuple[Asset, ...]:
    """Return every file of a package's folder, by name. Raises ValueError for a type that is not served."""
    entries = sorted((resources.files(package) / folder).iterdir(), key=lambda entry: entry.name)
    return tuple(_asset(entry.name, entry.read_bytes()) for entry in entries if entry.is_file())


def _asset(name: str, body: bytes) -> Asset:
    suffix = name[name.rfind(".") :]
    if suffix not in _TYPES:
        raise ValueError(f"{name}: expected a file that ends in {', '.join(_TYPES)}")
    return Asset(name, body, _TYPES[suffix], hashlib.sha256(body).hexdigest()[:32])


def asset_routes(assets: Sequence[Asset], index: str, prefix: str) -> list[web.RouteDef]:
    """Return GET and HEAD routes: the asset named `index` at `/`, every other at `prefix` + its name."""
    return [web.get("/" if asset.name == index else prefix + asset.name, _handler(asset)) for asset in assets]


def _handler(asset: Asset) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def send(request: web.Request) -> web.StreamResponse:
        known = request.if_none_match or ()
        if any(tag.value in (asset.etag, "*") for tag in known):
            response = web.Response(status=304, headers=_HEADERS)
        else:
            response = web.Response(body=asset.body, content_type=asset.content_type, charset="utf-8", headers=_HEADERS)
        response.etag = ETag(asset.etag)
        return response

    return send
