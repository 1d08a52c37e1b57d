"""Which exchanges are copied: by method, path and content type, and a share of them by hash. Pure.

The share is deterministic: the same conversation is copied whole or not at all, by every proxy that is set alike.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from proxy.framing import Fields, RequestHead, value_of

NOISE: Final = (
    b"image/", b"video/", b"audio/", b"font/", b"model/",
    b"application/javascript", b"text/javascript", b"text/css", b"application/wasm", b"application/manifest+json",
    b"application/x-javascript", b"application/pdf", b"application/zip", b"application/gzip", b"application/x-tar",
)  # fmt: skip
"""Beginnings of the content types of answers that nobody reads as an answer."""
_SCALE: Final = 1 << 64


class CaptureRules:
    """The operator's wishes; an empty list of wishes holds for everything."""

    __slots__ = (
        "_content_types",
        "_conversation_header",
        "_excluded_paths",
        "_methods",
        "_paths",
        "_ratio",
        "is_sampling",
    )

    def __init__(
        self,
        ratio: float = 1.0,
        conversation_header: str | None = None,
        methods: Sequence[str] = (),
        paths: Sequence[str] = (),
        excluded_paths: Sequence[str] = (),
        content_types: Sequence[str] = (),
    ) -> None:
        """`ratio`: 0 to 1; `paths` and `content_types` are beginnings; content types are those of answers."""
        self._ratio = ratio
        self.is_sampling = ratio < 1.0
        """Not everything is copied."""
        self._conversation_header = conversation_header.lower().encode() if conversation_header is not None else None
        self._methods = frozenset(method.upper().encode() for method in methods)
        self._paths = tuple(path.encode() for path in paths)
        self._excluded_paths = tuple(path.encode() for path in excluded_paths)
        self._content_types = tuple(kind.lower().encode() for kind in content_types)

    def takes_request(self, head: RequestHead) -> bool:
        """Say whether an exchange with this request is copied, as far as its method and path decide."""
        if self._methods and head.method not in self._methods:
            return False
        if self._paths and not head.target.startswith(self._paths):
            return False
        return not (self._excluded_paths and head.target.startswith(self._excluded_paths))

    def takes_answer(self, fields: Fields) -> bool:
        """Say whether an answer with these header fields is copied: images, scripts and downloads are not."""
        content_type = (value_of(fields, b"content-type") or b"").lower()
        if self._content_types:
            return content_type.startswith(self._content_types)
        if content_type.startswith(NOISE):
            return False
        disposition = value_of(fields, b"content-disposition")
        return disposition is None or not disposition.lower().startswith(b"attachment")

    def conversation_of(self, fields: Fields) -> bytes | None:
        """Return what names the conversation in the request's headers; None when nothing does."""
        return None if self._conversation_header is None else value_of(fields, self._conversation_header)

    def samples(self, key: bytes) -> bool:
        """Say whether the conversation or exchange with this key belongs to the share that is copied."""
        return int.from_bytes(blake2b(key, digest_size=8).digest()) < self._ratio * _SCALE
