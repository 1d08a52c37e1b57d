"""What a route of the admin port is, and what its handlers may use.

A group of routes is one file with a tuple `ROUTES`; the role that may call a route, its parameters and its answers
stand beside its path, and both the guard (`exporters/api/auth.py`) and `/openapi.json` are made of them.
"""

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from aiohttp import web
from pydantic import BaseModel

from config.api import ApiSettings, NamedKey
from config.settings import CompatSettings
from exporters.audit import AuditLog
from exporters.feed import FeedHub
from exporters.prometheus import Metrics
from exporters.store.audit import Action
from exporters.store.base import Store
from exporters.webhook.hub import WebhookHub
from scorer.policy import PolicyBook
from scorer.protocols import Evaluator, Queue
from scorer.redact.plan import RedactionBook


class Role(StrEnum):
    """What a caller must be allowed to: nothing, or a scope of `config/api.py` by its name."""

    OPEN = "open"
    """Needs no key."""
    INGEST = "ingest"
    READ = "read"
    FEEDBACK = "feedback"
    EXPORT = "export"
    """Read much at once."""
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller."""

    name: str
    """Stands in the audit and chooses the rate limit's bucket; never a key, nor a part of one."""
    scopes: frozenset[Role]
    services: frozenset[str] | None = None
    """The only services whose sessions it sees; None means all."""

    def sees(self, service_id: str) -> bool:
        """Say whether that service's sessions are for this caller."""
        return self.services is None or service_id in self.services


class TokenReader(Protocol):
    """Reads tokens that are not ours."""

    async def caller_of(self, token: str) -> Principal | None:
        """Return the caller; None for no valid token. Raises UnavailableError where it cannot be checked."""


@dataclass(frozen=True, slots=True)
class AdminServices:
    """Everything that the routes use; `endurance/app.py` hands it in."""

    store: Store
    source: str
    """Name of the store's kind, told as `source` with a list of sessions: `sqlite` or `mongodb`."""
    evaluator: Evaluator
    queue: Queue
    book: PolicyBook
    metrics: Metrics
    feed: FeedHub
    api: ApiSettings
    compat: CompatSettings
    spool_limit_bytes: int
    admin_host: str
    """As configured: a name that requests may call this port by."""
    has_upstream: bool
    version: str
    audit: AuditLog
    """Where it is written down who called what."""
    started_at: float
    """Seconds since the epoch."""
    clock: Callable[[], float]
    """Seconds since the epoch, now."""
    entropy: Callable[[int], bytes] = os.urandom
    """Returns that many random bytes, for new ids."""
    redactions: RedactionBook | None = None
    """What is taken out of words that are stored; None: nothing, for any service."""
    salt: bytes | None = None
    """Of the hash of an end user's id; None: nothing is kept of such an id."""
    named_keys: tuple[NamedKey, ...] = ()
    """Every key by hash, of the settings and of their file."""
    webhooks: WebhookHub | None = None
    """The receivers of webhooks; None: none is configured."""
    spool: Queue | None = None
    """The queue on this machine, where `queue` is shared with others; None where `queue` is all there is."""
    tokens: TokenReader | None = None
    """What reads an OpenID provider's tokens; None where there is none."""


SERVICES: web.AppKey[AdminServices] = web.AppKey("services", AdminServices)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


JSON = "application/json"
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer, for `/openapi.json`."""

    description: str
    model: type[BaseModel] | None = None
    """Shape of a JSON body; None for a body of another type, or none."""
    status: int = 200
    media_type: str | None = JSON
    """None: the answer has no body."""


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the admin port."""

    method: str
    path: str
    handler: Handler
    role: Role
    summary: str
    answers: tuple[Answer, ...]
    query: type[BaseModel] | None = None
    """Its query parameters; None: none are read."""
    path_patterns: Mapping[str, str] = field(default_factory=dict)
    """Pattern of a path parameter by its name, for `/openapi.json`; without one any text is read."""
    body: type[BaseModel] | None = None
    is_body_required: bool = True
    examples: Mapping[str, object] = field(default_factory=dict)
    """Bodies by a name of theirs, as JSON values; tests send each."""
    errors: tuple[int, ...] = ()
    """Statuses beyond those that follow from role, query and body."""
    is_for_all: bool = False
    """It tells of all services at once: a key that is for some services only is answered 403."""
    action: Action | None = None
    """What it does to people's records, for the audit; None: it tells of none."""
