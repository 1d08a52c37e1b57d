"""What a route of the admin port is, and what its handlers may use.

A group of routes is one file with a tuple `ROUTES`; the role that may call a route, its parameters and its answers
stand beside its path, and both the guard (`exporters/api/auth.py`) and `/openapi.json` are made of them.
"""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web
from pydantic import BaseModel

from config.settings import ApiSettings, CompatSettings
from exporters.feed import FeedHub
from exporters.prometheus import Metrics
from exporters.store.base import Store
from scorer.policy import PolicyBook
from scorer.protocols import Evaluator, Queue
from scorer.redact.plan import RedactionBook


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
    started_at: float
    """Seconds since the epoch."""
    clock: Callable[[], float]
    """Seconds since the epoch, now."""
    entropy: Callable[[int], bytes] = os.urandom
    """Returns that many random bytes, for new ids."""
    redactions: RedactionBook | None = None
    """What is taken out of words that are stored; None: nothing, for any service."""


SERVICES: web.AppKey[AdminServices] = web.AppKey("services", AdminServices)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Role(StrEnum):
    """What a caller must be allowed to; a key of `api.keys` allows all of it."""

    OPEN = "open"
    """Needs no key."""
    INGEST = "ingest"
    READ = "read"
    FEEDBACK = "feedback"
    EXPORT = "export"
    """Read much at once."""
    ADMIN = "admin"


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
    body: type[BaseModel] | None = None
    is_body_required: bool = True
    errors: tuple[int, ...] = ()
    """Statuses beyond those that follow from role, query and body."""
