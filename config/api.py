"""The settings of the admin port: who may call it, how often, and from which pages.

Part of `config/settings.py`; it stands apart for its length. `exporters/api/` does what is said here.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, SecretStr, TypeAdapter, ValidationError, field_validator

from config.errors import ConfigurationError
from config.section import Section

MEBIBYTE = 1024 * 1024


class Scope(StrEnum):
    """What a caller may do; a route of the admin port asks for one of them."""

    INGEST = "ingest"
    READ = "read"
    FEEDBACK = "feedback"
    EXPORT = "export"
    """Read much at once."""
    ADMIN = "admin"
    """All of it, and what changes the installation or erases."""


def _in_lower_case(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


CallerName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]
Digest = Annotated[str, BeforeValidator(_in_lower_case), Field(pattern=r"^[0-9a-f]{64}$")]
ServiceName = Annotated[str, Field(min_length=1, max_length=128)]


class NamedKey(Section):
    """One key, known by its hash: whoever reads the settings cannot use it."""

    name: CallerName
    """Stands in the audit in place of the key."""
    sha256: Digest
    """SHA-256 of the key, 64 hex digits; enough only for a random key, as `endurance key` makes it."""
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)]
    services: Annotated[tuple[ServiceName, ...], Field(min_length=1, max_length=50)] | None = None
    """The only services whose sessions the key reads, writes and judges; None means all."""


Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures with a public key (RFC 7518, RFC 8037): neither `none` nor a shared secret can be asked for."""


class OidcSettings(Section):
    """Tokens of an OpenID provider, accepted as `Authorization: Bearer` (RFC 9068)."""

    issuer: Annotated[str, Field(min_length=1)]
    """The token's `iss`, to the letter."""
    audience: Annotated[str, Field(min_length=1)]
    """Must be in the token's `aud`."""
    jwks_url: Annotated[str, Field(pattern=r"^https?://[^/@]+")]
    """Where the provider publishes its keys (RFC 7517), as `jwks_uri` of its metadata says."""
    scope_claim: Annotated[str, Field(min_length=1)] = "scope"
    """Claim with the scopes: words in one text, or a list of them."""
    scope_prefix: str = "endurance:"
    """Stands before each scope in the token, as in `endurance:read`."""
    services_claim: str | None = None
    """Claim with the services that the token is for, words or a list; a token without it then sees none."""
    name_claim: Annotated[str, Field(min_length=1)] = "sub"
    """Claim that names the caller in the audit."""
    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = ("RS256", "PS256", "ES256", "EdDSA")
    """Signatures that are accepted."""
    leeway_seconds: Annotated[float, Field(ge=0, le=300)] = 60.0
    """How far the provider's clock may be from ours."""
    refresh_seconds: Annotated[float, Field(ge=1)] = 3600.0
    """Age of the provider's keys at which they are fetched anew."""
    refetch_seconds: Annotated[float, Field(ge=1)] = 30.0
    """Least time between two fetches, whatever key ids come in."""
    timeout_seconds: Annotated[float, Field(gt=0)] = 5.0
    """Time for one fetch."""


class RateLimitSettings(Section):
    """Requests of one caller, as a bucket of tokens; open routes take none."""

    requests_per_second: Annotated[float, Field(gt=0)] | None = None
    """Tokens that come in each second; None means no limit."""
    burst: Annotated[int, Field(ge=1)] = 50
    """Tokens that a full bucket holds."""


def _as_word(value: Any) -> Any:
    return "off" if value is False else value  # YAML 1.1 reads a bare `off` as false


class ApiSettings(Section):
    """The admin port."""

    keys: tuple[SecretStr, ...] = ()
    """Keys with every right, accepted as `Authorization: Bearer` or `X-API-Key`; without any key none is asked for."""
    named_keys: tuple[NamedKey, ...] = ()
    """Keys by their hash, each with its scopes, and services where it is for some only."""
    keys_file: Path | None = None
    """YAML file with a list of further `named_keys`."""
    oidc: OidcSettings | None = None
    auth: Annotated[Literal["keys", "off"], BeforeValidator(_as_word)] = "keys"
    """`off` allows listening beyond loopback without keys."""
    rate_limit: RateLimitSettings = RateLimitSettings()
    cors_origins: tuple[str, ...] = ()
    """Origins whose pages may call the API."""
    body_limit_bytes: Annotated[int, Field(gt=0)] = 16 * MEBIBYTE
    """Largest request body; a larger one is answered 413."""
    document_limit: Annotated[int, Field(ge=1)] = 10_000
    """Most documents in one evaluate body."""
    batch_limit: Annotated[int, Field(ge=1)] = 100
    """Most evaluations in one batch body."""

    @field_validator("keys")
    @classmethod
    def _are_not_blank(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(not key.get_secret_value().strip() for key in value):
            raise ValueError("expected keys that are not blank")  # a request without a key would hold it
        return value

    @property
    def is_guarded(self) -> bool:
        """Whether a caller must show who it is."""
        return bool(self.keys or self.named_keys or self.keys_file or self.oidc)


_NAMED_KEYS = TypeAdapter(tuple[NamedKey, ...])


def load_named_keys(settings: ApiSettings) -> tuple[NamedKey, ...]:
    """Return the keys of the settings and of their file, which is read each time.

    Raises ConfigurationError: unreadable, ill-typed, a name or a key twice.
    """
    keys = (*settings.named_keys, *_read_file(settings.keys_file))
    for what, values in (("name", [key.name for key in keys]), ("sha256", [key.sha256 for key in keys])):
        twice = next((place for place, value in enumerate(values) if value in values[:place]), None)
        if twice is not None:
            raise ConfigurationError(f"api.named_keys: the key {keys[twice].name} has the {what} of an earlier one")
    return keys


def _read_file(path: Path | None) -> tuple[NamedKey, ...]:
    if path is None:
        return ()
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"api.keys_file: cannot read {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError):
        # Not the parser's own words: they quote the line, and somebody may have put a plain key there.
        raise ConfigurationError(f"api.keys_file: {path} is not valid YAML") from None
    try:
        return _NAMED_KEYS.validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigurationError(f"api.keys_file: {path}: {place}: {first['msg'].lower()}") from None
