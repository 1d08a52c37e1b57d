"""The settings of webhooks: who is told of what, and where.

Part of `config/settings.py`; it stands apart for its length. `exporters/webhook/` does what is said here.
"""

import base64
import binascii
from enum import StrEnum
from ipaddress import IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from config.errors import ConfigurationError
from config.section import Section

_NAT64: Final = IPv6Network("64:ff9b::/96")
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - how every secret begins, not one of them
SECRET_BYTES: Final = range(24, 65)
"""Length of a secret, as Standard Webhooks 1.0.0 asks."""


class WebhookEvent(StrEnum):
    """What a receiver may be told."""

    SAVED = "evaluation.saved"
    """An evaluation was committed, a later revision too."""
    FLAGGED = "evaluation.flagged"
    """One that asks for a person's attention was committed."""
    STATE_CHANGED = "service.state_changed"
    """A service's smoothed score fell below its limit, or came back."""


class WebhookSettings(Section):
    """One receiver of signed messages (Standard Webhooks 1.0.0)."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
    """Its name on the API and in metrics."""
    url: str
    """`https://…`; `http://…` only with `allow_private`."""
    secret: SecretStr | None = None
    """`whsec_` and 24 to 64 bytes in base64."""
    secret_file: Path | None = None
    """In place of `secret`: a file with a secret a line; each signs, so that a receiver can change over."""
    events: Annotated[tuple[WebhookEvent, ...], Field(min_length=1)] = (
        WebhookEvent.FLAGGED,
        WebhookEvent.STATE_CHANGED,
    )
    services: tuple[Annotated[str, Field(min_length=1, max_length=128)], ...] = ()
    """Only what concerns these; none means all."""
    min_score: Annotated[float, Field(ge=0, le=100)] | None = None
    """Only evaluations with at least this overall score."""
    max_score: Annotated[float, Field(ge=0, le=100)] | None = None
    """Only evaluations with at most this overall score; one without a score is told only without either limit."""
    max_age_days: Annotated[float, Field(gt=0, le=36_500)] = 7.0
    """Only evaluations of exchanges that ended at most so long before: history that is scored again is not news."""
    query: bool = False
    """The question is told too, its first 500 characters; else nothing that a person wrote leaves."""
    allow_private: bool = False
    """Addresses of this machine and of private networks may be called."""
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 15.0
    """Time for one delivery."""

    @field_validator("url")
    @classmethod
    def _is_http_url(cls, value: str) -> str:
        url = urlsplit(value)
        if url.scheme not in ("http", "https") or not url.hostname or url.username or url.fragment:
            raise ValueError("expected a URL such as https://hooks.example.org/endurance")
        return value

    @model_validator(mode="after")
    def _fits(self) -> "WebhookSettings":
        url = urlsplit(self.url)
        if not self.allow_private and url.scheme != "https":
            raise ValueError("expected https://, or allow_private for a receiver of your own network")
        if not self.allow_private and _is_private_literal(url.hostname or ""):
            raise ValueError("the URL names an address of this machine or a private network; say allow_private")
        if (self.secret is None) == (self.secret_file is None):
            raise ValueError("expected either secret or secret_file")
        if self.min_score is not None and self.max_score is not None and self.min_score > self.max_score:
            raise ValueError("expected min_score up to max_score")
        if self.secret is not None:
            read_secret(self.secret.get_secret_value())
        return self

    @property
    def origin(self) -> str:
        """Scheme, host and port of the URL: its path may hold a token."""
        url = urlsplit(self.url)
        return f"{url.scheme}://{url.netloc}"


def is_public(address: str) -> bool:
    """Say whether an IP address belongs to the public internet, also one that is wrapped into an IPv6 address."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        # 6to4, Teredo and NAT64 (RFC 3056, 4380, 6052) would carry us to an IPv4 address that nobody checked.
        if ip.sixtofour is not None or ip.teredo is not None or ip in _NAT64:
            return False
    return ip.is_global and not ip.is_multicast


def _is_private_literal(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:
        return False  # a name: what it stands for is looked at when it is called


def read_secret(text: str) -> bytes:
    """Return the bytes of a secret. Raises ValueError, which does not quote it."""
    encoded = text.strip().removeprefix(SECRET_PREFIX)
    try:
        secret = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("expected whsec_ and base64") from None
    if len(secret) not in SECRET_BYTES:
        raise ValueError(f"expected {SECRET_BYTES.start} to {SECRET_BYTES.stop - 1} bytes, got {len(secret)}")
    return secret


def load_secrets(settings: WebhookSettings) -> tuple[bytes, ...]:
    """Return the secrets that sign, in their order. Raises ConfigurationError: unreadable, none, ill-formed."""
    if settings.secret is not None:
        return (read_secret(settings.secret.get_secret_value()),)
    path = settings.secret_file
    try:
        lines = path.read_text(encoding="ascii").split() if path is not None else []
        secrets = tuple(read_secret(line) for line in lines)
    except OSError as error:
        raise ConfigurationError(f"webhooks.{settings.id}: cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigurationError(f"webhooks.{settings.id}: {path} is not ASCII") from None
    except ValueError as error:
        raise ConfigurationError(f"webhooks.{settings.id}: {path}: {error}") from None
    if not secrets:
        raise ConfigurationError(f"webhooks.{settings.id}: {path} holds no secret")
    return secrets
